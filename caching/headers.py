"""Header fields as the caching rules see them: ordered, immutable, case-insensitive (RFC 9110 section 5).

Names are kept in lower case, values as they came (surrounding white space trimmed), the order of lines
preserved. Every room hands its headers to the core in this form, so that no rule depends on aiohttp.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Pair = tuple[str, str]


class Headers:
    """An immutable list of field lines with case-insensitive look-up."""

    __slots__ = ("_by_name", "_pairs")

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        self._pairs: tuple[Pair, ...] = tuple((name.lower(), value.strip(" \t")) for name, value in pairs)
        by_name: dict[str, list[str]] = {}
        for name, value in self._pairs:
            by_name.setdefault(name, []).append(value)
        self._by_name = by_name

    @classmethod
    def as_kept(cls, pairs: tuple[Pair, ...]) -> Headers:
        """Headers from the pairs that others gave when they were iterated, which are not looked at again."""
        headers = cls.__new__(cls)
        by_name: dict[str, list[str]] = {}
        headers._pairs, headers._by_name = pairs, by_name
        for name, value in pairs:
            if name in by_name:
                by_name[name].append(value)
            else:
                by_name[name] = [value]
        return headers

    def get(self, name: str) -> str | None:
        """The combined value of a field: its lines joined by ``, `` (RFC 9110 section 5.3), or None."""
        values = self._by_name.get(name)
        if values is None:
            return None
        return values[0] if len(values) == 1 else ", ".join(values)

    def all(self, name: str) -> list[str]:
        """The values of a field, a line each, in order; ``name`` in lower case."""
        return list(self._by_name.get(name, ()))

    def without(self, names: Iterable[str]) -> Headers:
        """These headers less the named fields (lower case)."""
        dropped = frozenset(names)
        return Headers(pair for pair in self._pairs if pair[0] not in dropped)

    def replacing(self, pairs: Iterable[Pair]) -> Headers:
        """These headers with every field of ``pairs`` set anew; fields not named stay as they are."""
        new = tuple((name.lower(), value) for name, value in pairs)
        return Headers((*self.without(name for name, _ in new), *new))

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Pair]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._pairs == other._pairs

    def __hash__(self) -> int:
        return hash(self._pairs)

    def __repr__(self) -> str:
        return f"Headers({list(self._pairs)!r})"
