"""Requests that this node reads itself: those without a body, whose form leaves no doubt (``edge.blocks``).

What is stored and at hand is answered in the step in which the request came; what needs a wait goes on as a
task, and the connection keeps what comes behind it until then. Only aiohttp's own parsing, tasks and
response objects are saved: exchange, driver and books are those of every request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Container, Coroutine
from contextlib import suppress
from typing import Any

from caching import Action, Exchange, Headers, Reply, Request, Serve
from caching.reasons import CutOff
from edge.answers import LAST_CHUNK, chunk, head_bytes
from edge.blocks import Blocks, Plain
from edge.client import MAX_UNREAD_BYTES, Client, piece_of
from edge.clock import Timing
from edge.driver import Driver, refresh_behind
from edge.hotpath import Hotpath
from edge.ledger import Ledger
from edge.outflow import Outflow
from edge.prepared import Prepared
from edge.shell import Shell
from edge.turns import Turns
from edge.wire import interim_bytes

_log = logging.getLogger(__name__)

_LENGTHLESS = (204, 304)


class DirectClient(Client):
    """Whoever sent a plain request; written to without aiohttp."""

    def __init__(self, inlet: Turns, plain: Plain) -> None:
        super().__init__(inlet.address, bodyless=plain.method == "HEAD")
        self._inlet = inlet
        self.closes = plain.block.closes
        """Whether the connection ends with this answer."""
        self._chunked = False

    def _why_gone(self) -> CutOff:
        return CutOff.CLIENT_LEFT if self._inlet.cut_off is None else self._inlet.cut_off

    def put_at_once(self, reply: Reply, piece: bytes | memoryview) -> None:
        """Hand head and body to the connection; ``drained`` tells when they are gone."""
        try:
            self._put_whole(reply, piece)
            self.sent_bytes += len(piece)
        except ConnectionError:
            self.gone = True

    async def drained(self) -> None:
        """Wait until the client has taken what it was given."""
        try:
            await self._inlet.drained()
        except ConnectionError:
            self.gone = True

    def _put_whole(self, reply: Reply, piece: bytes | memoryview) -> None:
        self.status = reply.status
        self._inlet.way_out.put(self._head(reply, len(piece)), piece)

    def _head(self, reply: Reply, body_bytes: int | None) -> bytes:
        to_head = self._bodyless
        return head_bytes(reply.status, reply.headers, body_bytes, to_head=to_head, closes=self.closes)

    async def _send_whole(self, reply: Reply, piece: bytes | memoryview) -> None:
        self._put_whole(reply, piece)
        await self._inlet.drained()

    async def _begin(self, reply: Reply) -> None:
        self.status = reply.status
        told = any(name == "content-length" for name, _ in reply.headers)
        self._chunked = not (told or self._bodyless or reply.status in _LENGTHLESS)
        self._inlet.way_out.put(self._head(reply, None))

    async def _send(self, piece: bytes | memoryview) -> None:
        self._inlet.way_out.put(*(chunk(piece) if self._chunked else (piece,)))
        await self._inlet.drained()

    async def _end(self) -> None:
        if self._chunked:
            self._inlet.way_out.put(LAST_CHUNK)
        await self._inlet.drained()

    def _reset(self) -> None:
        self._inlet.reset()

    def send_interim(self, status: int, headers: Headers) -> None:
        """Pass on an interim response; a client that does not read is spared it, for it only informs."""
        if self.status or self._inlet.unsent_bytes >= MAX_UNREAD_BYTES:
            return
        with suppress(ConnectionError):  # what is fetched may be for others too
            self._inlet.way_out.put(interim_bytes(status, headers))


class _Turn:
    """One request, from its head to the books."""

    def __init__(self, shell: Shell, inlet: Turns, plain: Plain) -> None:
        self.timing = Timing(shell.now_ms())
        from_peer = shell.badge.proves(plain.block.headers)
        aim = plain.block.aim._replace(target=plain.target)
        request = Request(plain.method, *aim, plain.block.headers, from_peer, inlet.address)
        self.who = "peer" if from_peer else "client"
        self.exchange = Exchange(shell.cache, request)
        self.client = DirectClient(inlet, plain)
        self._shell = shell

    def break_off(self) -> None:
        """A bug came up: its own connection ends, and no flight is left without its leader."""
        _log.exception("a request came to no answer: %r", self.exchange)
        self.client.abort()
        self.over()

    def over(self) -> None:
        """Enter it in the books."""
        self.exchange.finish()
        self._shell.finished(self.exchange, self.who, self.client, self.timing)


class Direct:
    """Answers the plain requests of a node's connections; those for ``own_paths`` are its own."""

    def __init__(self, shell: Shell, own_paths: Container[str]) -> None:
        self._shell = shell
        self._now_ms = shell.now_ms
        self._own_paths = own_paths
        self._hotpath = Hotpath(shell)
        self._ledger = Ledger(shell)

    def blocks(self, scheme: str) -> Blocks:
        """What is known of the requests of a scheme's connections."""
        return self._hotpath.blocks(scheme)

    def close(self) -> None:
        """Keep no answers any more, for each must say that it is its connection's last."""
        self._hotpath.close()

    def answer(self, inlet: Turns, data: bytes) -> bool:
        """Answer some bytes, now or as soon as that can be; whether they are a plain request."""
        now_ms = self._now_ms()
        prepared = self._hotpath.find(data, inlet.blocks, now_ms)
        if prepared is not None:
            self._give(inlet, prepared, now_ms)
            return True
        plain = inlet.blocks.read(data)
        if plain is None or plain.target.partition("?")[0] in self._own_paths:
            return False
        self._begin(inlet, plain)
        return True

    def _give(self, inlet: Turns, prepared: Prepared, now_ms: int) -> None:
        """Send what lies ready."""
        try:
            way = inlet.way_out
            way.put_prepared(prepared)
        except OSError:
            inlet.reset()
            self._ledger.enter_late(prepared, inlet.address, Timing(now_ms), CutOff.CLIENT_LEFT, 0)
            return
        if inlet.is_behind:
            self._hold(inlet, self._see_off(inlet, way, prepared, Timing(now_ms)))
        else:
            self._ledger.enter(prepared, now_ms, inlet.address)

    def _begin(self, inlet: Turns, plain: Plain) -> None:
        shell, turn = self._shell, _Turn(self._shell, inlet, plain)
        turn.client.closes |= shell.draining
        shell.arrived += 1
        driver = Driver(shell, turn.exchange, turn.client)
        try:
            action = self._first_step(plain, turn, driver)
        except Exception:
            turn.break_off()
            return
        if action is None and not inlet.is_behind:
            turn.over()
            if turn.client.closes:
                inlet.force_close()
            return
        self._hold(inlet, self._go_on(inlet, turn, driver, action)).add_done_callback(
            lambda _: turn.exchange.finish()  # also if it was cancelled before it began
        )

    def _first_step(self, plain: Plain, turn: _Turn, driver: Driver) -> Action | None:
        """What is left to do when all that needs no wait was done; None if that was everything."""
        action = driver.begin()
        if not isinstance(action, Serve) or not self._serve_at_once(plain, turn, action):
            return action
        refresh_behind(self._shell, action)
        return None

    def _serve_at_once(self, plain: Plain, turn: _Turn, serve: Serve) -> bool:
        """Give an answer that is at hand, and keep it at hand for the next; False if it isn't."""
        body = self._shell.bodies.get(serve.entry.serial)
        piece = piece_of(serve.reply, body)
        if piece is None:
            return False
        turn.client.put_at_once(serve.reply, piece)
        self._hotpath.learn(plain, turn.exchange, serve, body)
        return True

    def _hold(self, inlet: Turns, rest: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let a request come to its end; what its connection brings meanwhile waits."""
        inlet.hold()
        return self._shell.spawn(rest)

    async def _see_off(self, inlet: Turns, way: Outflow, prepared: Prepared, timing: Timing) -> None:
        """Wait until the client has taken what was prepared for it."""
        cut_off = None
        try:
            await inlet.drained()
        except ConnectionError:
            cut_off = inlet.cut_off or CutOff.CLIENT_LEFT
            inlet.reset()
        finally:
            sent_bytes = prepared.body_bytes - way.left_bytes
            self._ledger.enter_late(prepared, inlet.address, timing, cut_off, sent_bytes)
            inlet.release(closes=False)  # it did not say that it was the last

    async def _go_on(self, inlet: Turns, turn: _Turn, driver: Driver, action: Action | None) -> None:
        try:
            if action is None:
                await turn.client.drained()
            else:
                await driver.go_on(action)
        except Exception:
            _log.exception("a request came to no answer: %r", turn.exchange)
            turn.client.abort()
        finally:
            turn.over()
            inlet.release(closes=turn.client.closes)
