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
    Gather,
    Gathering,
    NotStored,
    Record,
    Refuse,
    Relay,
    Reply,
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
    damaged: bool = False
    """The body is not what its digest says."""


Origin = Callable[[Request, Fetch, int], Answer | Failure]
"""Upstream, as a function of the request, what is asked for it, and now_ms."""


class Shelf:
    """Which bodies a driver keeps, by serial. It hears of each exactly once that it may go."""

    def __init__(self) -> None:
        self.kept: set[int] = set()
        self.unreadable: set[int] = set()
        """Those of them that turn out to be of no use."""
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
    """How a request ended: what the client was told first, and how many bytes of body followed."""

    record: Record
    action: Action
    size_bytes: int
    broken: bool
    """Whether the body visibly did not come whole."""
    framing_bytes: int = 0
    """How many of them frame the parts of several."""
    etags: frozenset[str | None] = frozenset()
    """Of all that it was put together from."""


class Course:
    """One exchange on its way, and the gathering that may have taken its place."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.decider: Exchange | Gathering = exchange
        self.action: Action | None = None
        """What is to be obeyed next; None when it has ended."""
        self.told: Action | None = None
        self.size_bytes = 0
        self.broken = False
        self.framing_bytes = 0
        self.etags: set[str | None] = set()

    @property
    def done(self) -> Done:
        assert self.told is not None
        etags = frozenset(self.etags)
        return Done(self.exchange.record, self.told, self.size_bytes, self.broken, self.framing_bytes, etags)


class BareDriver:
    """Runs requests. ``records`` has them in the order in which they ended.

    The exchange that fetches a block runs at once for whoever needs it. A refresh runs at once after the
    request that asked for it, at the same time.
    """

    def __init__(self, cache: Cache, origin: Origin, shelf: Shelf) -> None:
        self.records: list[Record] = []
        self.last: Action | None = None
        """The action with which the newest request was answered, a refresh not counted."""
        self.broke_off = False
        """Whether its body did."""
        self.took_ms = 0
        """Time that upstream took for the newest requests."""
        self._cache = cache
        self._origin = origin
        self._shelf = shelf
        self._sources: dict[int, Answer] = {}

    def request(self, request: Request, now_ms: int, leaves_after: int | None = None) -> Record:
        """Run a request, then the refresh that it may ask for.

        A client that ``leaves_after`` so many bytes is sent nothing more.
        """
        done = self.together([request], now_ms, leaves_after)[0]
        self.last, self.broke_off = done.action, done.broken
        return done.record

    def together(
        self, requests: Sequence[Request], now_ms: int, leaves_after: int | None = None
    ) -> list[Done]:
        """Run requests that are all there before upstream answers the first; then their refreshes."""
        self.took_ms = 0
        self._leaves_after = leaves_after
        self._refreshes: list[Exchange] = []
        done = self._run([Exchange(self._cache, request) for request in requests], now_ms)
        self._run(self._refreshes, now_ms)
        return done

    def _run(self, exchanges: Sequence[Exchange], now_ms: int) -> list[Done]:
        """Begin all; then each in turn goes as far as it can, until all have ended."""
        courses = [Course(exchange) for exchange in exchanges]
        try:
            for course in courses:
                self._obey(course, course.exchange.begin(now_ms), None, now_ms)
            while (course_next := _next(courses)) is not None:
                self._go_on(course_next, now_ms)
        finally:
            for course in courses:
                course.decider.finish()
        return [course.done for course in courses]

    def _go_on(self, course: Course, now_ms: int) -> None:
        match course.action:
            case Fetch():
                self._fetch(course, course.action, now_ms)
            case Follow(_, lead):
                if lead is not None:
                    self._run([lead], now_ms)
                self._obey(course, course.decider.on_flight(now_ms + self.took_ms), None, now_ms)

    def _fetch(self, course: Course, fetch: Fetch, now_ms: int) -> None:
        exchange, decider = course.exchange, course.decider
        stored = exchange.stored if decider is exchange else None
        if stored is not None and stored.serial in self._shelf.unreadable:
            self._obey(course, exchange.on_unreadable(stored, now_ms + self.took_ms), None, now_ms)
            return
        answer = self._origin(exchange.request, fetch, now_ms + self.took_ms)
        if isinstance(answer, Failure):
            self._obey(course, decider.on_failure(answer, now_ms + self.took_ms), None, now_ms)
            return
        self.took_ms += answer.takes_ms
        action = decider.on_head(answer.head, now_ms + self.took_ms)
        if isinstance(action, Relay) and action.fill is not None:
            # What is wrong is not let through to its end.
            answer = answer._replace(whole=answer.whole and not (answer.damaged and action.digest))
            self._fill(exchange, action.fill, answer)
        self._obey(course, action, answer, now_ms)

    def _fill(self, exchange: Exchange, fill: Entry, answer: Answer) -> None:
        self._shelf.open(fill.serial)
        self._sources[fill.serial] = answer
        exchange.on_growth(answer.size_bytes if answer.whole else answer.size_bytes // 2)
        if answer.whole:
            exchange.on_filled(answer.size_bytes)
        else:
            exchange.on_fill_failed(NotStored.DIGEST_MISMATCH if answer.damaged else NotStored.FILL_FAILED)

    def _obey(self, course: Course, action: Action | None, answer: Answer | None, now_ms: int) -> None:
        """Go as far as nothing is to be waited for; let go of an exchange whose last action it was."""
        while action is not None:
            course.action = action
            match action:
                case Fetch() | Follow():
                    return
                case Gather(wanted):
                    course.decider = Gathering(self._cache, course.exchange, wanted)
                    action = course.decider.begin(now_ms)
                case Serve(entry, reply, refresh):
                    if refresh is not None:
                        self._refreshes.append(refresh)
                    if reply.body is not None and entry.serial in self._shelf.unreadable:
                        action = course.decider.on_unreadable(entry, now_ms)
                        continue
                    action = self._send(course, action, reply, self._sources.get(entry.serial), now_ms)
                case Relay(reply, _):
                    action = self._send(course, action, reply, answer, now_ms)
                case Refuse():
                    course.broken = course.told is not None
                    course.told = course.told or action
                    action = None
                case _:
                    assert_never(action)
        course.action = None
        course.decider.finish()
        self.records.append(course.exchange.record)

    def _send(
        self, course: Course, action: Action, reply: Reply, source: Answer | None, now_ms: int
    ) -> Action | None:
        """Send a reply; what follows it, if the client is still there."""
        course.told = course.told or action
        course.framing_bytes += len(reply.before) + len(reply.after)
        course.size_bytes += len(reply.before) + len(reply.after)
        if isinstance(action, Serve) and reply.body is not None and reply.body.length:
            course.etags.add(action.entry.etag)
        if reply.body is not None and source is not None:
            there = source.size_bytes if source.whole else source.size_bytes // 2
            end = there if source.whole and reply.body.length < 0 else reply.body.end
            course.broken = end > there or (not source.whole and reply.body.length < 0)
            course.size_bytes += max(0, min(end, there) - reply.body.offset)
        left = self._leaves_after is not None and course.size_bytes >= self._leaves_after
        if left and isinstance(action, Serve):
            course.size_bytes = self._leaves_after or 0
        if course.broken or left or not isinstance(course.decider, Gathering):
            return None
        return course.decider.go_on(now_ms + self.took_ms)


def _next(courses: Sequence[Course]) -> Course | None:
    """Which one can go on; None when all have ended."""
    for course in courses:
        match course.action:
            case Fetch():
                return course
            case Follow(flight, lead) if flight.decided or lead is not None:
                return course
    if any(isinstance(course.action, Follow) for course in courses):
        raise AssertionError("whoever is left has nobody to follow")
    return None
