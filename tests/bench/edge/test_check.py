import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from aiohttp import web

from bench.edge.cases import CASES
from bench.edge.check import Checker, WrongError, check_sample
from bench.edge.load import Sample
from bench.edge.origin import OriginProtocol, noise


class Cache(NamedTuple):
    """A server that errs as it is told, before an origin."""

    url: str
    origin_url: str
    bodies: dict[str, tuple[int, bytes]]
    """What it answers, by path."""
    passed: list[str]
    """Paths for which it asks the origin each time."""


@pytest.fixture
async def cache() -> AsyncIterator[Cache]:
    origin = await asyncio.get_running_loop().create_server(OriginProtocol, "127.0.0.1", 0)
    bodies: dict[str, tuple[int, bytes]] = {}
    passed: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        status, body = bodies[request.path]
        if request.path in passed:
            OriginProtocol.asked[request.path.rpartition("/")[2].encode()] += 1
        if status == 206:
            span = request.http_range
            status, body = (200, body) if span.stop is None else (206, body[span])
        return web.Response(status=status, body=body)

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = origin.sockets[0].getsockname()[1]
    async with origin:
        yield Cache(f"http://127.0.0.1:{runner.addresses[0][1]}", f"http://127.0.0.1:{port}", bodies, passed)
    await runner.cleanup()


PATH = "/object/1024/one"


@pytest.mark.parametrize(
    ("case", "status", "body", "passes", "words"),
    [
        ("hit", 200, noise(1024), False, None),
        ("hit", 200, noise(1024), True, "is not stored"),
        ("hit", 500, noise(1024), False, "status 500, not 200"),
        ("hit", 200, noise(1024)[:-1], False, "1023 bytes which are not the 1024"),
        ("hit", 200, bytes(1024), False, "1024 bytes which are not the 1024"),
        ("miss", 200, noise(1024), True, None),
        ("miss", 200, noise(1024), False, "the origin was asked 0 times for a new object"),
        ("range", 206, noise(1024), False, None),
        ("range", 200, noise(1024), False, "status 200, not 206"),
    ],
)
async def test_a_server_is_asked_before_it_is_measured(
    cache: Cache, case: str, status: int, body: bytes, passes: bool, words: str | None
) -> None:
    cache.bodies[PATH] = status, body
    cache.passed.extend([PATH] if passes else [])
    async with Checker(cache.origin_url) as checker:
        if words is None:
            await checker.answers(cache.url, CASES[case], 1024, "one")
        else:
            with pytest.raises(WrongError, match=words):
                await checker.answers(cache.url, CASES[case], 1024, "one")


async def test_a_server_that_is_not_there_is_an_error(cache: Cache) -> None:
    async with Checker(cache.origin_url) as checker:
        with pytest.raises(WrongError, match="Cannot connect"):
            await checker.answers("http://127.0.0.1:1", CASES["hit"], 1024, "one")


async def test_an_origin_that_is_gone_is_an_error() -> None:
    async with Checker("http://127.0.0.1:1") as checker:
        with pytest.raises(WrongError, match="the origin is gone: ClientConnectorError"):
            await checker.asked("one")


async def test_it_waits_until_nobody_asks_the_origin(cache: Cache) -> None:
    async def ask() -> None:
        for _ in range(3):
            OriginProtocol.asked[b"one"] += 1
            await asyncio.sleep(0.05)

    async with Checker(cache.origin_url) as checker:
        asking = asyncio.create_task(ask())
        await asyncio.sleep(0)
        await checker.quiet("one-7")
        assert asking.done()


@pytest.mark.parametrize(
    ("case", "sample", "reached", "words"),
    [
        ("hit", Sample(100, 1, 100 * 1400, 1, 0), 0, None),
        (
            "hit",
            Sample(100, 1, 100 * 1400, 1, 0),
            1,
            "1 of 100 requests reached the origin, which should be hits",
        ),
        ("hit", Sample(0, 1, 0, 1, 0), 0, "no request was answered"),
        ("hit", Sample(100, 1, 100 * 400, 1, 0), 0, "40000 bytes came for 100 answers of 1024 bytes"),
        ("hit", Sample(100, 1, 100 * 400, 1, 7), 0, None),
        ("range", Sample(100, 1, 100 * 900, 1, 0), 0, None),
        ("range", Sample(1000, 1, 1000 * 3000, 1, 0), 0, "3000000 bytes came for 1000 answers of 512 bytes"),
        ("miss", Sample(1000, 1, 1000 * 1400, 1, 0), 1004, None),
        (
            "miss",
            Sample(1000, 1, 1000 * 1400, 1, 0),
            980,
            "only 980 of 1000 requests for new objects reached",
        ),
    ],
)
def test_a_load_must_have_been_what_the_case_is_about(
    case: str, sample: Sample, reached: int, words: str | None
) -> None:
    if words is None:
        check_sample(CASES[case], 1024, sample, reached, connections=4)
    else:
        with pytest.raises(WrongError, match=words):
            check_sample(CASES[case], 1024, sample, reached, connections=4)
