"""What a leg saw of one request, in the form in which legs are compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from caching import Headers, Outcome, Reason, Record


class Fact(NamedTuple):
    """What became of one exchange."""

    key: str
    outcome: str
    reason: str
    evicted: tuple[str, ...]
    not_stored: str | None
    forwarded_status: int | None
    position: int


class Seen(NamedTuple):
    """One request: its exchange, the refresh behind it if there was one, and what the client was told."""

    facts: tuple[Fact, ...]
    status: int
    age: str | None
    cache_status: str | None


def broken(records: Iterable[Record]) -> Seen:
    """A request while bodies break off: how much of it a client gets is a matter of the moment."""
    return seen(records, 0, Headers())


def seen(records: Iterable[Record], status: int, headers: Headers) -> Seen:
    """The request's own record goes first: a refresh may end before or after its answer has been read."""
    ordered = sorted(records, key=lambda record: record.reason is not Reason.STALE_WHILE_REVALIDATE)
    refused = ordered[0].outcome is Outcome.REFUSED  # an error of our own, which only the real edge words
    return Seen(
        tuple(map(_fact, ordered)),
        status,
        headers.get("age"),
        None if refused else headers.get("cache-status"),
    )


def size_of(status: int, size_bytes: int) -> int | None:
    """Body bytes as they are compared; None where a node words its own error, of which only one has words."""
    return None if status == 405 or status >= 500 else size_bytes


def _fact(record: Record) -> Fact:
    return Fact(
        record.key,
        record.outcome.value,
        record.reason.value,
        record.evicted,
        None if record.not_stored is None else record.not_stored.value,
        record.forwarded_status,
        record.position,
    )
