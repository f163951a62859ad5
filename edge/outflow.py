"""What a connection is sent without aiohttp: by the transport, or past it from pages of the kernel's.

The transport copies what it is given. From pages ``sendfile`` moves as much as the socket takes at once,
and goes on when it takes more; until then nothing else may be sent on the connection, which its owner sees
to.
"""

from __future__ import annotations

import asyncio
import os
import socket

from edge.pages import Pages
from edge.prepared import Prepared


class Outflow:
    """The way out of one connection. Its methods raise ConnectionError when it is gone."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.put_bytes = 0
        """All that it was given, heads included."""
        self._transport = transport
        self._loop = loop
        self._socket: socket.socket | None = None
        if transport.get_extra_info("sslcontext") is None:
            # Another name for the transport's own, which it goes on to own.
            theirs = transport.get_extra_info("socket")
            self._socket = socket.socket(theirs.family, theirs.type, theirs.proto, theirs.fileno())
        self._rest: _Rest | None = None

    @property
    def unsent_bytes(self) -> int:
        """What the client has not taken yet."""
        return self.left_bytes + self._transport.get_write_buffer_size()

    @property
    def left_bytes(self) -> int:
        """What has not gone yet of what goes out of pages."""
        return 0 if self._rest is None else self._rest.left_bytes

    @property
    def is_busy(self) -> bool:
        """Whether something is still going out of pages."""
        return self._rest is not None

    def put(self, *pieces: bytes | memoryview) -> None:
        """Send some bytes after what was sent before."""
        if self._transport.is_closing():
            raise ConnectionResetError
        self.put_bytes += sum(map(len, pieces))
        self._transport.writelines(pieces)

    def put_prepared(self, prepared: Prepared) -> None:
        """Send an answer that lies ready."""
        if self._transport.is_closing():
            raise ConnectionResetError
        head, rest = prepared.head, prepared.rest
        self.put_bytes += len(head) + len(rest)
        if not rest:
            self._transport.write(head)
        elif prepared.file is None or self._socket is None or self._transport.get_write_buffer_size():
            self._transport.writelines((head, rest))
        else:
            self._put_file(self._socket, head, rest, *prepared.file)

    def _put_file(
        self, wire: socket.socket, head: bytes, rest: bytes | memoryview, pages: Pages, offset: int
    ) -> None:
        try:
            sent = wire.send(head, socket.MSG_MORE)
        except BlockingIOError:
            sent = 0
        if sent < len(head):
            self._transport.writelines((head[sent:], rest))
            return
        left = len(rest) - _sendfile(wire, pages, offset, len(rest))
        if left:
            self._rest = _Rest(self._loop, wire, pages, offset + len(rest) - left, left)

    async def sent(self) -> None:
        """Wait until the socket has taken all that comes from pages."""
        if self._rest is not None:
            rest = self._rest
            await rest.done
            if rest.left_bytes:
                raise ConnectionResetError
            self._rest = None

    def close(self) -> None:
        """The connection is gone."""
        if self._rest is not None:
            self._rest.stop()
        if self._socket is not None:
            self._socket.detach()
            self._socket = None


def _sendfile(wire: socket.socket, pages: Pages, offset: int, length: int) -> int:
    """As much as the socket takes; how much that was. Raises OSError, also when nothing more is there."""
    try:
        sent = os.sendfile(wire.fileno(), pages.fileno, offset, length)
    except BlockingIOError:
        return 0
    if not sent:  # a file that was cut off from outside: the socket would be found ready for ever
        raise OSError("the body is not there any more")
    return sent


class _Rest:
    """What is left of a body that goes out of pages, and goes when the socket takes it."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, wire: socket.socket, pages: Pages, offset: int, left_bytes: int
    ) -> None:
        self.left_bytes = left_bytes
        self.done: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._wire = wire
        self._pages = pages
        self._offset = offset
        # The loop lets nobody watch a transport's own descriptor.
        self._watched: int | None = os.dup(wire.fileno())
        loop.add_writer(self._watched, self._on_writable)

    def _on_writable(self) -> None:
        try:
            sent = _sendfile(self._wire, self._pages, self._offset, self.left_bytes)
        except OSError:
            self.stop()
            return
        self._offset += sent
        self.left_bytes -= sent
        if not self.left_bytes:
            self.stop()

    def stop(self) -> None:
        """All was sent, or nothing more can be."""
        if self._watched is not None:
            self._loop.remove_writer(self._watched)
            os.close(self._watched)
            self._watched = None
        if not self.done.done():
            self.done.set_result(None)
