"""Bodies: one writer, and readers who follow it."""

import asyncio
import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching import Slice
from caching.reply import TO_THE_END
from edge.bodies import Body, BodyBrokenError, BodyStore


async def read(body: Body, part: Slice = TO_THE_END) -> bytes:
    return b"".join([bytes(piece) async for piece in body.read(part)])


def filled(*chunks: bytes) -> Body:
    """A body that has grown by these and is not committed yet."""
    body = Body()
    for chunk in chunks:
        body.append(chunk)
    return body


async def test_readers_get_what_is_there_and_follow_the_writer() -> None:
    body = filled(b"one ")
    pieces = body.read(TO_THE_END)
    assert bytes(await anext(pieces)) == b"one "
    waiting = asyncio.ensure_future(anext(pieces))
    late = asyncio.create_task(read(body))
    await asyncio.sleep(0)
    assert not waiting.done()
    body.append(b"two")
    assert bytes(await waiting) == b"two"
    body.commit()
    assert [bytes(piece) async for piece in pieces] == []
    assert await late == b"one two"


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize(
    "part", [Slice(0, 9), Slice(2, 5), Slice(3, 3), Slice(8, 1), Slice(0, 0), Slice(9, 0)]
)
async def test_a_part_runs_over_as_many_chunks_as_it_takes(part: Slice, complete: bool) -> None:
    body = filled(b"012", b"345", b"", b"678")
    if complete:
        body.commit()
    assert await read(body, part) == b"012345678"[part.offset : part.offset + part.length]


async def test_a_part_that_has_come_ends_before_the_body_does() -> None:
    assert await read(filled(b"012", b"345"), Slice(1, 4)) == b"1234"


async def test_an_empty_body_is_a_body() -> None:
    body = Body()
    body.append(b"")
    body.commit()
    assert body.piece(TO_THE_END) == b"" and await read(body) == b"" and body.size_bytes == 0


async def test_a_reader_at_work_does_not_mind_that_the_chunks_are_joined() -> None:
    body = filled(b"012", b"345")
    pieces = body.read(Slice(1, 6))
    got = [bytes(await anext(pieces))]
    body.append(b"678")
    body.commit()
    got += [bytes(piece) async for piece in pieces]
    assert b"".join(got) == b"123456"


def test_a_complete_body_is_had_in_one_piece() -> None:
    body = filled(b"012", b"345")
    assert body.piece(TO_THE_END) is None
    body.commit()
    for part, expected in ((TO_THE_END, b"012345"), (Slice(0, 6), b"012345"), (Slice(1, 4), b"1234")):
        piece = body.piece(part)
        assert piece is not None and bytes(piece) == expected


async def test_an_abort_breaks_every_reader_who_wants_more() -> None:
    body = filled(b"0123")
    content = asyncio.create_task(read(body, Slice(1, 3)))
    wanting = [asyncio.create_task(read(body, part)) for part in (TO_THE_END, Slice(0, 5), Slice(6, 1))]
    await asyncio.sleep(0)
    body.abort()
    assert await content == b"123"
    for reader in wanting:
        with pytest.raises(BodyBrokenError):
            await reader
    with pytest.raises(BodyBrokenError):
        await read(body)  # who comes later learns it too
    assert await read(body, Slice(0, 4)) == b"0123"


@settings(max_examples=200)
@given(
    chunks=st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=30),
    offsets=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    limit_bytes=st.integers(0, 20),
)
def test_what_is_passed_on_reaches_all_and_is_never_held_beyond_the_limit(
    chunks: list[bytes], offsets: list[int], limit_bytes: int
) -> None:
    whole = b"".join(chunks)

    async def tell() -> None:
        body = Body()
        reading = [asyncio.create_task(read(body, Slice(offset, -1))) for offset in offsets]
        await asyncio.sleep(0)
        for chunk in chunks:
            body.append(chunk)
            # Who begins behind the end has passed everything; the others let go as they read.
            assert await body.pass_on(limit_bytes)
            assert body.held_bytes <= limit_bytes
        body.commit()
        assert await asyncio.gather(*reading) == [whole[offset:] for offset in offsets]

    asyncio.run(tell())


