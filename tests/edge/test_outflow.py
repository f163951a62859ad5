"""Large answers out of the kernel's pages: whole, to slow clients too, and to those that leave."""

import asyncio
import gc
import json
import os
from pathlib import Path

import pytest

from edge.pages import Pages
from edge.settings import ClientLimits
from tests.edge.raw import slow_reader
from tests.edge.scripted import origin_and_edge
from tests.edge.test_hotpath import Wire
from tests.edge.tier import until

BODY = os.urandom(8_000_000)
GET = b"GET /a HTTP/1.1\r\nHost: viewer\r\n%b\r\n"


@pytest.mark.parametrize("size_bytes", [40_000, 65_536, 1_000_000, 8_000_000])
@pytest.mark.parametrize("ranged", [False, True])
async def test_every_byte_comes(size_bytes: int, ranged: bool) -> None:
    body = BODY[:size_bytes]
    first, last = (size_bytes // 5, size_bytes - 3) if ranged else (0, size_bytes - 1)
    fields = f"Range: bytes={first}-{last}\r\n" if ranged else ""
    async with origin_and_edge() as (origin, node):
        origin.says("/a", body, cache_control="max-age=60")
        async with Wire(node) as wire:
            for _ in range(6):
                assert (await wire.ask(fields=fields))[2] == body[first : last + 1]
        assert node.counters.prepared >= 4 - ranged
        reader, writer = await slow_reader(node.url)
        writer.write(GET % fields.encode() + GET % b"Connection: close\r\n")
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(last + 1 - first) == body[first : last + 1]
        assert (await reader.read()).endswith(body[-1000:])
        writer.close()


async def test_a_client_that_ends_its_direction_still_gets_everything() -> None:
    async with origin_and_edge() as (origin, node):
        origin.says("/a", BODY, cache_control="max-age=60")
        async with Wire(node) as wire:
            for _ in range(3):
                await wire.ask()
        before = node.counters.prepared
        reader, writer = await slow_reader(node.url)
        writer.write(GET % b"")
        await reader.readuntil(b"\r\n\r\n")
        writer.write_eof()
        assert await reader.read() == BODY
        await node.idle()
        assert node.counters.prepared == before + 1 and not node.counters.cut_off
        writer.close()


async def test_a_client_that_leaves_in_the_middle_is_entered_as_such(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with origin_and_edge(access_log=log) as (origin, node):
        origin.says("/a", BODY, cache_control="max-age=60")
        async with Wire(node) as wire:
            for _ in range(3):
                await wire.ask()
        reader, writer = await slow_reader(node.url)
        writer.write(GET % b"")
        await reader.readexactly(10_000)
        writer.transport.abort()
        await until(lambda: node.counters.cut_off["client-left"] == 1)
        await node.idle()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line.get("cut_off") for line in lines] == [None, None, None, "client-left"]
    assert 10_000 <= lines[-1]["bytes"] < len(BODY)


async def test_a_client_that_takes_nothing_is_cut_off() -> None:
    async with origin_and_edge(clients=ClientLimits(stall_timeout_ms=200)) as (origin, node):
        origin.says("/a", BODY, cache_control="max-age=60")
        async with Wire(node) as wire:
            for _ in range(3):
                await wire.ask()
        reader, writer = await slow_reader(node.url)
        writer.write(GET % b"")
        await reader.readexactly(10_000)
        await until(lambda: node.counters.cut_off["client-stalled"] == 1)
        await node.idle()
        writer.close()


async def test_a_file_that_was_cut_off_from_outside_breaks_its_answer_off_and_is_not_tried_for_ever() -> None:
    own = BODY[::-1]
    async with origin_and_edge() as (origin, node):
        origin.says("/a", own, cache_control="max-age=60")
        async with Wire(node) as wire:
            for _ in range(3):
                await wire.ask()
        [pages] = [one for one in gc.get_objects() if isinstance(one, Pages) and one.view == own]
        os.truncate(pages.fileno, 5_000_000)
        reader, writer = await slow_reader(node.url)
        writer.write(GET % b"")
        await reader.readuntil(b"\r\n\r\n")
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(len(BODY))
        await until(lambda: node.counters.cut_off["client-left"] == 1)
        await node.idle()
        writer.close()
