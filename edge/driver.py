"""Obeys one Exchange: does the IO that an action names, reports what came of it, and decides nothing.

The fill of a body is a task of its own: the leader's client reads from the store like every follower,
and may leave without harm to the others.
"""

from __future__ import annotations

import asyncio
from typing import assert_never

from caching import (
    Action,
    Entry,
    Exchange,
    Fetch,
    Follow,
    Gather,
    Gathering,
    NotStored,
    Refuse,
    Relay,
    Reply,
    Serve,
)
from caching.block import BlockExchange
from caching.flights import Flight, FlightState
from caching.interim import passed_interim
from caching.reasons import EXPLAINED
from edge.bodies import Body
from edge.client import Client
from edge.clock import Timing
from edge.heads import Interim
from edge.shell import Shell
from edge.upload import Upload
from edge.upstream import Answer, UpstreamError
from edge.verifier import Verifier


class Driver:
    """One exchange under way. ``client`` is None for a refresh, which nobody waits for."""

    def __init__(
        self,
        shell: Shell,
        exchange: Exchange,
        client: Client | None,
        *,
        upload: Upload | None = None,
    ) -> None:
        self._shell = shell
        self._exchange = exchange
        self._decider: Exchange | Gathering = exchange
        self._client = client
        self._upload = upload
        self._answer: Answer | None = None
        self._body: Body | None = None
        self._sent: Body | None = None
        self._leading: tuple[BlockExchange, asyncio.Task[None]] | None = None
        self._decided: asyncio.Future[None] | None = None
        self._pin_stored()

    async def run(self) -> None:
        """From the first look-up to the last byte."""
        await self.go_on(self.begin())

    def begin(self) -> Action:
        """Look up; what is waited for is waited for from this moment on."""
        action = self._exchange.begin(self._shell.now_ms())
        self._pin_stored()
        if isinstance(action, Follow):
            self._join(action)
        return action

    async def go_on(self, action: Action | None) -> None:
        """From the first action to the last byte."""
        try:
            while action is not None:
                action = await self._obey(action)
        finally:
            self._release()
            self._decider.finish()

    async def run_unattended(self, who: str) -> None:
        """A refresh, or the fetching of a block: entered in the books by itself."""
        timing = Timing(self._shell.now_ms())
        try:
            await self.run()
        finally:
            self._shell.finished(self._exchange, who, None, timing)

    async def _obey(self, action: Action) -> Action | None:
        match action:
            case Serve():
                return await self._serve(action)
            case Relay(reply, None):
                return await self._stream(reply)
            case Relay():
                await self._fill(action)
            case Refuse(status, reason):
                if self._client is not None:
                    node = self._shell.settings.name
                    await self._client.refuse(status, reason.value, EXPLAINED[reason], node)
            case Fetch():
                return await self._fetch(action)
            case Follow():
                return await self._follow(action)
            case Gather(wanted):
                self._decider = Gathering(self._shell.cache, self._exchange, wanted)
                return self._decider.begin(self._shell.now_ms())
            case _:
                assert_never(action)
        return None

    def _pin_stored(self) -> None:
        """Hold the body that validation or an error may bring back, whatever is evicted meanwhile."""
        if self._decider.stored is not None:
            self._body = self._shell.bodies.get(self._decider.stored.serial)

    def _join(self, follow: Follow) -> asyncio.Future[None]:
        """Be told when a flight is decided."""
        flight, lead = follow
        if lead is not None:
            task = self._shell.spawn(Driver(self._shell, lead, None).run_unattended("block"))
            self._leading = lead, task
        decided = self._decided = asyncio.get_running_loop().create_future()

        def on_decided() -> None:
            self._pin_flight(flight, None if lead is None else lead.brought)
            if not decided.done():
                decided.set_result(None)

        flight.on_decided(on_decided)
        return decided

    async def _follow(self, follow: Follow) -> Action:
        self._pin_stored()
        await (self._decided or self._join(follow))
        self._decided = None
        return self._decider.on_flight(self._shell.now_ms())

    def _pin_flight(self, flight: Flight, brought: Entry | None) -> None:
        """Hold what the flight brings, before the leader goes on and it could be gone again."""
        if brought is not None:
            self._body = self._shell.bodies.open(brought.serial)
        elif flight.entry is not None:
            filling = flight.state is FlightState.FILLING
            find = self._shell.bodies.open if filling else self._shell.bodies.get
            self._body = find(flight.entry.serial)

    async def _fetch(self, fetch: Fetch) -> Action:
        self._pin_stored()
        self._release()
        stored = self._exchange.stored
        if stored is not None and self._decider is self._exchange:
            self._body = await self._shell.bodies.fetch(stored.serial)
            if self._body is None:
                return self._exchange.on_unreadable(stored, self._shell.now_ms())
        try:
            self._answer = await self._shell.upstream.ask(
                fetch,
                self._exchange.request,
                self._exchange.routing_key,
                body=self._upload,
                on_interim=self._on_interim,
            )
        except UpstreamError as error:
            return self._decider.on_failure(error.failure, self._shell.now_ms())
        return self._decider.on_head(self._answer.head, self._shell.now_ms())

    def _on_interim(self, interim: Interim) -> None:
        """An interim response goes to the client whose request brought it, and to nobody else."""
        headers = passed_interim(self._exchange.request, interim.status, interim.headers)
        if self._client is not None and headers is not None:
            self._client.send_interim(interim.status, headers)

    async def _serve(self, serve: Serve) -> Action | None:
        # Held while a gathering may send more of it.
        self._sent = body = self._shell.bodies.get(serve.entry.serial)
        refresh_behind(self._shell, serve)
        if self._client is None:
            return None
        if body is None and serve.reply.body is not None:
            self._sent = body = await self._shell.bodies.fetch(serve.entry.serial)
            if body is None:
                return self._decider.on_unreadable(serve.entry, self._shell.now_ms())
        await self._client.send(serve.reply, body)
        return await self._go_on(serve.entry)

    async def _stream(self, reply: Reply) -> Action | None:
        if self._client is None or self._answer is None:
            return None
        await self._client.stream(reply, self._answer.body())
        self._exchange.record.upstream_bytes += self._answer.received_bytes
        return await self._go_on(None)

    async def _go_on(self, sent: Entry | None) -> Action | None:
        """What a gathering wants next, once what was sent is stored, and unless the client has left."""
        if not isinstance(self._decider, Gathering) or self._client is None or self._client.gone:
            return None
        if self._leading is not None and self._leading[0].brought is sent:
            await asyncio.wait([self._leading[1]])
        return self._decider.go_on(self._shell.now_ms())

    async def _fill(self, relay: Relay) -> None:
        """Start the fill, send from it to the client, and stay until the fill has ended, come what may."""
        assert relay.fill is not None and self._answer is not None
        self._body = body = self._shell.bodies.open(relay.fill.serial)
        verifier = Verifier(relay.digest)
        if (whole := self._answer.whole()) is not None:
            self._take_whole(whole, body, verifier)
            if self._client is not None:
                await self._client.send(relay.reply, body)
            return
        filling = self._shell.spawn(self._pump(self._answer, body, verifier))
        # However it ends, no reader may wait for ever for the rest.
        filling.add_done_callback(lambda _: body.abort())
        try:
            if self._client is not None:
                await self._client.send(relay.reply, body)
        finally:
            await filling

    def _take_whole(self, content: bytes, body: Body, verifier: Verifier) -> None:
        """Fill a body with what has come whole behind its head, as most small ones do: nobody has to wait."""
        body.append(verifier.take(content))
        self._exchange.on_growth(len(content))
        self._end(body, verifier.rest())
        body.abort()

    async def _pump(self, answer: Answer, body: Body, verifier: Verifier) -> None:
        try:
            async for piece in answer.body():
                body.append(verifier.take(piece))
                if not self._exchange.on_growth(body.size_bytes) and not await self._pass_on(body):
                    self._exchange.on_fill_failed()
                    return
        except UpstreamError:
            self._exchange.on_fill_failed()
        else:
            self._end(body, verifier.rest())

    def _end(self, body: Body, rest: bytes | None) -> None:
        """All has come: what was held back goes to the readers, unless the whole is wrong."""
        if rest is None:
            self._exchange.on_fill_failed(NotStored.DIGEST_MISMATCH)
            return
        body.append(rest)
        body.commit()
        self._exchange.on_filled(body.size_bytes)

    async def _pass_on(self, body: Body) -> bool:
        return await body.pass_on(self._shell.settings.cache.max_object_bytes)

    def _release(self) -> None:
        if self._answer is not None:
            self._answer.close()
            self._answer = None


def refresh_behind(shell: Shell, serve: Serve) -> None:
    """Run the refresh that comes with an answer, if one does, behind it."""
    if serve.refresh is not None:
        shell.spawn(Driver(shell, serve.refresh, None).run_unattended("refresh"))
