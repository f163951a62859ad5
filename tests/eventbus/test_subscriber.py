"""The subscriber against real hubs that stop, start again, lose their log or refuse."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from eventbus.events import Record
from eventbus.hub import Hub
from eventbus.log import EventLog
from eventbus.position import PositionFile
from eventbus.protocol import Applied, Reset
from eventbus.subscriber import Subscriber, backoff_ms
from tests.eventbus.bus import TOKEN, Clock, Recorder, edge, following, purge, served


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    with closing(EventLog(tmp_path / "events.log")) as made:
        yield made


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


async def test_a_newcomer_starts_at_the_newest_record(log: EventLog) -> None:
    log.append(purge(1), 5)
    hub = Hub(log)
    async with served(hub) as url:
        heard = Recorder()
        async with following(url, heard) as subscriber:
            await heard.until(lambda r: bool(r.beats))
            assert subscriber.connected
            assert heard.resets == [(1, Reset.NEWCOMER)]
            assert (await hub.publish(purge(2))).position == 2
            await heard.until(lambda r: r.positions == [2])
        assert subscriber.position == 2
        assert not subscriber.connected


async def test_a_restarted_hub_is_found_again_and_no_record_is_lost_or_heard_twice(log: EventLog) -> None:
    heard, first, second = Recorder(), Hub(log), Hub(log)
    async with AsyncExitStack() as stack:
        async with served(first) as url:
            await stack.enter_async_context(following(url, heard))
            await heard.until(lambda r: bool(r.beats))
            await first.publish(purge(1))
            await heard.until(lambda r: r.positions == [1])
        log.append(purge(2), 5)  # accepted, and the origin died before it could push
        async with served(second, port_of(url)):
            await heard.until(lambda r: r.positions == [1, 2])
            await second.publish(purge(3))
            await heard.until(lambda r: r.positions == [1, 2, 3])
    assert heard.resets == [(0, Reset.NEWCOMER)]


async def test_a_restarted_subscriber_hears_what_it_missed(log: EventLog, tmp_path: Path) -> None:
    positions = PositionFile(tmp_path / "position.json")
    hub = Hub(log)
    async with served(hub) as url:
        before, after = Recorder(), Recorder()
        async with following(url, before, positions=positions):
            await before.until(lambda r: bool(r.beats))
            await hub.publish(purge(1))
            await before.until(lambda r: r.positions == [1])
        await hub.publish(purge(2))
        await hub.publish(purge(3))
        async with following(url, after, positions=positions):
            await after.until(lambda r: r.positions == [2, 3])
        assert after.resets == []
        assert positions.load() == Applied(log.identity, 3)


async def test_a_lost_log_starts_the_subscriber_over(log: EventLog, tmp_path: Path) -> None:
    positions = PositionFile(tmp_path / "position.json")
    positions.save(Applied(log.identity, 0))
    with closing(EventLog(tmp_path / "another.log")) as another:
        another.append(purge(1), 5)
        async with served(Hub(another)) as url:
            heard = Recorder()
            async with following(url, heard, positions=positions):
                await heard.until(lambda r: bool(r.beats))
            assert heard.resets == [(1, Reset.OTHER_LOG)]
            assert positions.load() == Applied(another.identity, 1)


async def test_a_log_put_back_to_an_older_copy_starts_the_subscriber_over(
    log: EventLog, tmp_path: Path
) -> None:
    positions = PositionFile(tmp_path / "position.json")
    positions.save(Applied(log.identity, 4))
    log.append(purge(1), 5)
    async with served(Hub(log)) as url:
        heard = Recorder()
        async with following(url, heard, positions=positions) as subscriber:
            await heard.until(lambda r: bool(r.beats))
            assert heard.resets == [(1, Reset.AHEAD)]
            assert subscriber.position == 1


async def test_the_lease_counts_from_the_subscribers_own_clock(log: EventLog) -> None:
    clock = Clock(42)
    async with served(Hub(log)) as url:
        heard = Recorder()
        async with following(url, heard, now_ms=clock):
            await heard.until(lambda r: bool(r.beats))
            assert heard.beats[0].lease_from_ms == 42


class Failing(Recorder):
    """A handler that can't apply its first record."""

    def on_record(self, record: Record) -> None:
        raise RuntimeError(f"can't apply {record.position}")


async def test_a_record_that_cannot_be_applied_ends_the_run_unacknowledged(
    log: EventLog, tmp_path: Path
) -> None:
    positions = PositionFile(tmp_path / "position.json")
    hub = Hub(log)
    async with served(hub) as url:
        heard = Failing()
        subscriber = Subscriber(url, token=TOKEN, member=edge(1), handler=heard, positions=positions)
        running = asyncio.create_task(subscriber.run())
        await heard.until(lambda r: bool(r.beats))
        await hub.publish(purge(1))
        with pytest.raises(RuntimeError, match="can't apply 1"):
            await running
        assert subscriber.position == 0
        assert positions.load() == Applied(log.identity, 0)
        assert hub.members == (edge(1),)  # no goodbye: it may still serve


