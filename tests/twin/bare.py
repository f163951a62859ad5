"""The first leg: the bare Exchange, with the origin's table called as a function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from caching import Action, Cache, CacheSettings, Failure, Fetch, Headers, Refuse, Relay, Request, Serve
from simulator.origin import Condition, SimObject, Table, failing_answer
from tests.caching.driver import Answer, BareDriver, Shelf
from tests.twin.seen import SPOILING, Seen, broken, seen
from tests.twin.trace import EDGE, T0_MS, Advance, Ask, Change, Crowd, Lease, Publish, Step, Turn


class BareLeg:
    """A cache, and nothing around it."""

    def __init__(self, cache: CacheSettings, objects: Iterable[SimObject]) -> None:
        self.shelf = shelf = Shelf()
        """Which bodies left, and why."""
        self._cache = Cache(cache, shelf.on_dropped)
        self._driver = BareDriver(self._cache, self._answer, shelf)
        self._table = Table(objects)
        self._condition = Condition.UP
        self._now_ms = T0_MS

    def run(self, steps: Iterable[Step]) -> list[Seen]:
        """Take the steps; what was seen of each request."""
        return [made for step in steps for made in self._take(step)]

    def _take(self, step: Step) -> list[Seen]:
        match step:
            case Ask(request):
                return self._ask([request])
            case Crowd(requests):
                return self._ask(requests)
            case Advance(ms):
                self._now_ms += ms
            case Publish(purge):
                self._cache.apply_purge(purge, self._cache.position + 1, self._now_ms)
            case Turn(condition):
                self._condition = condition
            case Change(item):
                self._table.put(item)
            case Lease(ms):
                self._cache.lease_until_ms = None if ms is None else self._now_ms + ms
            case _:
                assert_never(step)
        return []

    def _ask(self, requests: Sequence[Request]) -> list[Seen]:
        before = len(self._driver.records)
        done = self._driver.together(requests, self._now_ms)
        records = self._driver.records[before:]
        if self._condition in SPOILING:
            return broken(records, len(requests))
        return seen(records, [(0, Headers()) if item.broken else _told(item.action) for item in done])

    def _answer(self, request: Request, fetch: Fetch, now_ms: int) -> Answer | Failure:
        if self._condition is Condition.DOWN:
            return Failure.UNREACHABLE
        if self._condition is Condition.FAILING:
            return Answer(failing_answer(now_ms).head)
        asked = request._replace(method=fetch.method, headers=fetch.headers)
        head, part = self._table.answer(asked, now_ms)
        whole = self._condition is not Condition.BREAKING or not part.length
        return Answer(head, part.length, whole, damaged=self._condition is Condition.DAMAGING)


def _told(action: Action) -> tuple[int, Headers]:
    """Status and fields of what a client is told."""
    match action:
        case Serve(_, reply, _) | Relay(reply, _):
            return reply.status, Headers(reply.headers)
        case Refuse(status, reason):
            return status, Headers([("cache-status", f"{EDGE}; detail={reason.value}")])
        case other:
            raise AssertionError(f"a request ended with {other!r}")
