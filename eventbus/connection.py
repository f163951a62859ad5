"""The hub's end of one subscriber's WebSocket: frames in and out, and a close that never waits for the dead.

`Hub` makes one for each connection. Its words are judged by `protocol`; what they mean for leases is the
hub's.
"""

import asyncio

from aiohttp import WSMessage, WSMsgType, web

from eventbus.events import Heartbeat, Record, encode
from eventbus.protocol import (
    MAX_FRAME_BYTES,
    REASON_BYTES,
    Ack,
    Bye,
    Close,
    Hello,
    ProtocolError,
    Welcome,
    read_hello,
    read_reply,
)

_HELLO_TIMEOUT_S = 5.0
_CLOSE_TIMEOUT_S = 1.0


class Connection:
    """`name` is the member's once it was admitted, `sent_position` the last record that it was sent."""

    def __init__(self, request: web.Request) -> None:
        self.ws = web.WebSocketResponse(
            timeout=_CLOSE_TIMEOUT_S, compress=False, max_msg_size=MAX_FRAME_BYTES
        )
        self.news = asyncio.Event()
        self.name = ""
        self.sent_position = 0
        self.beat_due = False
        self.closing: Close | None = None
        self._transport = request.transport

    async def hear_hello(self) -> Hello:
        """The first word; raises `ProtocolError`, and `ConnectionError` when the peer went without one."""
        try:
            message = await self.ws.receive(_HELLO_TIMEOUT_S)
        except TimeoutError:
            raise ProtocolError(Close.NO_HELLO, f"{_HELLO_TIMEOUT_S:g} s have passed") from None
        return read_hello(_payload(message))

    async def hear_reply(self) -> Ack | Bye:
        """What the subscriber says next; raises `ProtocolError`, and `ConnectionError` at the end."""
        return read_reply(_payload(await self.ws.receive()), self.sent_position)

    async def send(self, message: Welcome | Record | Heartbeat) -> None:
        """Raises `ConnectionError`. Waits as long as the peer's buffers are full."""
        await self.ws.send_str(encode(message).decode())

    def end(self, close: Close) -> None:
        """Have the feeder close politely; cut the connection if the peer is too slow even for that."""
        self.closing = close
        self.news.set()
        asyncio.get_running_loop().call_later(2 * _CLOSE_TIMEOUT_S, self.abort)

    async def close(self, close: Close, words: str = "") -> None:
        """Say why and close; a peer that doesn't answer is cut off."""
        reason = (words or close.words).encode()[:REASON_BYTES].decode(errors="ignore").encode()
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self.ws.close(code=close.code, message=reason)
        except (TimeoutError, ConnectionError):
            self.abort()

    def abort(self) -> None:
        """Cut the connection without a word."""
        if self._transport is not None:
            self._transport.abort()


def _payload(message: WSMessage) -> bytes:
    """The bytes of a text message; raises `ProtocolError` for another kind, `ConnectionError` at the end."""
    if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED}:
        raise ConnectionResetError("closed by the peer")
    if message.type is not WSMsgType.TEXT:
        raise ProtocolError(Close.BAD_FRAME, f"a text message was due, not {message.type.name}")
    return str(message.data).encode()