async def test_a_refused_token_is_said_and_tried_again(
    log: EventLog, caplog: pytest.LogCaptureFixture
) -> None:
    hub, refusals, seen = Hub(log), [401, 503], []

    async def gate(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization"))
        return web.Response(status=refusals.pop(0)) if refusals else await hub.handle(request)

    app = web.Application()
    app.router.add_get("/bus", gate)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    heard = Recorder()
    async with following(f"http://127.0.0.1:{runner.addresses[0][1]}/bus", heard):
        await heard.until(lambda r: bool(r.beats))
    await runner.cleanup()
    assert seen == [f"Bearer {TOKEN}"] * 3
    assert "the origin answered 401: is the token right?" in caplog.text
    assert "the origin answered 503" in caplog.text


async def hub_that_says(*frames: str) -> tuple[web.AppRunner, str, asyncio.Queue[tuple[int, str]]]:
    """A server that says `frames` to whoever comes and notes how each connection was closed."""
    closes: asyncio.Queue[tuple[int, str]] = asyncio.Queue()

    async def say(request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.receive()
        for frame in frames:
            await ws.send_str(frame)
        while (message := await ws.receive()).type is web.WSMsgType.TEXT:
            pass
        if message.type is web.WSMsgType.CLOSE:
            closes.put_nowait((message.data, message.extra or ""))
        return ws

    app = web.Application()
    app.router.add_get("/bus", say)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/bus", closes


WELCOME = '{"type":"welcome","log_id":"a","position":0,"max_staleness_ms":%d,"reset":"newcomer"}'


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ('{"type":"record","position":1,"at_ms":1,"event":{"type":"KeyRotated"}}', "'KeyRotated'"),
        (
            '{"type":"record","position":5,"at_ms":1,"event":{"type":"AssetDeleted","asset_id":"a"}}',
            "after 0",
        ),
        ("what?", "malformed"),
    ],
)
async def test_a_hub_that_says_what_it_may_not_is_left_with_the_reason(frame: str, said: str) -> None:
    runner, url, closes = await hub_that_says(WELCOME % 5_000, frame)
    heard = Recorder()
    async with following(url, heard):
        code, words = await asyncio.wait_for(closes.get(), 10)
    await runner.cleanup()
    assert code == 4400
    assert said in words
    assert heard.records == []


async def test_silence_of_a_whole_lease_counts_as_a_loss(caplog: pytest.LogCaptureFixture) -> None:
    runner, url, closes = await hub_that_says(WELCOME % 50)
    async with following(url, Recorder()):
        await asyncio.wait_for(closes.get(), 10)
    await runner.cleanup()
    assert "silent for 0.05 s" in caplog.text


class Dice(random.Random):
    """Tells when it is thrown, which is when a connection was lost and said so."""

    def __init__(self) -> None:
        super().__init__(1)
        self.thrown = asyncio.Event()

    def uniform(self, a: float, b: float) -> float:
        self.thrown.set()
        return super().uniform(a, b)


async def test_nobody_there_is_said_and_tried_again(log: EventLog, caplog: pytest.LogCaptureFixture) -> None:
    async with served(Hub(log)) as url:
        pass
    heard, dice = Recorder(), Dice()
    async with following(url, heard, rng=dice):
        await asyncio.wait_for(dice.thrown.wait(), 10)
        async with served(Hub(log), port_of(url)):
            await heard.until(lambda r: bool(r.beats))
    assert f"bus: lost {url}" in caplog.text


async def test_when_a_cancelled_run_has_ended_the_hub_has_heard_the_goodbye(log: EventLog) -> None:
    hub = Hub(log)
    async with served(hub) as url:
        heard = Recorder()
        async with following(url, heard):
            await heard.until(lambda r: bool(r.beats))
            assert [member.name for member in hub.members] == ["edge-1"]
        assert not hub.members


@given(st.integers(0, 10_000), st.integers(0, 99))
def test_the_backoff_grows_to_a_bound_and_is_jittered(attempt: int, seed: int) -> None:
    delay_ms = backoff_ms(attempt, random.Random(seed))
    assert 0 <= delay_ms <= min(2_000, 50 * 2 ** min(attempt, 16))
    assert delay_ms == backoff_ms(attempt, random.Random(seed))


def test_the_jitter_spreads_a_tier() -> None:
    assert len({backoff_ms(6, random.Random(seed)) for seed in range(50)}) > 40
