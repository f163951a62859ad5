"""What the bus tests share: a hub behind a real aiohttp server, a handler that remembers, a raw peer."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
from aiohttp import web

from eventbus.clock import wall_clock_ms
from eventbus.events import Heartbeat, Member, Purged, Record, Scope, decode, decoder_for, encode
from eventbus.hub import Hub
from eventbus.log import EventLog
from eventbus.position import PositionFile
from eventbus.protocol import PROTOCOL, Ack, Applied, Hello, Reset, Welcome
from eventbus.subscriber import Subscriber

TOKEN = "a-token-for-the-bus-tests"

_from_hub = decoder_for(Welcome | Record | Heartbeat)


def purge(n: int) -> Purged:
    return Purged(Scope.URL, f"/vod/{n}")


def edge(number: int, port: int = 8081) -> Member:
    return Member(f"edge-{number}", f"http://127.0.0.1:{port}")


class Clock:
    """A clock that moves when told."""

    def __init__(self, now_ms: int = 1_000_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


@asynccontextmanager
async def served(hub: Hub, port: int = 0) -> AsyncIterator[str]:
    """The URL of `hub` behind a real server with no pulse of its own: a test calls `tick`, or `start`."""
    app = web.Application()
    app.router.add_get("/bus", hub.handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/bus"
    finally:
        await hub.stop()
        await runner.cleanup()


class Recorder:
    """A handler that remembers everything and lets a test wait for a condition on it."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.beats: list[Heartbeat] = []
        self.resets: list[tuple[int, Reset]] = []
        self._changed = asyncio.Event()

    def on_reset(self, position: int, why: Reset) -> None:
        self.resets.append((position, why))
        self._changed.set()

    def on_record(self, record: Record) -> None:
        self.records.append(record)
        self._changed.set()

    def on_heartbeat(self, beat: Heartbeat) -> None:
        self.beats.append(beat)
        self._changed.set()

    @property
    def positions(self) -> list[int]:
        return [record.position for record in self.records]

    async def until(self, condition: Callable[["Recorder"], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition(self):
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def following(
    url: str,
    handler: Recorder,
    member: Member | None = None,
    positions: PositionFile | None = None,
    now_ms: Callable[[], int] = wall_clock_ms,
    rng: random.Random | None = None,
    token: str = TOKEN,
) -> AsyncIterator[Subscriber]:
    """A subscriber that runs; it says goodbye at the end."""
    subscriber = Subscriber(
        url,
        token=token,
        member=member or edge(1),
        handler=handler,
        positions=positions,
        now_ms=now_ms,
        rng=rng,
    )
    running = asyncio.create_task(subscriber.run())
    try:
        yield subscriber
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


class Peer:
    """A subscriber of bare hands: says and hears one frame at a time."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def say(self, message: Hello | Ack) -> None:
        await self.ws.send_str(encode(message).decode())

    async def hear(self) -> Welcome | Record | Heartbeat:
        message = await self.ws.receive(10)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        heard: Welcome | Record | Heartbeat = decode(message.data.encode(), _from_hub)
        return heard

    async def hear_close(self) -> tuple[int, str]:
        """The close code and its words, after whatever else still comes."""
        while (message := await self.ws.receive(10)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type is aiohttp.WSMsgType.CLOSE, message
        return int(message.data), str(message.extra)


@asynccontextmanager
async def peer(
    url: str, member: Member | None = None, applied: Applied | None = None, token: str = TOKEN
) -> AsyncIterator[Peer]:
    """A raw connection; with `member` it has said hello."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.ws_connect(url) as ws:
        raw = Peer(ws)
        if member is not None:
            await raw.say(Hello(PROTOCOL, member, applied, 0))
        yield raw


def at_start(log: EventLog) -> Applied:
    """The position of one who has applied nothing of `log`."""
    return Applied(log.identity, 0)
