"""Which stored variant a request selects (RFC 9111 section 4.1)."""

from __future__ import annotations

from caching.fields import split_list
from caching.headers import Headers

Selection = tuple[tuple[str, str | None], ...]
"""The fields that Vary named, with the values of the request that was answered; sorted by name."""


def vary_names(headers: Headers) -> tuple[str, ...]:
    """The lower-case field names that a response's Vary lists, sorted, each once."""
    return tuple(sorted({name.lower() for name in split_list(headers.get("vary") or "")}))


def selection_of(names: tuple[str, ...], request_headers: Headers) -> Selection:
    """The values by which a request selects among variants that differ by ``names``."""
    return tuple((name, _normalised(request_headers.get(name))) for name in names)


def selects(selection: Selection, request_headers: Headers) -> bool:
    """Whether a request carries the same values as the one that a stored variant answered."""
    return all(_normalised(request_headers.get(name)) == value for name, value in selection)


def _normalised(value: str | None) -> str | None:
    """White space around list members does not matter (RFC 9111 section 4.1)."""
    return None if value is None else ",".join(item.strip() for item in value.split(","))
