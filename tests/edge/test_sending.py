"""Uploads on their way: when they go, in what form, and what they wait for."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from caching import Fetch, Headers
from caching.headers import Pair
from edge.call import call_of
from edge.heads import Interim
from edge.responses import ResponseScan
from edge.sending import Sending
from edge.settings import HeadLimits
from edge.upload import Upload
from tests.edge.test_responses import CONTINUE, HINTS, OK

SIZED: Pair = ("content-length", "6")
EXPECTING: Pair = ("expect", "100-continue")


class Way:
    """One upload, and what of it came out at the other end."""

    def __init__(self, *fields: Pair, broken: bool = False) -> None:
        self.sent: list[bytes] = []
        self.put_off = 0
        self.held = False
        self.interim: list[Interim] = []
        self._broken = broken
        fetch = Fetch("POST", Headers(fields), origin_only=True)
        call = call_of(fetch, "/a", (), Upload(self._pieces()), self.interim.append, 1_000)
        self.sending = Sending(call, self._write, self._put_off, self._hold)
        self.scan = ResponseScan(HeadLimits(), to_head=False, max_interim=3)

    async def _pieces(self) -> AsyncIterator[bytes]:
        assert self.held
        yield b"rep"
        assert self.held
        yield b""
        if self._broken:
            raise ConnectionResetError("the client left")
        yield b"ort"

    async def _write(self, data: bytes) -> None:
        self.sent.append(data)

    def _put_off(self) -> None:
        self.put_off += 1
        self.held = False

    def _hold(self) -> None:
        self.held = True

    def answer(self, data: bytes) -> None:
        self.scan.feed(data)
        self.sending.on_answer(self.scan)


async def test_by_length_it_goes_as_it_is() -> None:
    way = Way(SIZED)
    await way.sending.run(continue_s=0)
    assert way.sent == [b"rep", b"ort"] and way.sending.done and not way.held


async def test_in_chunks_it_has_an_end_and_none_before() -> None:
    way = Way()
    await way.sending.run(continue_s=0)
    assert b"".join(way.sent) == b"3\r\nrep\r\n3\r\nort\r\n0\r\n\r\n" and way.sending.done


async def test_each_piece_puts_off_the_time_for_the_answer_and_the_end_does_too() -> None:
    way = Way(SIZED)
    await way.sending.run(continue_s=0)
    assert way.put_off == 4


async def test_one_that_breaks_off_is_never_done() -> None:
    way = Way(broken=True)
    with pytest.raises(ConnectionResetError):
        await way.sending.run(continue_s=0)
    assert way.sent == [b"3\r\nrep\r\n"] and not way.sending.done


async def test_a_100_that_is_waited_for_lets_it_go() -> None:
    way = Way(SIZED, EXPECTING)
    running = asyncio.create_task(way.sending.run(continue_s=60))
    way.answer(HINTS)
    await asyncio.sleep(0)
    assert not way.sent
    way.answer(CONTINUE)
    await running
    assert way.sent == [b"rep", b"ort"] and way.sending.done and not way.interim


async def test_a_final_answer_keeps_it_where_it_is() -> None:
    way = Way(SIZED, EXPECTING)
    way.answer(OK)
    await way.sending.run(continue_s=60)
    assert not way.sent and not way.sending.done


async def test_where_upstream_says_nothing_it_goes_without_and_the_client_is_told() -> None:
    way = Way(SIZED, EXPECTING)
    await way.sending.run(continue_s=0.001)
    assert way.sending.done and [interim.status for interim in way.interim] == [100]
    way.answer(OK)