async def test_a_reader_who_takes_nothing_stops_the_writer_until_he_leaves() -> None:
    body = filled(b"0123")
    stalled = body.read(TO_THE_END)
    passing = asyncio.create_task(body.pass_on(3))
    await asyncio.sleep(0)
    assert not passing.done() and body.held_bytes == 4
    await stalled.aclose()
    assert not await passing and body.held_bytes == 0
    with pytest.raises(BodyBrokenError):
        await read(body)  # its beginning is gone


async def test_a_body_that_was_passed_on_ends_whole_and_is_had_in_pieces_only() -> None:
    body = filled(b"0123")
    reader = body.read(TO_THE_END)
    assert bytes(await anext(reader)) == b"0123" and await body.pass_on(0)
    body.append(b"45")
    body.commit()
    assert body.piece(TO_THE_END) is None
    assert [bytes(piece) async for piece in reader] == [b"45"]


async def test_what_is_complete_cannot_be_aborted() -> None:
    body = filled(b"0123")
    body.commit()
    body.abort()
    assert await read(body) == b"0123"


async def test_a_body_that_turned_out_short_of_the_part_is_broken() -> None:
    body = filled(b"0123")
    body.commit()
    with pytest.raises(BodyBrokenError):
        await read(body, Slice(2, 5))


async def test_a_reader_that_leaves_disturbs_no_other() -> None:
    body = Body()
    leaver, stayer = asyncio.create_task(read(body)), asyncio.create_task(read(body))
    await asyncio.sleep(0)
    leaver.cancel()
    await asyncio.sleep(0)
    body.append(b"all")
    body.commit()
    assert await stayer == b"all" and leaver.cancelled()


@settings(max_examples=60, deadline=None)
@given(
    chunks=st.lists(st.binary(max_size=6), max_size=8),
    turns=st.lists(st.integers(0, 4), max_size=10),
    parts=st.lists(st.tuples(st.integers(0, 30), st.integers(-1, 30)), min_size=1, max_size=4),
    whole=st.booleans(),
)
def test_any_interleaving_gives_exactly_the_part_or_a_break(
    chunks: list[bytes], turns: list[int], parts: list[tuple[int, int]], whole: bool
) -> None:
    content = b"".join(chunks)
    wanted = [Slice(0, -1) if length < 0 else Slice(offset, length) for offset, length in parts]

    async def reading(body: Body, part: Slice, wait: int) -> tuple[bytes, bool]:
        got = b""
        try:
            async for piece in body.read(part):
                assert len(piece) > 0
                got += piece
                for _ in range(wait):
                    await asyncio.sleep(0)
        except BodyBrokenError:
            return got, True
        return got, False

    async def interleaved() -> list[tuple[bytes, bool]]:
        body = Body()
        readers = [asyncio.create_task(reading(body, part, number)) for number, part in enumerate(wanted)]
        for number, chunk in enumerate(chunks):
            body.append(chunk)
            for _ in range(turns[number] if number < len(turns) else 0):
                await asyncio.sleep(0)
        body.commit() if whole else body.abort()
        return await asyncio.gather(*readers)

    for part, (got, broke) in zip(wanted, asyncio.run(interleaved()), strict=True):
        end = len(content) if part.length < 0 else part.offset + part.length
        assert got == content[part.offset : end]
        assert broke == (not whole if part.length < 0 else end > len(content) and part.length > 0)


async def test_a_store_opens_a_body_once_and_gives_it_to_all() -> None:
    store = BodyStore()
    assert store.get(1) is None
    body = store.open(1)
    assert store.open(1) is body and store.get(1) is body and store.open(2) is not body


async def test_a_dropped_body_lives_for_as_long_as_it_is_read() -> None:
    store = BodyStore()
    body = store.open(1)
    body.append(b"half ")
    pieces = body.read(TO_THE_END)
    await anext(pieces)
    store.drop(1)
    store.drop(1)  # again is no harm
    assert store.get(1) is body
    body.append(b"and half")
    body.commit()
    del body
    assert b"".join([bytes(piece) async for piece in pieces]) == b"and half"
    del pieces
    gc.collect()
    assert store.get(1) is None


async def test_a_complete_body_keeps_nothing_that_was_for_its_writer_and_readers() -> None:
    body = filled(b"0123")
    reading = asyncio.create_task(read(body))
    await asyncio.sleep(0)
    body.commit()
    assert await reading == b"0123"
    assert {type(one) for one in gc.get_referents(body)} == {list, type(None), bool, int, type}
