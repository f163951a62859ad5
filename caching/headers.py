"""Header fields as the caching rules see them: ordered, immutable, case-insensitive (RFC 9110 section 5).

Names are kept in lower case, values as they came (surrounding white space trimmed), the order of lines
preserved. Every room hands its headers to the core in this form, so that no rule depends on aiohttp.

Most messages have the same fields in the same order as thousands of others. So the names, and where each
stands, are kept once for all of them; a message itself has its values and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from caching.same import same

Pair = tuple[str, str]


class _Layout:
    """The names of a message's fields in order, and the lines of each."""

    __slots__ = ("lines", "names")

    def __init__(self, names: tuple[str, ...]) -> None:
        lines: dict[str, tuple[int, ...]] = {}
        for line, name in enumerate(names):
            lines[name] = (*lines.get(name, ()), line)
        self.names, self.lines = names, lines


# Forgets those that nobody uses, for peers choose the names.
_layout = lru_cache(maxsize=512)(_Layout)
# Characters of a value that others may have too.
_LONGEST_SHARED = 256


class Headers:
    """An immutable list of field lines with case-insensitive look-up."""

    __slots__ = ("_layout", "_values")

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        names, values = [], []
        for name, value in pairs:
            names.append(name.lower())
            values.append(value.strip(" \t"))
        self._layout, self._values = _layout(tuple(names)), tuple(values)

    @classmethod
    def as_kept(cls, names: tuple[str, ...], values: tuple[str, ...]) -> Headers:
        """Headers from the names and values that others gave when they were iterated: not looked at again."""
        return cls._made(_layout(names), values)

    @classmethod
    def _of(cls, names: Iterable[str], values: Iterable[str]) -> Headers:
        """Headers of names and values that have their form already."""
        headers = cls.__new__(cls)
        headers._layout, headers._values = _layout(tuple(names)), tuple(values)
        return headers

    @classmethod
    def _made(cls, layout: _Layout, values: Iterable[str]) -> Headers:
        """Headers to be kept, with each value that was lately kept before in the place of an equal one."""
        headers = cls.__new__(cls)
        shared = [same(value) if len(value) <= _LONGEST_SHARED else value for value in values]
        headers._layout, headers._values = layout, tuple(shared)
        return headers

    def get(self, name: str) -> str | None:
        """The combined value of a field: its lines joined by ``, `` (RFC 9110 section 5.3), or None."""
        lines = self._layout.lines.get(name)
        if lines is None:
            return None
        return self._values[lines[0]] if len(lines) == 1 else ", ".join(self.all(name))

    def all(self, name: str) -> list[str]:
        """The values of a field, a line each, in order; ``name`` in lower case."""
        return [self._values[line] for line in self._layout.lines.get(name, ())]

    def without(self, names: Iterable[str]) -> Headers:
        """These headers less the named fields (lower case)."""
        dropped = frozenset(names)
        if dropped.isdisjoint(self._layout.lines):
            return self
        kept = [(name, value) for name, value in self if name not in dropped]
        return self._of([name for name, _ in kept], [value for _, value in kept])

    def replacing(self, pairs: Iterable[Pair]) -> Headers:
        """These headers with every field of ``pairs`` set anew; fields not named stay as they are."""
        new = [(name.lower(), value.strip(" \t")) for name, value in pairs]
        names = [name for name, _ in new]
        old = self.without(names)
        return self._of([*old._layout.names, *names], [*old._values, *[value for _, value in new]])

    def to_keep(self) -> Headers:
        """These headers for as long as a response is stored: values that others say, too, are kept once."""
        return self._made(self._layout, self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._layout.lines

    def __iter__(self) -> Iterator[Pair]:
        return zip(self._layout.names, self._values, strict=True)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash(self._parts)

    @property
    def _parts(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self._layout.names, self._values

    def __repr__(self) -> str:
        return f"Headers({list(self)!r})"
