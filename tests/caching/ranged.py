"""A bare node before an origin of one object that honours conditions and ranges, and keeps count."""

from __future__ import annotations

from typing import NamedTuple

from caching import (
    Cache,
    CacheSettings,
    Failure,
    Fetch,
    Headers,
    Purge,
    Record,
    Refuse,
    Relay,
    Reply,
    Request,
    ResponseHead,
    Scope,
    Serve,
)
from simulator.origin import SimObject, Table
from tests.caching.driver import Answer, BareDriver, Done, Shelf
from tests.caching.samples import T0_MS, request

SLICE_BYTES = 100

PLAIN = {"cache-control": "max-age=60", "etag": '"1"'}


class Asked(NamedTuple):
    """A request that reached the origin, and the bytes of body that it was answered with."""

    headers: Headers
    status: int
    size_bytes: int

    @property
    def range(self) -> str | None:
        return self.headers.get("range")


class Ranged:
    """One node, one object, and a clock which starts at T0_MS."""

    def __init__(self, size_bytes: int = 1_000, fields: dict[str, str] = PLAIN, **settings: int) -> None:
        self.settings = CacheSettings(
            node_name="edge-1", entry_overhead_bytes=0, **({"slice_bytes": SLICE_BYTES} | settings)
        )
        self.shelf = Shelf()
        self.cache = Cache(self.settings, self.shelf.on_dropped)
        self.driver = BareDriver(self.cache, self._answer, self.shelf)
        self.asked: list[Asked] = []
        self.instead: list[Answer | Failure] = []
        """What the origin says before it does as it should."""
        self.ignores_ranges = False
        self.breaks = False
        self._table = Table([])
        self.has(size_bytes, fields)

    def has(self, size_bytes: int, fields: dict[str, str] = PLAIN) -> None:
        """The origin has this from now on."""
        self._table.put(SimObject("/a", size_bytes, Headers(fields.items())))

    def ask(
        self, wanted: str | None = None, at_ms: int = 0, leaves_after: int | None = None, **fields: str
    ) -> Done:
        """A client asks; ``wanted`` is the value of Range without its unit."""
        ranged = {} if wanted is None else {"range": f"bytes={wanted}"}
        asked = request("/a", **(ranged | fields))
        return self.driver.together([asked], T0_MS + at_ms, leaves_after)[0]

    def purge(self, scope: Scope = Scope.ALL, value: str = "", *, soft: bool = False) -> None:
        self.cache.apply_purge(Purge(scope, value, soft), self.cache.position + 1, T0_MS)

    @property
    def asked_bytes(self) -> int:
        return sum(asked.size_bytes for asked in self.asked)

    @property
    def ranges(self) -> list[str | None]:
        """The Range of every request that reached the origin."""
        return [asked.range for asked in self.asked]

    def _answer(self, asked: Request, fetch: Fetch, now_ms: int) -> Answer | Failure:
        headers = fetch.headers.without(["range"]) if self.ignores_ranges else fetch.headers
        if self.instead:
            answer = self.instead.pop(0)
        else:
            head, part = self._table.answer(asked._replace(method=fetch.method, headers=headers), now_ms)
            answer = Answer(head, part.length, whole=not self.breaks)
        if isinstance(answer, Answer):
            self.asked.append(Asked(fetch.headers, answer.head.status, answer.size_bytes))
        return answer


def reply_of(done: Done) -> Reply:
    """The reply with which an answer began."""
    assert isinstance(done.action, Serve | Relay)
    return done.action.reply


def told(done: Done) -> tuple[int, str | None, int]:
    """Status, Content-Range and bytes of body of an answer."""
    if isinstance(done.action, Refuse):
        return done.action.status, None, done.size_bytes
    reply = reply_of(done)
    return reply.status, Headers(reply.headers).get("content-range"), done.size_bytes


def status_of(done: Done) -> str:
    return Headers(reply_of(done).headers).get("cache-status") or ""


def partial(content_range: str, size_bytes: int, **fields: str) -> Answer:
    """A 206 in any form."""
    values = {
        "cache-control": "max-age=60",
        "content-length": str(size_bytes),
        "content-range": content_range,
    }
    given = {name.replace("_", "-"): value for name, value in fields.items()}
    return Answer(ResponseHead(206, Headers((values | given).items())), size_bytes)


def outcome(record: Record) -> str:
    return f"{record.outcome.value} {record.reason.value}"
