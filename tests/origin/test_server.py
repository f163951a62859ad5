"""The origin's life: start, mending after a crash, drain, and the process around it."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest

from eventbus.events import AssetDeleted, AssetPublished, Event, Purged, Scope
from eventbus.log import EventLog, LogError, LogTrouble
from eventbus.position import PositionFile
from origin.server import LOG_FILE, Origin
from tests.eventbus.bus import Recorder, edge, following
from tests.media import SMALL_ASSET_ID, publish_small_clip, small_clip
from tests.origin.origins import AUTHORIZED, TOKEN, running, settings_for

ROOT = Path(__file__).parents[2]

PROCESS = """
import sys
from pathlib import Path
from origin.server import run
from origin.settings import OriginSettings

folder, token, port = sys.argv[1:]
run(OriginSettings(Path(folder), token, name="origin-1", listen_port=int(port), max_staleness_ms=60_000))
"""

STUCK_PROCESS = f"""
import signal
from eventbus.hub import Hub

push = Hub.announce

def accept_and_hang(hub):
    if not hub.newest:
        return push(hub)
    print("accepted", flush=True)
    signal.pause()

Hub.announce = accept_and_hang
{PROCESS}
"""
"""An origin that stops for ever between a purge's fsync and its push."""


def events(folder: Path) -> list[Event]:
    with closing(EventLog(folder / LOG_FILE)) as log:
        return [record.event for record in log.read(0, 1_000)]


