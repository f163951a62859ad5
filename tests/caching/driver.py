"""A driver without sockets or bodies: obeys one Exchange after the other, each to its end.

It is the plainest thing that an Exchange can run on: the bare leg of the twin test, and the way to tell
a story of requests in a test.
"""

from collections.abc import Callable
from typing import NamedTuple, assert_never

from caching import (
    Action,
    Cache,
    Dropped,
    Entry,
    Exchange,
    Failure,
    Fetch,
    Follow,
    Record,
    Refuse,
    Relay,
    Request,
    ResponseHead,
    Serve,
)


class Answer(NamedTuple):
    """What upstream sends: a head, and how many bytes of body, which break off when not ``whole``."""

    head: ResponseHead
    size_bytes: int = 0
    whole: bool = True


Origin = Callable[[Request, Fetch, int], Answer | Failure]
"""Upstream, as a function of the request, what is asked for it, and now_ms."""


class Shelf:
    """Which bodies a driver keeps, by serial. It hears of each exactly once that it may go."""

    def __init__(self) -> None:
        self.kept: set[int] = set()
        self.causes: list[Dropped] = []

    def open(self, serial: int) -> None:
        if serial in self.kept:
            raise AssertionError(f"body {serial} was begun twice")
        self.kept.add(serial)

    def on_dropped(self, entry: Entry, cause: Dropped) -> None:
        """The callback of a Cache; raises KeyError when the body had been dropped before."""
        self.kept.remove(entry.serial)
        self.causes.append(cause)


class BareDriver:
    """Runs requests one by one. ``records`` has them in the order in which they ended.

    A refresh runs at once after the request that asked for it, at the same time.
    """

    def __init__(self, cache: Cache, origin: Origin, shelf: Shelf) -> None:
        self.records: list[Record] = []
        self.last: Action | None = None
        """The final action of the newest request, a refresh not counted."""
        self._cache = cache
        self._origin = origin
        self._shelf = shelf

    def request(self, request: Request, now_ms: int) -> Record:
        """Run a request, then the refresh that it may ask for."""
        exchange = Exchange(self._cache, request)
        self.last = self._run(exchange, now_ms)
        if isinstance(self.last, Serve) and self.last.refresh is not None:
            self._run(self.last.refresh, now_ms)
        return exchange.record

    def _run(self, exchange: Exchange, now_ms: int) -> Action:
        try:
            action = exchange.begin(now_ms)
            while isinstance(action, Fetch):
                action = self._fetch(exchange, action, now_ms)
        finally:
            exchange.finish()
        self.records.append(exchange.record)
        return action

    def _fetch(self, exchange: Exchange, fetch: Fetch, now_ms: int) -> Action:
        answer = self._origin(exchange.request, fetch, now_ms)
        if isinstance(answer, Failure):
            return exchange.on_failure(answer, now_ms)
        action = exchange.on_head(answer.head, now_ms)
        match action:
            case Relay(_, fill) if fill is not None:
                self._fill(exchange, fill, answer)
            case Follow():
                raise AssertionError("one request at a time has nobody to follow")
            case Serve() | Relay() | Refuse() | Fetch():
                pass
            case _:
                assert_never(action)
        return action

    def _fill(self, exchange: Exchange, fill: Entry, answer: Answer) -> None:
        self._shelf.open(fill.serial)
        if answer.whole:
            exchange.on_filled(answer.size_bytes)
        else:
            exchange.on_fill_failed()
