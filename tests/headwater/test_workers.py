"""Several edges behind one address: real processes, by the real command."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from caching import CacheSettings
from edge import DiskSettings, EdgeSettings
from edge.settings import TlsSettings
from headwater.config import ConfigError, decoded, encoded
from headwater.workers import worker_settings
from tests.edge.scripted import ScriptedOrigin
from tests.edge.secure import ONE, ONE_KEY, TWO_KEY, trusting
from tests.edge.tier import until

TLS = ["--tls-listen", "127.0.0.1:0", "--certificate", str(ONE), "--key", str(ONE_KEY)]


@asynccontextmanager
async def workers(origin_url: str, *arguments: str) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    """Two workers behind an address, and what they say of themselves."""
    command = ["edge", "--origin", origin_url, "--name", "e", "--listen", "127.0.0.1:0", "--workers", "2"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "headwater", *command, *arguments, stdout=PIPE, stderr=PIPE
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


@asynccontextmanager
async def scripted() -> AsyncIterator[ScriptedOrigin]:
    origin = ScriptedOrigin()
    await origin.start()
    try:
        yield origin
    finally:
        await origin.stop()


async def ask(session: aiohttp.ClientSession, url: str) -> tuple[bytes, str]:
    """Body, and the name of the worker that the client was connected to."""
    async with session.get(url, headers={"Connection": "close"}, ssl=trusting()) as response:
        assert response.status == 200
        nearest = response.headers["Cache-Status"].split(", ")[-1]
        return await response.read(), nearest.partition(";")[0]


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def test_two_workers_are_one_tier_behind_one_address() -> None:
    async with scripted() as origin, workers(origin.url, *TLS) as (process, said):
        assert said["event"] == "listening" and [each["name"] for each in said["workers"]] == ["e-1", "e-2"]
        assert len({said["url"], *(each["url"] for each in said["workers"])}) == 3
        for number in range(8):
            origin.says(f"/{number}", b"x" * number, cache_control="max-age=60")
        asked: Counter[str] = Counter()
        async with aiohttp.ClientSession() as session:
            for base in (said["url"], said["tls_url"]):
                for number in range(40):
                    body, worker = await ask(session, f"{base}/{number % 8}")
                    assert body == b"x" * (number % 8)
                    asked[worker] += 1
            # Without a bus, and with a token of their own making, each object was fetched once for both.
            assert set(asked) == {"e-1", "e-2"} and set(origin.requests.values()) == {1}
            for each in said["workers"]:
                async with session.get(each["url"] + "/metrics") as response:
                    assert b'who="client"' in await response.read()
        process.terminate()
        assert await process.wait() == 0


async def test_a_worker_that_dies_is_started_again_and_nobody_is_turned_away() -> None:
    async with scripted() as origin, workers(origin.url) as (process, said):
        origin.says("/a", b"hello", cache_control="max-age=60")
        before = children_of(process.pid)
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        async with aiohttp.ClientSession() as session:
            while True:  # the address takes everybody meanwhile
                assert (await ask(session, said["url"] + "/a"))[0] == b"hello"
                now = children_of(process.pid)
                if len(now) == 2 and before[0] not in now:
                    break
            for each in said["workers"]:  # it has its own port again
                await until_ready(session, each["url"])


async def until_ready(session: aiohttp.ClientSession, url: str) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                async with session.get(url + "/readyz") as response:
                    assert response.status == 200
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)


async def test_workers_end_when_the_one_that_started_them_is_killed() -> None:
    async with workers("http://127.0.0.1:9") as (process, _):
        children = children_of(process.pid)
        process.kill()
        await process.wait()
        await until(lambda: not any(Path(f"/proc/{child}/stat").exists() for child in children))


async def failing(*arguments: str) -> tuple[int, list[str]]:
    """Exit code, and the lines that it says."""
    async with workers_that_fail(*arguments) as process:
        _, complaint = await process.communicate()
        assert process.returncode is not None
        return process.returncode, complaint.decode().splitlines()


@asynccontextmanager
async def workers_that_fail(*arguments: str) -> AsyncIterator[Process]:
    command = ["edge", "--origin", "http://127.0.0.1:9", "--name", "e", "--workers", "2", *arguments]
    yield await asyncio.create_subprocess_exec(
        sys.executable, "-m", "headwater", *command, stdout=PIPE, stderr=PIPE
    )


async def test_what_keeps_them_from_starting_is_one_line(tmp_path: Path) -> None:
    async with scripted() as origin:
        taken = origin.url.removeprefix("http://")
        assert await failing("--listen", taken) == (1, [f"headwater: edge: {taken}: Address already in use"])
    mixed = ["--tls-listen", ":0", "--certificate", str(ONE), "--key", str(TWO_KEY)]
    code, (said,) = await failing(*mixed)
    assert code == 1 and said.endswith("do not belong together")
    log = tmp_path / "absent" / "log"
    code, (said,) = await failing("--access-log", str(log))
    assert (code, said) == (1, "headwater: e-1: No such file or directory")


def test_each_has_a_name_a_port_and_files_of_its_own() -> None:
    settings = EdgeSettings(
        origin_url="http://origin",
        cache=CacheSettings(node_name="e"),
        access_log=Path("/logs/access.jsonl"),
        disk=DiskSettings(folder=Path("/disk")),
        workers=2,
        worker_port=9000,
    )
    worker = worker_settings(settings, "e-2", 9001)
    assert (worker.name, worker.listen_port, worker.workers) == ("e-2", 9001, 1)
    assert worker.access_log == Path("/logs/access.e-2.jsonl")
    assert worker.disk.folder == Path("/disk/e-2")
    assert worker_settings(replace(settings, access_log=Path("-")), "e-2", 1).access_log == Path("-")


def test_settings_are_the_same_on_the_other_side() -> None:
    settings = EdgeSettings(
        origin_url="http://origin",
        cache=CacheSettings(node_name="e", negative_ttl_ms={"404": 5}),
        peers=(("a", "http://a"),),
        public_fds=(5,),
        tls=TlsSettings(certificate=Path("a.pem"), key=Path("a.key"), fds=(6, 7)),
    )
    assert decoded(EdgeSettings, encoded(settings)) == settings
    with pytest.raises(ConfigError, match="settings on standard input"):
        decoded(EdgeSettings, b"nothing\n")
