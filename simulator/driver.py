"""Obeys one Exchange under virtual time: asks, sends and fills as it says, and decides nothing.

The fill of a body goes on by itself: the leader's client reads from the store like every follower, and may
leave without harm to the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from caching import (
    Action,
    Entry,
    Exchange,
    Failure,
    Fetch,
    Follow,
    Gather,
    Gathering,
    Headers,
    NotStored,
    Reason,
    Refuse,
    Relay,
    Reply,
    ResponseHead,
    Serve,
)
from caching.block import BlockExchange
from caching.flights import Flight
from simulator.body import Body, BodyBrokenError
from simulator.call import Call, CallerLeftError
from simulator.task import Pause, Signal

if TYPE_CHECKING:
    from simulator.node import SimEdge


class Driver:
    """One exchange under way. ``call`` is None for a refresh, which nobody waits for."""

    def __init__(self, edge: SimEdge, exchange: Exchange, call: Call | None) -> None:
        self.exchange = exchange
        self._decider: Exchange | Gathering = exchange
        self._leading: tuple[BlockExchange, Signal] | None = None
        self.over = Signal()
        """Set when its last action has been obeyed."""
        self._edge = edge
        self._call = call
        self._source: Call | None = None
        self._is_begun = False
        self._pinned: Body | None = None
        self._sent: Body | None = None
        self._pin_stored()

    async def run(self) -> None:
        """From the first look-up to the end of the fill."""
        action: Action | None = self.exchange.begin(self._now_ms)
        try:
            while action is not None:
                action = await self._obey(action)
        finally:
            self._let_go()
            self._decider.finish()
            self.over.set()

    @property
    def _now_ms(self) -> int:
        return self._edge.scheduler.now_ms

    async def _obey(self, action: Action) -> Action | None:
        match action:
            case Serve():
                return await self._serve(action)
            case Relay(reply, None):
                await self._send(reply, None if self._source is None else self._source.body)
                return await self._go_on(None)
            case Relay():
                await self._fill(action)
            case Refuse(status, reason):
                await self._refuse(status, reason)
            case Fetch():
                return await self._fetch(action)
            case Follow(flight, lead):
                self._pin_stored()
                if lead is not None:
                    self._leading = lead, self._edge.drive(lead, None)
                await Pause(lambda wake: flight.on_decided(lambda: self._pin_and(wake, flight)))
                brought = flight.entry or (None if lead is None else lead.brought)
                if self._pinned is None and brought is not None:
                    self._pinned = self._edge.find(brought.serial)  # it has begun meanwhile
                return self._decider.on_flight(self._now_ms)
            case Gather(wanted):
                self._decider = Gathering(self._edge.cache, self.exchange, wanted)
                return self._decider.begin(self._now_ms)
            case _:
                assert_never(action)
        return None

    def _pin_stored(self) -> None:
        """Hold the body that validation or an error may bring back, whatever is evicted meanwhile."""
        if self._decider.stored is not None:
            self._pinned = self._edge.find(self._decider.stored.serial)

    def _pin_and(self, wake: Callable[[], None], flight: Flight) -> None:
        """Hold what the flight brings, before its leader goes on and it could be gone again."""
        if flight.entry is not None:
            self._pinned = self._edge.find(flight.entry.serial)
        wake()

    async def _fetch(self, fetch: Fetch) -> Action:
        self._pin_stored()
        self._let_go()
        request = self.exchange.request._replace(method=fetch.method, headers=fetch.headers)
        asked = await self._edge.upstream.ask(
            self.exchange.routing_key, request, origin_only=fetch.origin_only
        )
        self._source = asked.call
        if isinstance(asked.outcome, Failure):
            return self._decider.on_failure(asked.outcome, self._now_ms)
        return self._decider.on_head(asked.outcome, self._now_ms)

    async def _serve(self, serve: Serve) -> Action | None:
        if serve.refresh is not None:
            self._edge.drive(serve.refresh, None)
        # Held while a gathering may send more of it.
        self._sent = self._edge.find(serve.entry.serial)
        await self._send(serve.reply, self._sent)
        return await self._go_on(serve.entry)

    async def _go_on(self, sent: Entry | None) -> Action | None:
        """What a gathering wants next, once what was sent is stored, and unless the client has left."""
        if not isinstance(self._decider, Gathering) or self._call is None or self._call.is_over:
            return None
        if self._leading is not None and self._leading[0].brought is sent:
            await self._leading[1].wait()
        return self._decider.go_on(self._now_ms)

    async def _refuse(self, status: int, reason: Reason) -> None:
        """Answer with an error; in the middle of an answer there is nothing left but to break it off."""
        if self._call is not None and self._is_begun:
            self._call.fail(Failure.ABORTED)
        else:
            told = ("cache-status", f"{self._edge.name}; detail={reason.value}")
            await self._send(Reply(status, (("content-length", "0"), told), None), None)

    async def _fill(self, relay: Relay) -> None:
        """Let the body arrive in the store, and be sent from there meanwhile."""
        assert relay.fill is not None and self._source is not None
        source = self._source.body
        body = source if relay.digest is None else Body()
        self._edge.keep(relay.fill.serial, body)
        self._edge.sessions.start(self._send(relay.reply, body), self._call)
        if relay.digest is not None:
            await self._check(source, body)
            return
        try:
            limit_bytes = self._edge.cache.settings.max_object_bytes
            if relay.fill.size_bytes is None and await body.beyond(limit_bytes):
                self.exchange.on_growth(body.arrived_bytes)
            size_bytes = await body.whole()
        except BodyBrokenError:
            self.exchange.on_fill_failed()
        else:
            self.exchange.on_filled(size_bytes)

    async def _check(self, source: Body, body: Body) -> None:
        """Let the body through piece by piece, the last one when the whole has been found right."""
        held_bytes = 0
        try:
            while there_bytes := await source.beyond(body.arrived_bytes + held_bytes):
                body.append(held_bytes)
                self.exchange.on_growth(body.arrived_bytes)
                held_bytes = there_bytes
        except BodyBrokenError:
            self.exchange.on_fill_failed()
            body.break_off()
            return
        if source.damaged:
            self.exchange.on_fill_failed(NotStored.DIGEST_MISMATCH)
            body.break_off()
        else:
            body.append(held_bytes)
            self.exchange.on_filled(body.arrived_bytes)
            body.finish()

    async def _send(self, reply: Reply, body: Body | None) -> None:
        """Answer the call, if there is one: head, and the part of the body as it comes."""
        if self._call is None:
            return
        if not reply.begun:
            self._is_begun = True
            self._call.answer(ResponseHead(reply.status, Headers(reply.headers)))
        if reply.body is None:
            self._call.end()
            return
        if body is None:
            raise RuntimeError(f"the body of a stored response is not there: {self.exchange!r}")
        try:
            await self._call.send(len(reply.before))
            await self._call.send_part(body, reply.body)
            await self._call.send(len(reply.after))
        except CallerLeftError:
            return
        if not reply.more:
            self._call.end()

    def _let_go(self) -> None:
        if self._source is not None:
            self._source.leave()