@asynccontextmanager
async def process(
    script: str, folder: Path, port: int = 0
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A running origin process and its URL; killed at the end if it still runs."""
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, str(folder), TOKEN, str(port)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert started.stdout is not None
    try:
        said = await asyncio.wait_for(started.stdout.readline(), 30)
        assert said, (await started.communicate())[1].decode()
        line = json.loads(said)
        assert line == {"event": "listening", "role": "origin", "name": "origin-1", "url": line["url"]}
        yield started, line["url"]
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def test_an_asset_that_has_no_event_gets_it_at_the_start(tmp_path: Path) -> None:
    asset = publish_small_clip(tmp_path)
    for _ in range(2):
        async with running(tmp_path, clip=False):
            pass
    assert events(tmp_path) == [AssetPublished(SMALL_ASSET_ID, asset.version)]


async def test_an_asset_that_went_without_its_events_is_purged_at_the_start(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        version = site.asset.version
    shutil.rmtree(tmp_path / "assets" / SMALL_ASSET_ID)
    async with running(tmp_path, clip=False):
        pass
    assert events(tmp_path) == [
        AssetPublished(SMALL_ASSET_ID, version),
        Purged(Scope.TAG, f"asset:{SMALL_ASSET_ID}"),
        AssetDeleted(SMALL_ASSET_ID),
    ]


async def test_an_asset_that_is_damaged_is_not_called_deleted(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        version = site.asset.version
    (tmp_path / "assets" / SMALL_ASSET_ID / "asset.json").write_text("{")
    async with running(tmp_path, clip=False):
        pass
    assert events(tmp_path) == [AssetPublished(SMALL_ASSET_ID, version)]


async def test_a_torn_log_is_mended_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(tmp_path):
        pass
    with (tmp_path / LOG_FILE).open("ab") as file:
        file.write(b"0123abcd {half")
    async with running(tmp_path, clip=False) as site:
        assert (await site.get("/readyz"))[0].status == 200
    assert "cut off 14 bytes" in caplog.text


async def test_a_corrupt_log_is_refused_and_nothing_is_held(tmp_path: Path) -> None:
    async with running(tmp_path):
        pass
    log = tmp_path / LOG_FILE
    log.write_bytes(log.read_bytes().replace(b"AssetPublished", b"AssetPudlished"))
    with pytest.raises(LogError, match="record 1 fails its checksum") as refusal:
        await Origin(settings_for(tmp_path)).start()
    assert refusal.value.reason is LogTrouble.CORRUPT
    log.unlink()
    async with running(tmp_path, clip=False):
        pass


async def test_a_folder_has_one_origin_at_a_time(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False):
        with pytest.raises(LogError) as refusal:
            await Origin(settings_for(tmp_path)).start()
        assert refusal.value.reason is LogTrouble.IN_USE
    async with running(tmp_path, clip=False):
        pass


async def test_a_port_that_is_taken_is_an_error_and_nothing_is_held(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="address already in use"),
    ):
        await Origin(settings_for(tmp_path, listen_port=taken.getsockname()[1])).start()
    async with running(tmp_path, clip=False):
        pass


async def test_a_request_under_way_is_finished_when_the_origin_stops(tmp_path: Path) -> None:
    origin = Origin(settings_for(tmp_path))
    await origin.start()
    gate, content = asyncio.Event(), small_clip().read_bytes()

    async def body() -> AsyncIterator[bytes]:
        yield content[:1_000]
        await gate.wait()
        yield content[1_000:]

    async with aiohttp.ClientSession(headers=AUTHORIZED) as http:
        ready = await http.get(f"{origin.url}/readyz")
        assert ready.status == 200
        putting = asyncio.create_task(http.put(f"{origin.url}/admin/assets/film", data=body()))
        async with asyncio.timeout(20):
            while (await http.get(f"{origin.url}/admin/assets/film/progress")).status != 200:
                pass
        stopping = asyncio.create_task(origin.stop())
        async with asyncio.timeout(20):
            while await accepts_connections(origin.url):
                await asyncio.sleep(0.01)
        assert not stopping.done()
        gate.set()
        assert (await putting).status == 201
        await stopping


async def accepts_connections(url: str) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    except ConnectionError:
        return False
    writer.close()
    return True


async def test_a_request_that_outlasts_the_drain_is_cut_and_leaves_nothing(tmp_path: Path) -> None:
    origin = Origin(settings_for(tmp_path, drain_ms=50))
    await origin.start()

    async def body() -> AsyncIterator[bytes]:
        yield b"x" * 1_000
        await asyncio.Event().wait()

    async with aiohttp.ClientSession(headers=AUTHORIZED) as http:
        putting = asyncio.create_task(http.put(f"{origin.url}/admin/assets/film", data=body()))
        async with asyncio.timeout(20):
            while (await http.get(f"{origin.url}/admin/assets/film/progress")).status != 200:
                pass
        await origin.stop()
        with pytest.raises(aiohttp.ClientError):
            await putting
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\r\n folded: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
        b"GET /health\x01z HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
async def test_a_request_whose_bounds_are_in_doubt_is_refused(tmp_path: Path, head: bytes) -> None:
    async with running(tmp_path, clip=False) as site:
        status, reply = await site.raw(head)
        assert status == 400, reply
        assert len(re.findall(rb"(?m)^HTTP/1\.\d \d{3} ", reply)) == 1


async def test_the_process_says_one_line_and_ends_well_when_asked(tmp_path: Path) -> None:
    async with process(PROCESS, tmp_path) as (started, url):
        async with aiohttp.ClientSession() as http, http.get(f"{url}/readyz") as response:
            assert response.status == 200
        started.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(started.communicate(), 30)
        assert (started.returncode, out) == (0, b""), err


async def test_a_purge_while_origin_and_edge_restart_reaches_the_edge(tmp_path: Path) -> None:
    positions = PositionFile(tmp_path / "edge-position.json")
    before, after = Recorder(), Recorder()
    async with running(tmp_path / "origin", clip=False, max_staleness_ms=200) as site:
        async with following(f"{site.url}/bus", before, edge(1), positions, token=TOKEN):
            await before.until(lambda r: bool(r.beats))
        assert (await site.admin("POST", "/admin/purge", json={"tag": "one"}))[0] == 200
    async with running(tmp_path / "origin", clip=False, max_staleness_ms=200) as site:
        assert (await site.admin("POST", "/admin/purge", json={"tag": "two"}))[0] == 200
        async with following(f"{site.url}/bus", after, edge(1), positions, token=TOKEN):
            await after.until(lambda r: len(r.records) == 2)
    assert [record.event for record in after.records] == [Purged(Scope.TAG, "one"), Purged(Scope.TAG, "two")]
    assert (before.records, after.resets) == ([], [])


async def test_a_purge_accepted_before_a_kill_arrives_after_it(tmp_path: Path) -> None:
    """The origin dies by SIGKILL between the purge's fsync and its push: nobody had been told of it."""
    heard, order = Recorder(), {"url": "/vod/film/master.m3u8"}
    async with AsyncExitStack() as stack:
        async with process(STUCK_PROCESS, tmp_path) as (stuck, url):
            await stack.enter_async_context(following(f"{url}/bus", heard, edge(1), token=TOKEN))
            await heard.until(lambda r: bool(r.beats))
            http = await stack.enter_async_context(aiohttp.ClientSession(headers=AUTHORIZED))
            purging = asyncio.create_task(http.post(f"{url}/admin/purge", json=order))
            assert stuck.stdout is not None
            assert await asyncio.wait_for(stuck.stdout.readline(), 30) == b"accepted\n"
            os.kill(stuck.pid, signal.SIGKILL)
            assert await stuck.wait() == -signal.SIGKILL
            with pytest.raises(aiohttp.ClientError):
                await purging
        assert heard.records == []
        async with process(PROCESS, tmp_path, int(url.rpartition(":")[2])):
            await heard.until(lambda r: bool(r.records))
    assert [record.event for record in heard.records] == [Purged(Scope.URL, order["url"])]
    assert [why for _, why in heard.resets] == ["newcomer"]
