import aiohttp

from bench.index.loaded import LoadedNode, settings_of
from bench.index.objects import path_of


async def test_all_that_was_loaded_is_a_hit_and_all_else_an_error() -> None:
    node = LoadedNode(settings_of("s3fifo", 700, 0))
    node.load(700)
    assert len(node.cache.index) == 700
    url = await node.start()
    try:
        async with aiohttp.ClientSession() as session:
            for number in (0, 350, 699):
                async with session.get(url + path_of(number)) as response:
                    assert response.status == 200 and len(await response.read()) == 1024
                    assert "; hit; ttl=" in response.headers["Cache-Status"]
            async with session.get(url + path_of(700)) as response:
                assert response.status == 502
    finally:
        await node.stop()
