"""The hub over real sockets. Its clock stands still unless a test moves it; beats go out when it ticks."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from eventbus import connection
from eventbus.events import AssetPublished, Heartbeat, Member, Record
from eventbus.hub import Hub
from eventbus.log import EventLog, LogError
from eventbus.protocol import Ack, Applied, Close, Reset, Welcome
from eventbus.roster import ReceiptState
from tests.eventbus.bus import Clock, Peer, Recorder, at_start, edge, following, peer, purge, served

STALENESS_MS = 1_000
LEASE_MS = 1_011


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    made = EventLog(tmp_path / "events.log")
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(log: EventLog, clock: Clock) -> Hub:
    """A hub old enough that leases of a former life are over."""
    made = Hub(log, max_staleness_ms=STALENESS_MS, now_ms=clock)
    clock.now_ms += LEASE_MS
    return made


async def welcomed(raw: Peer) -> Welcome:
    """Hear the welcome and the beat that follows it."""
    answer = await raw.hear()
    assert isinstance(answer, Welcome)
    return answer


async def hear_record(raw: Peer) -> Record:
    """The next record, whatever beats come before it."""
    while not isinstance(message := await raw.hear(), Record):
        pass
    return message


async def hear_beat(raw: Peer) -> Heartbeat:
    message = await raw.hear()
    assert isinstance(message, Heartbeat)
    return message


async def test_a_record_reaches_every_subscriber_and_is_confirmed(hub: Hub) -> None:
    async with served(hub) as url:
        one, two = Recorder(), Recorder()
        async with following(url, one, edge(1)), following(url, two, edge(2)):
            await one.until(lambda r: bool(r.beats) and len(r.beats[-1].members) == 2)
            record = await hub.publish(purge(1))
            receipts = await hub.confirmed(record.position)
            assert {receipt.name: receipt.state for receipt in receipts} == dict.fromkeys(
                ("edge-1", "edge-2"), ReceiptState.CONFIRMED
            )
            assert one.records == two.records == [record]


async def test_with_no_members_a_record_holds_at_once(hub: Hub) -> None:
    record = await hub.publish(AssetPublished("film", "v"))
    assert await hub.confirmed(record.position) == ()


async def test_after_a_restart_a_purge_waits_one_lease_for_edges_it_cannot_know(
    log: EventLog, clock: Clock
) -> None:
    hub = Hub(log, max_staleness_ms=STALENESS_MS, now_ms=clock)
    record = await hub.publish(purge(1))
    waiting = asyncio.create_task(hub.confirmed(record.position))
    await asyncio.sleep(0)
    clock.now_ms += LEASE_MS - 1
    hub.tick()
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.now_ms += 1
    hub.tick()
    assert await waiting == ()


async def test_who_reads_nothing_holds_up_nobody_and_is_fenced_and_cut_off(
    hub: Hub, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(hub) as url:
        quick = Recorder()
        async with peer(url, edge(2)) as slow, following(url, quick, edge(1), now_ms=clock):
            await welcomed(slow)
            await quick.until(lambda r: bool(r.beats) and len(r.beats[-1].members) == 2)
            # Several megabytes: far more than the socket buffers of a peer that reads nothing would take.
            for n in range(40):
                await hub.publish(AssetPublished("film", f"{n}" * 200_000))
            await quick.until(lambda r: len(r.records) == 40)
            waiting = asyncio.create_task(hub.confirmed(40))
            heard = len(quick.beats)
            hub.tick()
            await quick.until(lambda r: len(r.beats) > heard)
            clock.now_ms += LEASE_MS - 1
            hub.tick()
            await quick.until(lambda r: bool(r.beats) and r.beats[-1].at_ms == clock.now_ms)
            assert not waiting.done()
            clock.now_ms += 1
            hub.tick()
            receipts = {receipt.name: receipt.state for receipt in await waiting}
            assert receipts == {"edge-1": ReceiptState.CONFIRMED, "edge-2": ReceiptState.FENCED}
            assert [member.name for member in hub.members] == ["edge-1"]
            assert "edge-2 was silent" in caplog.text


async def test_a_beat_never_overtakes_a_record(hub: Hub, log: EventLog) -> None:
    async with served(hub) as url, peer(url, edge(1), at_start(log)) as raw:
        assert (await welcomed(raw)).reset is None

        async def publish_and_tick() -> None:
            for n in range(60):
                await hub.publish(purge(n))
                hub.tick()

        publishing = asyncio.create_task(publish_and_tick())
        position, beats = 0, 0
        while position < 60:
            message = await raw.hear()
            if isinstance(message, Record):
                assert message.position == position + 1
                position = message.position
            else:
                assert isinstance(message, Heartbeat)
                assert message.newest == position
                beats += 1
        await publishing
        assert beats > 1


async def test_a_long_way_to_catch_up_is_heard_in_order_and_before_any_beat(hub: Hub, log: EventLog) -> None:
    for n in range(600):
        log.append(purge(n), 5)
    async with served(hub) as url, peer(url, edge(1), Applied(log.identity, 17)) as raw:
        assert await welcomed(raw) == Welcome(log.identity, 17, STALENESS_MS, None)
        for position in range(18, 601):
            message = await raw.hear()
            assert isinstance(message, Record)
            assert message.position == position
        assert (await hear_beat(raw)).newest == 600


@pytest.mark.parametrize(
    ("applied", "why"),
    [
        (None, Reset.NEWCOMER),
        (Applied("another", 1), Reset.OTHER_LOG),
        (Applied("same", 9), Reset.AHEAD),
    ],
)
async def test_a_position_that_is_not_of_this_log_is_told(
    hub: Hub, log: EventLog, applied: Applied | None, why: Reset
) -> None:
    log.append(purge(1), 5)
    if applied is not None and applied.log_id == "same":
        applied = Applied(log.identity, applied.position)
    async with served(hub) as url, peer(url, edge(1), applied) as raw:
        assert await welcomed(raw) == Welcome(log.identity, 1, STALENESS_MS, why)
        assert (await hear_beat(raw)).newest == 1


async def test_a_reset_counts_only_when_it_is_acknowledged(hub: Hub, log: EventLog) -> None:
    log.append(purge(1), 5)
    async with served(hub) as url, peer(url, edge(1), Applied("another", 1)) as raw:
        await welcomed(raw)
        waiting = asyncio.create_task(hub.confirmed(1))
        await hear_beat(raw)
        assert not waiting.done()
        await raw.say(Ack(1, 0))
        assert [receipt.state for receipt in await waiting] == [ReceiptState.CONFIRMED]


async def test_beats_carry_the_members_and_come_at_once_when_they_change(hub: Hub) -> None:
    async with served(hub) as url, peer(url, edge(1)) as raw:
        await welcomed(raw)
        assert (await hear_beat(raw)).members == (edge(1),)
        two = Member("edge-2", "http://127.0.0.1:8082", weight=3)
        async with following(url, Recorder(), two):
            assert (await hear_beat(raw)).members == (edge(1), two)
        assert (await hear_beat(raw)).members == (edge(1),)


async def test_a_beat_counts_the_lease_from_what_the_member_said_last(hub: Hub, clock: Clock) -> None:
    async with served(hub) as url, peer(url, edge(1)) as raw:
        await welcomed(raw)
        assert (await hear_beat(raw)).lease_from_ms == 0
        await raw.say(Ack(0, 777))
        # The ack and the tick race; the beats after the ack show it.
        async with asyncio.timeout(10):
            hub.tick()
            while (await hear_beat(raw)).lease_from_ms != 777:
                hub.tick()


async def test_a_lost_connection_keeps_its_lease_and_a_goodbye_ends_it(hub: Hub, clock: Clock) -> None:
    async with served(hub) as url:
        async with peer(url, edge(1)) as raw:
            await welcomed(raw)
        assert hub.members == (edge(1),)
        record = await hub.publish(purge(1))
        waiting = asyncio.create_task(hub.confirmed(record.position))
        heard = Recorder()
        async with following(url, heard, edge(2)):
            await heard.until(lambda r: bool(r.beats))
        await asyncio.sleep(0)
        assert not waiting.done()
        clock.now_ms += LEASE_MS
        hub.tick()
        assert [(r.name, r.state, r.after_ms) for r in await waiting] == [
            ("edge-1", ReceiptState.FENCED, LEASE_MS)
        ]


async def test_who_says_goodbye_is_not_waited_for(hub: Hub) -> None:
    async with served(hub) as url, peer(url, edge(9)) as idle:
        await welcomed(idle)
        heard = Recorder()
        async with following(url, heard, edge(1)):
            await heard.until(lambda r: bool(r.beats))
        record = await hub.publish(purge(1))
        waiting = asyncio.create_task(hub.confirmed(record.position))
        assert await hear_record(idle) == record
        await idle.say(Ack(record.position, 0))
        assert [receipt.name for receipt in await waiting] == ["edge-9"]


@pytest.mark.parametrize(
    ("frame", "code", "said"),
    [
        ("hello?", Close.BAD_FRAME.code, "malformed"),
        ('{"type":"ack","position":0,"sent_ms":0}', Close.BAD_FRAME.code, "'ack'"),
        ('{"type":"hello","protocol":9}', Close.WRONG_PROTOCOL.code, "you speak 9"),
        (b"\x00\x01", Close.BAD_FRAME.code, "not BINARY"),
        ("x" * 70_000, Close.BAD_FRAME.code, ""),
    ],
)
async def test_a_bad_first_frame_closes_with_the_reason(
    hub: Hub, frame: str | bytes, code: int, said: str
) -> None:
    async with served(hub) as url, peer(url) as raw:
        await (raw.ws.send_str(frame) if isinstance(frame, str) else raw.ws.send_bytes(frame))
        closed, words = await raw.hear_close()
        assert closed == code or (closed == aiohttp.WSCloseCode.MESSAGE_TOO_BIG and len(frame) > 65_536)
        assert said in words
        assert hub.members == ()


async def test_an_ack_of_what_was_never_sent_closes_with_the_reason(hub: Hub) -> None:
    async with served(hub) as url, peer(url, edge(1)) as raw:
        await welcomed(raw)
        await raw.say(Ack(5, 0))
        assert await raw.hear_close() == (Close.BAD_FRAME.code, "bad frame: ack of 5, but only 0 was sent")


async def test_who_says_nothing_is_sent_away(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_HELLO_TIMEOUT_S", 0.05)
    async with served(hub) as url, peer(url) as raw:
        code, words = await raw.hear_close()
        assert code == Close.NO_HELLO.code
        assert "no hello came in time" in words


async def test_two_nodes_cannot_share_a_name_while_a_lease_runs(hub: Hub, clock: Clock) -> None:
    async with served(hub) as url, peer(url, edge(1, port=8081)) as first:
        await welcomed(first)
        async with peer(url, edge(1, port=8082)) as second:
            code, words = await second.hear_close()
            assert (code, words) == (
                Close.NAME_TAKEN.code,
                "name taken: another node holds a lease as edge-1",
            )
        clock.now_ms += LEASE_MS
        async with peer(url, edge(1, port=8082)) as third:
            await welcomed(third)
            assert hub.members == (edge(1, port=8082),)


async def test_a_node_that_comes_back_replaces_its_own_older_connection(hub: Hub) -> None:
    async with served(hub) as url, peer(url, edge(1)) as first:
        await welcomed(first)
        async with peer(url, edge(1)) as second:
            await welcomed(second)
            assert (await first.hear_close())[0] == Close.REPLACED.code
            record = await hub.publish(purge(1))
            assert await hear_record(second) == record


async def test_stopping_tells_the_subscribers(hub: Hub) -> None:
    async with served(hub) as url, peer(url, edge(1)) as raw, peer(url):
        await welcomed(raw)
        stopping = asyncio.create_task(hub.stop())
        assert await raw.hear_close() == (Close.GOING_AWAY.code, "the origin is stopping; come back")
        await stopping


async def test_a_cancelled_publish_is_finished(hub: Hub, log: EventLog) -> None:
    async with served(hub) as url, peer(url, edge(1)) as raw:
        await welcomed(raw)
        publishing = asyncio.create_task(hub.publish(purge(1)))
        await asyncio.sleep(0)
        publishing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await publishing
        assert (await hear_record(raw)).position == 1


async def test_concurrent_publishers_get_contiguous_positions(hub: Hub, log: EventLog) -> None:
    records = await asyncio.gather(*(hub.publish(purge(n)) for n in range(20)))
    assert sorted(record.position for record in records) == list(range(1, 21))
    assert [record.position for record in log.read(0, 99)] == list(range(1, 21))


async def test_a_log_that_fails_publishes_nothing(hub: Hub, log: EventLog) -> None:
    log.close()
    with pytest.raises(LogError, match="is closed"):
        await hub.publish(purge(1))


async def test_a_log_that_the_disk_garbled_closes_the_connection_with_the_reason(
    hub: Hub, log: EventLog, caplog: pytest.LogCaptureFixture
) -> None:
    log.append(purge(1), 5)
    with log.path.open("r+b") as file:
        file.seek(-3, 2)
        file.write(b"#")
    with caplog.at_level(logging.ERROR):
        async with served(hub) as url, peer(url, edge(1), at_start(log)) as raw:
            await welcomed(raw)
            assert (await raw.hear_close())[0] == Close.LOG_FAILED.code
    assert "record 1 fails its checksum" in caplog.text


async def test_beats_go_out_by_themselves_once_started(log: EventLog) -> None:
    hub = Hub(log, max_staleness_ms=40)
    async with served(hub) as url:
        await hub.start()
        heard = Recorder()
        async with following(url, heard, edge(1)):
            await heard.until(lambda r: len(r.beats) >= 4)


async def test_beats_that_end_are_said(
    log: EventLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hub, said = Hub(log, max_staleness_ms=4), asyncio.Event()

    def fail() -> None:
        asyncio.get_running_loop().call_later(0.01, said.set)
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(hub, "tick", fail)
    await hub.start()
    await asyncio.wait_for(said.wait(), 10)
    await hub.stop()
    assert "no more beats go out" in caplog.text
    assert "a fault of ours" in caplog.text
