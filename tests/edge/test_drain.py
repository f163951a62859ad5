"""A node's own process, told to go while it is busy."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.edge.scripted import ScriptedOrigin, SlowBody

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def edge_process(origin_url: str, log: Path) -> AsyncIterator[tuple[Process, str]]:
    """A running ``headwater edge`` and its URL."""
    arguments = ["edge", "--origin", origin_url, "--listen", "127.0.0.1:0", "--access-log", str(log)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "headwater", *arguments, cwd=ROOT, stdout=PIPE, stderr=PIPE
    )
    assert process.stdout is not None
    try:
        said = json.loads(await process.stdout.readline())
        assert said["event"] == "listening" and said["role"] == "edge"
        yield process, said["url"]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ask_until_told_to_leave(url: str, under_load: asyncio.Semaphore) -> int:
    """Request after request on one connection; how many were answered before the one that was the last."""
    connector, answered = aiohttp.TCPConnector(limit=1), 0
    async with aiohttp.ClientSession(connector=connector) as session:
        session._retry_connection = False  # a retry would hide that a request was lost
        while True:
            async with session.get(f"{url}/segment-{answered % 7}") as response:
                assert response.status == 200 and len(await response.read()) == 100_000
            answered += 1
            if answered == 10:
                under_load.release()
            if response.headers.get("Connection") == "close":
                return answered


async def test_no_request_is_lost_when_a_busy_node_is_told_to_go(tmp_path: Path) -> None:
    origin = ScriptedOrigin()
    await origin.start()
    for number in range(7):
        origin.says(f"/segment-{number}", b"x" * 100_000, cache_control="max-age=60")
    slow = origin.answers["/slow"] = SlowBody({"Cache-Control": "max-age=60"}, length=2_000)
    try:
        async with edge_process(origin.url, tmp_path / "access.log") as (process, url):
            under_load = asyncio.Semaphore(0)
            viewers = [asyncio.create_task(ask_until_told_to_leave(url, under_load)) for _ in range(8)]
            for _ in viewers:
                await under_load.acquire()
            async with aiohttp.ClientSession() as session, session.get(url + "/slow") as response:
                slow.pieces.put_nowait(b"a" * 1_000)
                await response.content.readexactly(1_000)
                process.send_signal(signal.SIGTERM)
                answered = sum(await asyncio.gather(*viewers))
                slow.pieces.put_nowait(b"b" * 1_000)
                slow.pieces.put_nowait(None)
                assert await response.read() == b"b" * 1_000  # under way since before the signal
            async with asyncio.timeout(10):
                assert await process.wait() == 0
            assert process.stderr is not None
            said = (await process.stderr.read()).decode()
            assert "ERROR" not in said and "Traceback" not in said, said
    finally:
        await origin.stop()
    lines = (tmp_path / "access.log").read_text().splitlines()
    assert len(lines) == answered + 1 and all(json.loads(line)["status"] == 200 for line in lines)
