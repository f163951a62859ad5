"""The first leg: the bare Exchange, with the origin's script called as a function."""

from __future__ import annotations

from caching import Cache, CacheSettings, Failure, Fetch, Headers, Refuse, Relay, Request, Serve
from edge.target import Aimless
from tests.caching.driver import Answer, BareDriver, Done, Shelf
from tests.scenarios.case import NODE, T0_MS, Case, Step
from tests.scenarios.got import Got, refusal, refused, request_of
from tests.scenarios.script import Asked, Script


class BareLeg:
    """A cache, and nothing around it: bodies are counts of bytes."""

    def __init__(self, case: Case) -> None:
        shelf = Shelf()
        self._case = case
        self._cache = Cache(CacheSettings(**{"node_name": NODE} | case.settings), shelf.on_dropped)
        self._driver = BareDriver(self._cache, self._answer, shelf)
        self._script = Script()
        self._now_ms = T0_MS

    async def take(self, step: Step) -> tuple[list[Got], list[Asked]]:
        self._now_ms += step.after_ms
        if step.purge is not None:
            self._cache.apply_purge(step.purge, self._cache.position + 1, self._now_ms)
        self._script.load(step)
        made = [request_of(ask.sent, self._case) for ask in step.asks]
        done = iter(self._driver.together([item for item in made if isinstance(item, Request)], self._now_ms))
        self._now_ms += self._driver.took_ms
        gots = [refused(item) if isinstance(item, Aimless) else _got(next(done)) for item in made]
        return gots, self._script.asked

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _answer(self, request: Request, fetch: Fetch, now_ms: int) -> Answer | Failure:
        asked = request._replace(method=fetch.method, headers=fetch.headers)
        played = self._script.answer(asked, now_ms)
        if isinstance(played, Failure):
            return played
        return Answer(played.head, len(played.content), played.whole, played.takes_ms, played.damaged)


def _got(done: Done) -> Got:
    match done.action:
        case Serve(_, reply, _) | Relay(reply, _):
            return Got(reply.status, Headers(reply.headers), done.size_bytes, broken=done.broken)
        case Refuse(status, reason):
            return refusal(status, reason.value)
        case other:
            raise AssertionError(f"a request ended with {other!r}")
