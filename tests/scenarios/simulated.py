"""The second leg: an edge of the simulator before a scripted origin, on a network that takes no time."""

from __future__ import annotations

from caching import CacheSettings, Failure, Record, Request
from edge.target import Aimless
from simulator.call import Call, CallerLeftError
from simulator.client import SimClient
from simulator.link import Link, Path
from simulator.node import SimEdge, Who
from simulator.scheduler import US_PER_MS, Scheduler
from simulator.sessions import Sessions
from simulator.task import sleep
from simulator.upstream import Route, Timeouts, Upstream
from tests.scenarios.case import NODE, T0_MS, Case, Step
from tests.scenarios.got import Got, refused, request_of
from tests.scenarios.script import Asked, Played, Script

_LINK = Link(0)
_AT_ONCE = Path((_LINK,), 0, 65_536)
_PATIENCE_MS = 600_000


class SimulatedLeg:
    """One edge, one client for each request; bodies are counts of bytes."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._scheduler = Scheduler(T0_MS)
        self._origin = _Origin(self._scheduler)
        settings = CacheSettings(**{"node_name": NODE} | case.settings)
        # No more time than can be helped is lost on an origin that is silent.
        timeouts = Timeouts(1 if case.is_silent else _PATIENCE_MS, _PATIENCE_MS, peer_retry_ms=1)
        upstream = Upstream(self._scheduler, NODE, Route(self._origin, _AT_ONCE), timeouts)
        self._edge = SimEdge(self._scheduler, settings, upstream, _LINK, _LINK, _pass_over)
        self._doings = Sessions(self._scheduler)
        self._gots: dict[int, Got] = {}

    async def take(self, step: Step) -> tuple[list[Got], list[Asked]]:
        scheduler, cache = self._scheduler, self._edge.cache
        scheduler.run(scheduler.now_us + step.after_ms * US_PER_MS)
        if step.purge is not None:
            cache.apply_purge(step.purge, cache.position + 1, scheduler.now_ms)
        self._origin.script.load(step)
        for number, ask in enumerate(step.asks):
            made = request_of(ask.sent, self._case)
            if isinstance(made, Aimless):
                self._gots[number] = refused(made)
            else:
                self._doings.start(self._ask(number, made))
        nodes = (self._doings, self._origin.sessions, self._edge.sessions)
        scheduler.run_while(lambda: any(map(len, nodes)))
        return [self._gots[number] for number in range(len(step.asks))], self._origin.script.asked

    async def close(self) -> None:
        """There is nothing to let go of."""

    async def _ask(self, number: int, request: Request) -> None:
        routes = {NODE: Route(self._edge, _AT_ONCE)}
        client = SimClient(self._scheduler, request.authority, routes, _PATIENCE_MS)
        got = await client.get(NODE, request.target, request.headers, method=request.method)
        # An error of the edge's own has no Date, and no words here.
        size_bytes = got.size_bytes if "date" in got.headers else None
        self._gots[number] = Got(got.status, got.headers, size_bytes, broken=got.failure is not None)


class _Origin:
    """Answers from the script."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.script = Script()
        self.sessions = Sessions(scheduler)
        self._scheduler = scheduler

    def accept(self, call: Call) -> None:
        """A request has arrived."""
        played = self.script.answer(call.request, self._scheduler.now_ms)
        if isinstance(played, Played):
            self.sessions.start(self._serve(call, played), call)
        elif played is not Failure.TIMEOUT:
            call.fail(played)

    async def _serve(self, call: Call, played: Played) -> None:
        try:
            if played.takes_ms:
                await sleep(self._scheduler, played.takes_ms * US_PER_MS)
            call.body.damaged = played.damaged
            call.answer(played.head)
            await call.send(len(played.content))
        except CallerLeftError:
            return
        if played.whole:
            call.end()
        else:
            call.fail(Failure.ABORTED)


def _pass_over(edge: str, who: Who, record: Record) -> None:
    """Cache-Status says all that a case asks for."""
