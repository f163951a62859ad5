"""The origin's end of the bus: writes events to the log and pushes them to subscribers over WebSocket.

Each connection has a feeder of its own that reads the log from where its subscriber stands. So nobody waits
for a slow subscriber and none has a queue that could grow: it lags, hears no beat while it lags, loses its
lease, is cut off, and goes on later from its position. `protocol` says what is said, `roster` who holds a
lease; this shell obeys. The origin's server routes `GET /bus` here, after it has checked the token.
"""

import asyncio
import logging
from collections.abc import Callable

from aiohttp import web

from eventbus.clock import wall_clock_ms
from eventbus.connection import Connection
from eventbus.events import Event, Heartbeat, Member, Record
from eventbus.log import EventLog, LogError
from eventbus.protocol import Bye, Close, Hello, ProtocolError, Standing, welcome
from eventbus.roster import Confirmation, Receipt, Roster

_log = logging.getLogger(__name__)

_BATCH_RECORDS = 256


class Hub:
    """Publishes to the log and to every subscriber; `start` and `stop` bracket its life.

    `max_staleness_ms` is how long a member may serve without a word from here; beats go out four times as
    often.
    """

    def __init__(
        self, log: EventLog, *, max_staleness_ms: int = 2_000, now_ms: Callable[[], int] = wall_clock_ms
    ) -> None:
        self._events = log
        self._now_ms = now_ms
        self._max_staleness_ms = max_staleness_ms
        self._roster = Roster(max_staleness_ms, now_ms())
        self._connections: dict[str, Connection] = {}
        self._handlers: dict[asyncio.Task[None], Connection] = {}
        self._waits: dict[Confirmation, asyncio.Future[None]] = {}
        self._appending = asyncio.Lock()
        self._pulse: asyncio.Task[None] | None = None

    @property
    def members(self) -> tuple[Member, ...]:
        """Everyone who holds a lease, by name."""
        return self._roster.members

    @property
    def newest(self) -> int:
        """The position of the last record."""
        return self._events.newest

    async def start(self) -> None:
        """Begin to send beats."""
        self._pulse = asyncio.create_task(self._beat_forever())
        self._pulse.add_done_callback(_report)

    async def stop(self) -> None:
        """Close every connection; subscribers keep their leases. The log may be closed after this."""
        if self._pulse is not None:
            self._pulse.cancel()
        for connection in self._handlers.values():
            connection.end(Close.GOING_AWAY) if connection.name else connection.abort()
        if self._handlers:
            await asyncio.wait(self._handlers)
        async with self._appending:
            pass  # a cancelled request may have left its append running

    async def publish(self, event: Event) -> Record:
        """Append `event` durably and push it, also when cancelled on the way; raises `LogError`."""
        return await asyncio.shield(asyncio.create_task(self._publish(event)))

    async def confirmed(self, position: int) -> tuple[Receipt, ...]:
        """Wait until the record at `position` holds at every member, and say how it came to."""
        record = self._events.read(position - 1, 1)[0]
        confirmation = self._roster.confirm(position, record.at_ms, self._now_ms())
        self._waits[confirmation] = asyncio.get_running_loop().create_future()
        try:
            self._settle()
            await self._waits[confirmation]
        finally:
            del self._waits[confirmation]
            self._roster.release(confirmation)
        return tuple(confirmation.receipts)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """The aiohttp handler of the bus's route: one subscriber from its hello to its end."""
        connection = Connection(request)
        await connection.ws.prepare(request)
        serving = asyncio.create_task(self._serve(connection))
        self._handlers[serving] = connection
        try:
            await serving
        finally:
            del self._handlers[serving]
        return connection.ws

    def tick(self) -> None:
        """End leases that have run out, and have a beat sent to everyone who is up to date."""
        for name in self._roster.lapse(self._now_ms()):
            _log.warning("bus: %s was silent for its whole lease and is fenced", name)
            if name in self._connections:
                self._connections.pop(name).abort()
        for connection in self._connections.values():
            connection.beat_due = True
        self.announce()
        self._settle()

    def announce(self) -> None:
        """Wake every feeder: there is a record or a beat to send."""
        for connection in self._connections.values():
            connection.news.set()

    async def _publish(self, event: Event) -> Record:
        async with self._appending:
            record = await asyncio.to_thread(self._events.append, event, self._now_ms())
        self.announce()
        return record

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.sleep(self._max_staleness_ms / 4_000)
            self.tick()

    def _settle(self) -> None:
        """Let those go on whose record now holds everywhere."""
        for confirmation, future in self._waits.items():
            if confirmation.holds(self._now_ms()) and not future.done():
                future.set_result(None)

    async def _serve(self, connection: Connection) -> None:
        try:
            await self._admit(connection, await connection.hear_hello())
            feeder = asyncio.create_task(self._feed(connection))
            try:
                await self._listen(connection)
            finally:
                if connection.closing is None:
                    feeder.cancel()
                await asyncio.wait([feeder])
                if not feeder.cancelled() and (failure := feeder.exception()):
                    _log.error("bus: feeding %s failed", connection.name, exc_info=failure)
        except ProtocolError as error:
            _log.warning("bus: closing %s: %s", connection.name or "a stranger", error)
            await connection.close(error.close, str(error))
        except ConnectionError:
            pass  # the peer is gone; its lease tells when that matters
        finally:
            if self._is_current(connection):
                del self._connections[connection.name]

    async def _admit(self, connection: Connection, hello: Hello) -> None:
        answer = welcome(hello, Standing(self._events.identity, self._events.newest), self._max_staleness_ms)
        name = hello.member.name
        applied = answer.position if answer.reset is None else 0
        if not self._roster.admit(hello.member, applied, hello.sent_ms, self._now_ms()):
            raise ProtocolError(Close.NAME_TAKEN, f"another node holds a lease as {name}")
        if name in self._connections:
            self._connections[name].end(Close.REPLACED)
        connection.name, connection.sent_position = name, answer.position
        self._connections[name] = connection
        await connection.send(answer)
        self.tick()

    async def _listen(self, connection: Connection) -> None:
        """Take acks until the subscriber says goodbye, is replaced or is fenced."""
        while True:
            reply = await connection.hear_reply()
            if not self._is_current(connection):
                return
            if isinstance(reply, Bye):
                del self._connections[connection.name]
                self._roster.leave(connection.name, self._now_ms())
                self.tick()
                return
            self._roster.hear(connection.name, reply.position, reply.sent_ms, self._now_ms())
            self._settle()

    async def _feed(self, connection: Connection) -> None:
        """Send what is new until the connection is to end."""
        try:
            while connection.closing is None:
                connection.news.clear()
                await self._send_news(connection)
                await connection.news.wait()
        except ConnectionError:
            return
        except LogError as error:
            _log.error("bus: %s", error)
            connection.end(Close.LOG_FAILED)
        if connection.closing is not None:
            await connection.close(connection.closing)

    async def _send_news(self, connection: Connection) -> None:
        """The records it lacks, then the beat that is due: a beat never overtakes a record."""
        while records := self._events.read(connection.sent_position, _BATCH_RECORDS):
            for record in records:
                connection.sent_position = record.position
                await connection.send(record)
        if connection.beat_due and self._is_current(connection):
            connection.beat_due = False
            await connection.send(self._beat(connection))

    def _beat(self, connection: Connection) -> Heartbeat:
        return Heartbeat(
            newest=connection.sent_position,
            at_ms=self._now_ms(),
            max_staleness_ms=self._max_staleness_ms,
            members=self._roster.members,
            lease_from_ms=self._roster.lease_from_ms(connection.name),
        )

    def _is_current(self, connection: Connection) -> bool:
        """Whether this is the connection through which its member holds its lease."""
        return self._connections.get(connection.name) is connection


def _report(pulse: asyncio.Task[None]) -> None:
    """Beats go out until the hub stops: anything else fences every member, and must be seen."""
    if not pulse.cancelled() and (failure := pulse.exception()) is not None:
        _log.critical("bus: no more beats go out, all members will be fenced", exc_info=failure)
