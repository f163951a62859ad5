"""The twin test's trace, as data: what is asked, when, and what goes wrong, drawn from a seed.

A trace is made for a site (the authority in its keys, and its objects), and knows nothing of how it is run.
Requests come one after the other, with everything that each sets off ended before the next step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle, product
from random import Random
from typing import NamedTuple

from caching import Headers, Purge, Request, Scope
from caching.entry import tags_of
from simulator.origin import Condition, SimObject
from tests.twin.objects import digest_of
from tests.twin.requests import draw_request

T0_MS = 1_700_000_000_000
"""When every trace begins: a whole second."""

EDGE = "edge-1"
"""What the edge is called in every leg."""


class Advance(NamedTuple):
    """Time passes."""

    ms: int


class Ask(NamedTuple):
    """A client sends a request."""

    request: Request


class Crowd(NamedTuple):
    """Clients send their requests at once: all have come, in this order, before the origin answers any."""

    requests: tuple[Request, ...]


class Publish(NamedTuple):
    """A purge is applied, at the next position of the event log."""

    purge: Purge


class Turn(NamedTuple):
    """The origin fails, or is well again."""

    condition: Condition


class Change(NamedTuple):
    """The origin has another version of an object."""

    item: SimObject


class Lease(NamedTuple):
    """The event log was heard, and the cache may be trusted for so long; None takes the lease away."""

    ms: int | None


Step = Advance | Ask | Crowd | Publish | Turn | Change | Lease


class Site(NamedTuple):
    """What a trace is about. The first of ``objects`` are asked for most."""

    authority: str
    objects: Sequence[SimObject]
    failures: Sequence[Condition]
    """How its origin may fail."""
    scripted: bool
    """Whether its origin does as it is told: has new versions, and waits until a crowd has come."""
    short_ms: int
    """How much time passes between two requests at most, usually."""
    long_ms: int
    """And now and then, so that things expire."""


def asked(steps: Iterable[Step]) -> list[Request]:
    """The requests of a trace in their order."""
    found: list[Request] = []
    for step in steps:
        match step:
            case Ask(request):
                found.append(request)
            case Crowd(requests):
                found += requests
    return found


def _alike(requests: list[Request]) -> tuple[Request, ...]:
    """Those of them that want no range; or, when the first does, as many for ranges of the first block."""
    if "range" in requests[0].headers:
        headers = requests[0].headers.without(["if-range"])
        ranges = (f"bytes={10 * number}-{10 * number + 19}" for number in range(len(requests)))
        return tuple(requests[0]._replace(headers=headers.replacing([("range", r)])) for r in ranges)
    return tuple(request for request in requests if "range" not in request.headers)


class TraceMaker:
    """Draws the steps of one trace."""

    def __init__(self, site: Site, rng: Random) -> None:
        self._site = site
        self._rng = rng
        self._again = Random(3)
        """Draws nothing else, so that what else is drawn does not depend on what is asked for again."""
        self._objects = {item.target: item for item in site.objects}
        self._bounds = [1 / (n + 2) for n in range(len(site.objects))]
        self._tags = sorted({tag for item in site.objects for tag in tags_of(item.headers)})
        scopes = [Scope.URL, Scope.TAG, Scope.PREFIX, Scope.URL, Scope.TAG, Scope.PREFIX, Scope.ALL]
        self._purges = cycle(product((False, True), scopes))
        self._version = 1

    def steps(self, asks: int) -> list[Step]:
        """Steps with at least so many requests among them."""
        episodes = [self._ordinary, self._purge, self._outage, self._lapse]
        weights = [10, 6, 6, 2]
        if self._site.scripted:
            episodes += [self._change, self._crowd, self._write, self._search]
            weights += [5, 4, 2, 1]
        made: list[Step] = []
        while asks > 0:
            episode = list(self._rng.choices(episodes, weights)[0]())
            asks -= len(asked(episode))
            made += self._repeated(episode)
        return made

    def _repeated(self, episode: Iterable[Step]) -> Iterator[Step]:
        """Some things are asked for again at once, and once more: the hot path learns, and answers."""
        for step in episode:
            often = isinstance(step, Ask) and step.request.method in ("GET", "HEAD")
            yield from [step] * (3 if often and self._again.random() < 0.25 else 1)

    def _ordinary(self) -> Iterator[Step]:
        for _ in range(self._rng.randint(4, 16)):
            yield self._pause()
            yield self._ask()

    def _purge(self) -> Iterator[Step]:
        """Something is asked for, purged in one of the ways there are, and asked for again."""
        item = self._pick()
        yield self._ask(item)
        yield Publish(self._purge_of(item))
        yield from (self._ask(item), self._ask(item), self._pause(), self._ask(item))

    def _change(self) -> Iterator[Step]:
        """Something is asked for, changes, and is asked for until the change is seen."""
        item = self._pick()
        yield self._ask(item)
        self._version += 1
        fields = [("etag", f'"v{self._version}"')] if item.etag is not None else []
        size_bytes = item.size_bytes + 1
        if "repr-digest" in item.headers:
            fields.append(("repr-digest", digest_of(size_bytes)))
        item = replace(item, size_bytes=size_bytes, headers=item.headers.replacing(fields))
        self._objects[item.target] = item
        yield Change(item)
        yield from (self._ask(item), Advance(self._site.long_ms), self._ask(item), self._ask(item))

    def _write(self) -> Iterator[Step]:
        """Some things are asked for, one is written to, and they are asked for again."""
        written = self._rng.choice([item for item in self._objects.values() if item.writable])
        told = [self._objects[target] for target in ("/short/0", "/plain/1", "/grouped/0", "/grouped/1")]
        yield from (self._plainly("GET", item.target) for item in (written, *told))
        yield self._plainly(self._rng.choice(["POST", "PUT"]), written.target)
        yield from (self._plainly("GET", item.target) for item in (written, *told))

    def _search(self) -> Iterator[Step]:
        """Queries that differ by what matters, and by what does not."""
        for query in ("a=1&b=1", "b=1&a=2", "b=2&a=1", "b=1"):
            yield self._plainly("GET", f"/searched/{self._rng.randrange(2)}?{query}")

    def _plainly(self, method: str, target: str) -> Ask:
        return Ask(Request(method, "http", self._site.authority, target, Headers()))

    def _crowd(self) -> Iterator[Step]:
        """Many want the same thing in their own ways, when it is new, stored, or no longer fresh."""
        item = self._objects[self._rng.choice(self._site.objects).target]
        # Some things are a matter of the moment: how responses that arrive side by side are stored,
        # whether who waits for a body is there before it has outgrown the cache, and what a POST comes after.
        # So is which of two clients meets a block first, where there are several.
        if "vary" not in item.headers and not item.target.startswith("/endless/"):
            for wait in (self._pause(), Advance(self._site.long_ms), self._pause()):
                requests = [self._ask(item).request for _ in range(self._rng.randint(2, 5))]
                same = [r._replace(target=requests[0].target) for r in requests]
                yield Crowd(_alike([r._replace(method="GET") if r.method == "POST" else r for r in same]))
                yield wait

    def _outage(self) -> Iterator[Step]:
        """The origin fails for a while, in which stored things may or may not stand in."""
        asked = [self._pick() for _ in range(4)]
        yield from map(self._ask, asked)
        yield Turn(self._rng.choice(self._site.failures))
        for item in asked:
            yield Advance(self._rng.randint(0, self._site.long_ms // 2))
            yield from (self._ask(item), self._ask())
        yield Turn(Condition.UP)
        yield from map(self._ask, asked)

    def _lapse(self) -> Iterator[Step]:
        """The lease on the event log runs out, and is renewed at last."""
        yield Lease(self._site.short_ms)
        for _ in range(4):
            item = self._pick()
            yield from (self._ask(item), Advance(self._site.short_ms), self._ask(item))
        yield Lease(None)
        yield self._ask()

    def _pause(self) -> Advance:
        often = self._rng.random() < 0.9
        return Advance(self._rng.randint(0, self._site.short_ms if often else self._site.long_ms))

    def _pick(self) -> SimObject:
        target = self._rng.choices(self._site.objects, self._bounds)[0].target
        return self._objects[target]

    def _ask(self, item: SimObject | None = None) -> Ask:
        method, target, headers = draw_request(item or self._pick(), EDGE, self._rng)
        return Ask(Request(method, "http", self._site.authority, target, headers))

    def _purge_of(self, item: SimObject) -> Purge:
        """A purge that concerns an object: by path on every site, by URL on this one, by tag, or of all."""
        site = self._rng.choice(["", f"http://{self._site.authority}"])
        soft, scope = next(self._purges)
        match scope:
            case Scope.ALL:
                value = ""
            case Scope.TAG:
                value = self._rng.choice(tags_of(item.headers) or self._tags)
            case Scope.PREFIX:
                value = site + item.target[: item.target.rindex("/") + 1]
            case Scope.URL:
                value = site + item.target
        return Purge(scope, value, soft)
