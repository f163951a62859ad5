"""A response on its way from a connection to whoever has asked."""

import asyncio

import pytest

from edge.arrival import Arrival, BrokenOffError, FlawedAnswerError
from edge.flaws import Flaw
from edge.heads import Interim
from edge.responses import ResponseScan
from edge.settings import HeadLimits
from tests.edge.test_responses import HINTS, OK, WHOLE

HEAD, BODY = OK[:-2], OK[-2:]
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\nany"


class Connection:
    """What a connection would do for a response, noted."""

    def __init__(self) -> None:
        scan = ResponseScan(HeadLimits(), to_head=False, max_interim=3)
        self.interim: list[Interim] = []
        self.taken: list[int] = []
        self.left = 0
        self.arrival = Arrival(scan, self.interim.append, self.on_taken, self.on_left)

    def on_taken(self) -> None:
        self.taken.append(self.arrival.held_bytes)

    def on_left(self) -> None:
        self.left += 1

    async def read(self) -> list[bytes]:
        pieces = []
        while (piece := await self.arrival.piece()) is not None:
            pieces.append(piece)
        return pieces


async def test_whoever_waits_for_the_head_is_told_when_it_is_whole() -> None:
    connection = Connection()
    waiting = asyncio.create_task(connection.arrival.head())
    for at in range(len(HEAD)):
        await asyncio.sleep(0)
        assert not waiting.done() and (connection.arrival.begun is (at > 0))
        connection.arrival.feed(HEAD[at : at + 1])
    assert (await waiting).status == 200


async def test_interim_responses_are_told_at_once() -> None:
    connection = Connection()
    connection.arrival.feed(HINTS + HEAD[:4])
    assert [interim.status for interim in connection.interim] == [103]
    connection.arrival.feed(HEAD[4:])
    assert len(connection.interim) == 1


async def test_pieces_come_as_they_were_fed_and_what_waits_is_counted() -> None:
    connection = Connection()
    connection.arrival.feed(ENDLESS)
    connection.arrival.feed(b"thing")
    assert connection.arrival.held_bytes == 8
    assert await connection.arrival.piece() == b"any" and connection.arrival.held_bytes == 5
    reading = asyncio.create_task(connection.read())
    await asyncio.sleep(0)
    connection.arrival.feed(b"more")
    connection.arrival.end()
    assert await reading == [b"thing", b"more"] and connection.taken == [5, 0, 0]


@pytest.mark.parametrize(("answer", "content"), [(OK, b"hi"), (WHOLE, b"hello\r\nhellohel")])
async def test_what_has_come_whole_can_be_had_at_once(answer: bytes, content: bytes) -> None:
    connection = Connection()
    connection.arrival.feed(answer[:-4])
    assert connection.arrival.whole() is None
    connection.arrival.feed(answer[-4:])
    assert connection.arrival.whole() == content and connection.arrival.held_bytes == 0
    assert await connection.arrival.piece() is None


async def test_what_went_wrong_is_raised_when_all_that_came_before_is_taken() -> None:
    connection = Connection()
    connection.arrival.feed(HEAD + BODY[:1])
    connection.arrival.fail(BrokenOffError("gone"))
    assert connection.arrival.ended and connection.arrival.whole() is None
    assert (await connection.arrival.head()).status == 200
    assert await connection.arrival.piece() == BODY[:1]
    with pytest.raises(BrokenOffError, match="gone"):
        await connection.arrival.piece()


async def test_one_that_fails_before_its_head_has_none() -> None:
    connection = Connection()
    waiting = asyncio.create_task(connection.arrival.head())
    await asyncio.sleep(0)
    connection.arrival.fail(TimeoutError())
    with pytest.raises(TimeoutError):
        await waiting


async def test_a_flaw_is_told_by_its_name() -> None:
    connection = Connection()
    connection.arrival.feed(b"HTTP/1.1 200 OK\r\nX : 1\r\n\r\n")
    with pytest.raises(FlawedAnswerError, match="field-name") as raised:
        await connection.arrival.head()
    assert raised.value.flaw is Flaw.FIELD_NAME


async def test_the_end_of_the_connection_is_that_of_a_body_without_another_only() -> None:
    endless, sized = Connection(), Connection()
    for connection, answer in ((endless, ENDLESS), (sized, HEAD + BODY[:1])):
        connection.arrival.feed(answer)
        connection.arrival.end()
        connection.arrival.fail(BrokenOffError())
    assert endless.arrival.whole() == b"any" and sized.arrival.whole() is None


async def test_letting_go_leaves_only_what_has_not_come_yet() -> None:
    connection = Connection()
    connection.arrival.feed(HEAD)
    connection.arrival.close()
    assert connection.left == 1
    connection.arrival.feed(BODY)
    connection.arrival.close()
    assert connection.left == 1
