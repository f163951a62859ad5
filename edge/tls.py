"""TLS over a connection: a protocol to the TCP below it, a transport to the HTTP above it.

The event loop's own TLS encrypts at once whatever it is handed, so that a slow reader of a large object
costs a copy of it, and does not say how much of that still waits to be sent. Here a body stays what it is,
shared by all who read it, and is encrypted piece by piece as the client takes it; what waits is known to the
byte, so that a client which takes nothing is found out as it is without TLS. It is the faster way, too, for
large bodies: a piece that was just encrypted is sent while it is in the processor's cache.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import Enum
from typing import Any, cast

from edge.handshake import Owner, TlsFailure, failure_of

Data = bytes | bytearray | memoryview

# Large enough for few calls, small enough for the cache; each connection keeps a buffer of that size.
_PIECE_BYTES = 64 * 1024
# A read returns no more than one record, and no record holds more (RFC 8446 section 5.1).
_READ_BYTES = 16 * 1024


class _State(Enum):
    HANDSHAKE = 1
    OPEN = 2
    ENDING = 3
    """Nothing more is written or read above; what was written still goes out."""
    CLOSED = 4


# For every record: to look a member up in its class takes as long as the rest of the comparison.
_HANDSHAKE, _OPEN = _State.HANDSHAKE, _State.OPEN


class TlsConnection(asyncio.Transport, asyncio.Protocol):
    """One connection. ``make`` makes the protocol above, once the handshake is done."""

    def __init__(
        self,
        context: ssl.SSLContext,
        handshake_timeout_ms: int,
        make: Callable[[], asyncio.Protocol],
        owner: Owner,
    ) -> None:
        super().__init__()
        self._state = _HANDSHAKE
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._context = context
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._open_record, self._seal = self._tls.read, self._tls.write
        self._timeout_s = handshake_timeout_ms / 1000
        self._timer: asyncio.TimerHandle | None = None
        self._make, self._owner = make, owner
        self._above: asyncio.Protocol | None = None
        self._tcp: asyncio.Transport | None = None
        self._queue: deque[memoryview] = deque()
        self._queued_bytes = 0
        self._held = False
        """Whether TCP takes no more for now. What is in the queue waits for that, and nothing else."""
        self._above_held = False
        self._reading = True
        self._half_only = False
        """Whether only our direction is to end, and not the connection."""
        self._said_goodbye = False

    # What TCP says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._tcp = tcp = cast(asyncio.Transport, transport)
        tcp.set_write_buffer_limits(_PIECE_BYTES)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._timeout_s, self._fail, TlsFailure.TIMEOUT)
        self._owner.tls_began(self)

    def data_received(self, data: bytes) -> None:
        if self._state is _OPEN:
            self._incoming.write(data)
            self._read()
        elif self._state is _HANDSHAKE:
            self._incoming.write(data)
            self._shake_hands()

    def eof_received(self) -> bool:
        """The client has ended its direction. What is due to it still goes out: that is what True says."""
        if self._state is _HANDSHAKE:
            self._fail(TlsFailure.LEFT)
        else:
            self._hear_goodbye()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if self._state is _HANDSHAKE:
            self._fail(TlsFailure.LEFT)
        self._state = _State.CLOSED
        self._queue.clear()
        self._queued_bytes = 0
        self._stop_timer()
        above, self._above, self._tcp = self._above, None, None
        if above is not None:
            above.connection_lost(exc)
        self._owner.tls_ended(self)

    def pause_writing(self) -> None:
        self._held = True
        if self._above is not None and not self._above_held:
            self._above_held = True
            self._above.pause_writing()

    def resume_writing(self) -> None:
        self._held = False
        self._send_queued()
        if self._above_held and not self._held and self._above is not None:
            self._above_held = False
            self._above.resume_writing()

    # The handshake.

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._flush()  # the alert that says why
            self._fail(failure_of(error))
        else:
            self._stop_timer()
            self._state = _OPEN
            self._flush()
            self._above = self._make()
            self._above.connection_made(self)
            self._read()

    def _fail(self, why: TlsFailure) -> None:
        self._state = _State.CLOSED
        self._stop_timer()
        self._owner.tls_failed(self, why)
        if self._tcp is not None:
            self._tcp.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # From the client.

    def _read(self) -> None:
        """Hand on what has come, record by record."""
        above, incoming = self._above, self._incoming
        assert above is not None
        try:
            while incoming.pending and self._reading and self._state is _OPEN:
                if data := self._open_record(_READ_BYTES):
                    above.data_received(data)
                else:
                    self._hear_goodbye()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self._break(error)
        self._flush()  # an answer to what is not for us, such as an update of keys

    def _hear_goodbye(self) -> None:
        if self._state is _OPEN and self._above is not None:
            self._above.eof_received()
        self.close()

    def _break(self, error: ssl.SSLError) -> None:
        self._owner.tls_failed(self, failure_of(error))
        self._flush()
        self.abort()

    # To the client.

    def write(self, data: Data) -> None:
        if self._state is not _OPEN or not data:
            return
        if not self._held and len(data) <= _PIECE_BYTES:
            self._encrypt(data)
            return
        self._queue.append(memoryview(data).cast("B"))
        self._queued_bytes += len(self._queue[-1])
        self._send_queued()

    def writelines(self, list_of_data: Iterable[Data]) -> None:
        """Few small pieces make one record."""
        pieces = tuple(list_of_data)
        if sum(map(len, pieces)) <= _PIECE_BYTES:
            self.write(b"".join(pieces))
        else:
            for piece in pieces:
                self.write(piece)

    def _encrypt(self, data: Data) -> None:
        self._seal(data)
        if self._tcp is not None:
            self._tcp.write(self._outgoing.read())

    def _flush(self) -> None:
        if self._outgoing.pending and self._tcp is not None:
            self._tcp.write(self._outgoing.read())

    def _send_queued(self) -> None:
        queue = self._queue
        while queue and not self._held:
            data = queue.popleft()
            if len(data) > _PIECE_BYTES:
                queue.appendleft(data[_PIECE_BYTES:])
                data = data[:_PIECE_BYTES]
            self._queued_bytes -= len(data)
            self._encrypt(data)
        if self._state is _State.ENDING and not queue:
            self._say_goodbye()

    def _say_goodbye(self) -> None:
        """End our direction (RFC 8446 section 6.1); nobody waits for the client to end its own."""
        if self._tcp is None:
            return
        if not self._said_goodbye:
            self._said_goodbye = True
            with suppress(ssl.SSLError):  # which says that the client has not ended its own
                self._tls.unwrap()
            self._flush()
        if not self._half_only:
            self._tcp.close()
        elif not self._tcp.is_closing():
            self._tcp.write_eof()

    # What the protocol above may ask of its transport.

    def close(self) -> None:
        if self._state is _HANDSHAKE:
            self.abort()
        elif self._state is not _State.CLOSED:
            self._state, self._half_only = _State.ENDING, False
            self._send_queued()

    def write_eof(self) -> None:
        if self._state is _OPEN:
            self._state, self._half_only = _State.ENDING, True
            self._send_queued()

    def can_write_eof(self) -> bool:
        return True

    def abort(self) -> None:
        self._state = _State.CLOSED
        if self._tcp is not None:
            self._tcp.abort()

    def is_closing(self) -> bool:
        return self._state in (_State.ENDING, _State.CLOSED)

    def get_write_buffer_size(self) -> int:
        """Bytes that wait to be sent, encrypted or not."""
        below = 0 if self._tcp is None else self._tcp.get_write_buffer_size()
        return self._queued_bytes + self._outgoing.pending + below

    def is_reading(self) -> bool:
        return self._reading

    def pause_reading(self) -> None:
        self._reading = False
        if self._tcp is not None:
            self._tcp.pause_reading()

    def resume_reading(self) -> None:
        if self._reading or self._tcp is None:
            return
        self._reading = True
        self._tcp.resume_reading()
        asyncio.get_running_loop().call_soon(self._read_on)

    def _read_on(self) -> None:
        if self._state is _OPEN:
            self._read()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        match name:
            case "sslcontext":
                return self._context
            case "ssl_object":
                return self._tls
            case _:
                return default if self._tcp is None else self._tcp.get_extra_info(name, default)
