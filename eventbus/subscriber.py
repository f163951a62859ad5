"""A node's end of the bus: hears every record once and in order, whatever becomes of connections.

`run` connects, says what was applied last, hands each record to the handler and acknowledges it when the
handler has returned; it comes back after every loss with a jittered backoff. The handler is synchronous:
when it returns, the record holds. Silence longer than a lease counts as a loss. Cancelling `run` says
goodbye, so that no purge waits for the lease: a node does that when it serves nothing from its cache any
more. Edges call this.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from http import HTTPStatus
from typing import NoReturn, Protocol

import aiohttp
from aiohttp import ClientWebSocketResponse, WSMsgType

from eventbus.clock import wall_clock_ms
from eventbus.events import Heartbeat, Member, Record, encode
from eventbus.protocol import REASON_BYTES, Ack, Applied, Bye, ProtocolError, Reset, SubscriberEnd, Welcome

_log = logging.getLogger(__name__)

_CONNECT_TIMEOUT_S = 5.0
_CLOSE_TIMEOUT_S = 1.0
_FIRST_BACKOFF_MS = 50
_LONGEST_BACKOFF_MS = 2_000


class Handler(Protocol):
    """What a node does about the bus.

    An exception ends `run`, because a record that can't be applied may not be skipped either.
    """

    def on_reset(self, position: int, why: Reset) -> None:
        """Records may have been missed: drop all that is cached or being filled, and go on at `position`."""

    def on_record(self, record: Record) -> None:
        """Apply the next record; it holds when this returns."""

    def on_heartbeat(self, beat: Heartbeat) -> None:
        """Every record up to `beat.newest` has been applied; the lease counts from `beat.lease_from_ms`."""


class Positions(Protocol):
    """Where a node keeps what it has applied, if that outlives the process (a ``PositionFile``, for one)."""

    def load(self) -> Applied | None:
        """What was applied to what the node holds; None when it holds nothing, or that can't be told."""

    def save(self, applied: Applied) -> None:
        """Note that everything up to a position is applied."""


class Subscriber:
    """Follows the log behind `url` (an origin's `/bus`) as `member`.

    `positions` carries the last applied position over a restart, for a node whose cache survives one;
    without it a new process starts over. `connected` tells whether the hub has welcomed it and the
    connection stands.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str,
        member: Member,
        handler: Handler,
        positions: Positions | None = None,
        now_ms: Callable[[], int] = wall_clock_ms,
        rng: random.Random | None = None,
    ) -> None:
        self.connected = False
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._handler = handler
        self._positions = positions
        self._now_ms = now_ms
        self._rng = rng or random.Random()
        self._end = SubscriberEnd(member, None if positions is None else positions.load())
        self._attempt = 0

    @property
    def position(self) -> int:
        """The last applied position; 0 before the first welcome."""
        return self._end.applied.position if self._end.applied else 0

    async def run(self) -> None:
        """Follow until cancelled. Raises only what the handler or the position file raises."""
        async with aiohttp.ClientSession(headers=self._headers) as session:
            while True:
                trouble = await self._follow(session)
                delay_ms = backoff_ms(self._attempt, self._rng)
                self._attempt += 1
                _log.warning("bus: lost %s (%s); trying again in %d ms", self._url, trouble, delay_ms)
                await asyncio.sleep(delay_ms / 1_000)

    async def _follow(self, session: aiohttp.ClientSession) -> str:
        """One connection to its end; why it ended."""
        try:
            ws = await self._connect(session)
        except _LostError as lost:
            return str(lost)
        try:
            await self._talk(ws)
        except _LostError as lost:
            return str(lost)
        except ProtocolError as error:
            await ws.close(code=error.close.code, message=str(error).encode()[:REASON_BYTES])
            return str(error)
        except asyncio.CancelledError:
            await _say_goodbye(ws)
            raise
        finally:
            self.connected = False
            await ws.close()

    async def _connect(self, session: aiohttp.ClientSession) -> ClientWebSocketResponse:
        closing = aiohttp.ClientWSTimeout(ws_close=_CLOSE_TIMEOUT_S)
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                return await session.ws_connect(self._url, timeout=closing)
        except TimeoutError:
            raise _LostError(f"no connection within {_CONNECT_TIMEOUT_S:g} s") from None
        except aiohttp.WSServerHandshakeError as error:
            hint = ": is the token right?" if error.status == HTTPStatus.UNAUTHORIZED else ""
            raise _LostError(f"the origin answered {error.status}{hint}") from None
        except (aiohttp.ClientError, OSError) as error:
            raise _LostError(str(error) or type(error).__name__) from None

    async def _talk(self, ws: ClientWebSocketResponse) -> NoReturn:
        await _send(ws, self._end.hello(self._now_ms()))
        patience_s = _CONNECT_TIMEOUT_S
        while True:
            message = self._end.receive(await _receive(ws, patience_s))
            if isinstance(message, Welcome):
                self.connected, patience_s = True, message.max_staleness_ms / 1_000
            self._obey(message)
            await _send(ws, encode(Ack(self.position, self._now_ms())))

    def _obey(self, message: Welcome | Record | Heartbeat) -> None:
        """Have the handler do what the message says, and note it only then."""
        match message:
            case Welcome(reset=None):
                pass
            case Welcome(position=position, reset=Reset() as why):
                self._handler.on_reset(position, why)
                self._note(position)
            case Record(position=position):
                self._handler.on_record(message)
                self._note(position)
            case Heartbeat():
                self._attempt = 0
                self._handler.on_heartbeat(message)

    def _note(self, position: int) -> None:
        applied = self._end.applied_up_to(position)
        if self._positions is not None:
            self._positions.save(applied)


class _LostError(Exception):
    """The connection is gone or never came to be; the text says why."""


def backoff_ms(attempt: int, rng: random.Random) -> int:
    """How long to wait after failure number `attempt` (from 0): exponential with full jitter.

    So a tier that lost its origin doesn't come back as one wave.
    """
    return round(rng.uniform(0, min(_LONGEST_BACKOFF_MS, _FIRST_BACKOFF_MS * 2 ** min(attempt, 16))))


async def _send(ws: ClientWebSocketResponse, data: bytes) -> None:
    try:
        await ws.send_str(data.decode())
    except ConnectionError as error:
        raise _LostError(str(error)) from None


async def _receive(ws: ClientWebSocketResponse, patience_s: float) -> bytes:
    try:
        message = await ws.receive(patience_s)
    except TimeoutError:
        raise _LostError(f"silent for {patience_s:g} s") from None
    if message.type is WSMsgType.TEXT:
        return str(message.data).encode()
    if message.type is WSMsgType.CLOSE:
        raise _LostError(f"closed with {message.data} {message.extra}")
    raise _LostError(f"the connection ended ({message.type.name})")


async def _say_goodbye(ws: ClientWebSocketResponse) -> None:
    """Say it and wait for the hub to close: closing first could reset the connection and lose the word."""
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(_CLOSE_TIMEOUT_S):
            await ws.send_str(encode(Bye()).decode())
            while (await ws.receive()).type is WSMsgType.TEXT:
                pass
