"""Answers that the cache gave, made ready to be given again.

As long as nothing changes under its key, a fresh stored response gets the same answer each time, but for
two numbers: its Age, and the freshness left in Cache-Status. So the head that the rules made is kept with
holes for them; the rules are asked again only where they could answer otherwise. What holds it true: a
change of the index under the key takes it away at once, it says itself until when it is fresh, and who
looks it up asks for the lease.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable

from caching import Entry, Reply
from caching.headers import Pair
from caching.searches import BY_ALL
from caching.vary import Selection
from edge.answers import head_bytes
from edge.pages import Pages

# Up to this size a body is kept with its head in one piece: to send two costs more than the copy takes up.
_JOINED_BYTES = 4 * 1024
_HOLE = "\0"


class Prepared:
    """One answer. ``head`` and ``rest`` go over the wire, right from ``from_ms`` until before ``until_ms``.

    A short body is part of the head. ``file`` is where the rest lies in pages of the kernel's, and from which
    byte on.
    """

    __slots__ = (
        "_between",
        "_head_end",
        "_short",
        "_start",
        "body_bytes",
        "entry",
        "file",
        "from_ms",
        "head",
        "id",
        "key",
        "method",
        "range",
        "rest",
        "selection",
        "status",
        "told",
        "until_ms",
    )

    def __init__(
        self,
        method: str,
        key: str,
        entry: Entry,
        reply: Reply,
        body: bytes | memoryview,
        *,
        asked: str | None = None,
        file: tuple[Pages, int] | None = None,
    ) -> None:
        self.method = method
        self.key = key
        """Under which it was asked for."""
        self.entry = entry
        self.id = entry.id
        self.selection: Selection = entry.selection
        self.status = reply.status
        self.range = asked
        self.body_bytes = len(body)
        self.file = file
        is_short = len(body) <= _JOINED_BYTES
        self._short = bytes(body) if is_short else b""
        self.rest = b"" if is_short else body
        self.head = b""
        self.from_ms = self.until_ms = 0
        self.told: tuple[bytes, bytes, bytes] | None = None
        """What the access log says of it each time; made when it is first wanted."""
        head = head_bytes(reply.status, _holed(reply.headers), len(body), to_head=method == "HEAD")
        self._start, self._between, self._head_end = head.split(_HOLE.encode())

    def renew(self, now_ms: int) -> bool:
        """Make it right for now; False when the entry is not fresh any more."""
        remaining_ms = self.entry.remaining_ms(now_ms)
        if remaining_ms <= 0:
            return False
        age_ms = self.entry.age_ms(now_ms)
        age_s, ttl_s = age_ms // 1000, remaining_ms // 1000
        numbers = (self._start, age_s, self._between, ttl_s, self._head_end, self._short)
        self.head = b"%b%d%b%d%b%b" % numbers
        self.from_ms = now_ms
        self.until_ms = now_ms + min(remaining_ms, remaining_ms % 1000 + 1, 1000 - age_ms % 1000)
        return True


class Lines(dict[bytes, Prepared]):
    """Prepared answers by the first line of the request, for blocks that are to be answered alike."""

    __slots__ = ("__weakref__",)


def _holed(headers: Iterable[Pair]) -> Iterable[Pair]:
    """Fields with a hole where the age stands, and one for the freshness left."""
    for name, value in headers:
        if name == "age":
            yield name, _HOLE
        elif name == "cache-status":
            before, _, after = value.rpartition("; ttl=")
            yield name, f"{before}; ttl={_HOLE}{after[len(after.partition(';')[0]) :]}"
        else:
            yield name, value


class Shelf:
    """All prepared answers of a node, to be taken away when what they say of may have changed."""

    def __init__(self, max_answers: int) -> None:
        self._max_answers = max_answers
        self._answers = 0
        # In a dict, whose first keys leave one after another, finding the first costs 9 us among 16,384.
        self._places: OrderedDict[str, list[tuple[Lines, bytes]]] = OrderedDict()
        """Where the answers for a key are; the key that was added first comes first."""
        self._queries: defaultdict[str, set[str]] = defaultdict(set)
        """The keys of a path that have a query."""

    def put(self, key: str, lines: Lines, name: bytes, prepared: Prepared) -> None:
        """Keep an answer among ``lines``; where there are too many, all for the oldest key make room."""
        if name not in lines:
            if self._answers >= self._max_answers:
                self._drop(next(iter(self._places)))
            self._answers += 1
            self._places.setdefault(key, []).append((lines, name))
            if (path := _path_of(key)) != key:
                self._queries[path].add(key)
        lines[name] = prepared

    def on_changed(self, entry: Entry) -> None:
        """A response was stored, refreshed or removed: it may answer other queries of its path as well."""
        if entry.key in self._places:
            self._drop(entry.key)
        if entry.variance != BY_ALL:
            path = _path_of(entry.key)
            for key in (path, *self._queries.get(path, ())):
                self._drop(key)

    def clear(self) -> None:
        """Take all away."""
        for key in tuple(self._places):
            self._drop(key)

    def _drop(self, key: str) -> None:
        places = self._places.pop(key, ())
        self._answers -= len(places)
        for lines, name in places:
            lines.pop(name, None)
        if (path := _path_of(key)) != key:
            self._queries[path].discard(key)
            if not self._queries[path]:
                del self._queries[path]

    def __len__(self) -> int:
        return self._answers


def _path_of(key: str) -> str:
    return key.partition("?")[0]
