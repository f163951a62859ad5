"""A driver without sockets or bodies: obeys Exchanges to their end, one by one or several at once.

It is the plainest thing that an Exchange can run on: the bare leg of the twin test and of the scenarios, and
the way to tell a story of requests in a test.
"""

from collections.abc import Callable, Sequence
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
    takes_ms: int = 0
    """Time that passes before the head comes."""


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


class Done(NamedTuple):
    """How a request ended: its final action, and what upstream had sent of the body that goes with it."""

    record: Record
    action: Action
    source: Answer | None


class BareDriver:
    """Runs requests. ``records`` has them in the order in which they ended.

    A refresh runs at once after the request that asked for it, at the same time.
    """

    def __init__(self, cache: Cache, origin: Origin, shelf: Shelf) -> None:
        self.records: list[Record] = []
        self.last: Action | None = None
        """The final action of the newest request, a refresh not counted."""
        self.took_ms = 0
        """Time that upstream took for the newest requests."""
        self._cache = cache
        self._origin = origin
        self._shelf = shelf
        self._sources: dict[int, Answer] = {}

    def request(self, request: Request, now_ms: int) -> Record:
        """Run a request, then the refresh that it may ask for."""
        done = self.together([request], now_ms)[0]
        self.last = done.action
        return done.record

    def together(self, requests: Sequence[Request], now_ms: int) -> list[Done]:
        """Run requests that are all there before upstream answers the first; then their refreshes."""
        self.took_ms = 0
        done = self._run([Exchange(self._cache, request) for request in requests], now_ms)
        served = [item.action for item in done if isinstance(item.action, Serve)]
        self._run([item.refresh for item in served if item.refresh is not None], now_ms)
        return done

    def _run(self, exchanges: Sequence[Exchange], now_ms: int) -> list[Done]:
        """Begin all; then each in turn goes as far as it can, until all have ended."""
        try:
            done = [self._end_of(exchange, exchange.begin(now_ms), None) for exchange in exchanges]
            while (number := _next(done)) is not None:
                done[number] = self._go_on(exchanges[number], done[number].action, now_ms)
        finally:
            for exchange in exchanges:
                exchange.finish()
        return done

    def _go_on(self, exchange: Exchange, action: Action, now_ms: int) -> Done:
        if isinstance(action, Fetch):
            return self._fetch(exchange, action, now_ms)
        return self._end_of(exchange, exchange.on_flight(now_ms + self.took_ms), None)

    def _fetch(self, exchange: Exchange, fetch: Fetch, now_ms: int) -> Done:
        answer = self._origin(exchange.request, fetch, now_ms + self.took_ms)
        if isinstance(answer, Failure):
            return self._end_of(exchange, exchange.on_failure(answer, now_ms + self.took_ms), None)
        self.took_ms += answer.takes_ms
        action = exchange.on_head(answer.head, now_ms + self.took_ms)
        if isinstance(action, Relay) and action.fill is not None:
            self._fill(exchange, action.fill, answer)
        return self._end_of(exchange, action, answer)

    def _fill(self, exchange: Exchange, fill: Entry, answer: Answer) -> None:
        self._shelf.open(fill.serial)
        self._sources[fill.serial] = answer
        exchange.on_growth(answer.size_bytes if answer.whole else answer.size_bytes // 2)
        if answer.whole:
            exchange.on_filled(answer.size_bytes)
        else:
            exchange.on_fill_failed()

    def _end_of(self, exchange: Exchange, action: Action, answer: Answer | None) -> Done:
        """Let go of an exchange whose action is the last one."""
        match action:
            case Fetch() | Follow():
                return Done(exchange.record, action, None)
            case Serve():
                answer = self._sources.get(action.entry.serial)
            case Relay() | Refuse():
                pass
            case _:
                assert_never(action)
        exchange.finish()
        self.records.append(exchange.record)
        return Done(exchange.record, action, answer)


def _next(done: Sequence[Done]) -> int | None:
    """Which one can go on; None when all have ended."""
    for number, item in enumerate(done):
        match item.action:
            case Fetch():
                return number
            case Follow(flight) if flight.decided:
                return number
    if any(isinstance(item.action, Follow) for item in done):
        raise AssertionError("whoever is left has nobody to follow")
    return None
