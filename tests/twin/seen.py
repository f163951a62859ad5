"""What a leg saw of one request, in the form in which legs are compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from caching import Headers, Record
from simulator.origin import Condition

SPOILING = (Condition.BREAKING, Condition.DAMAGING)
"""How an origin is of whose bodies not all may come through."""


class Fact(NamedTuple):
    """What became of one exchange."""

    key: str
    outcome: str
    reason: str
    evicted: tuple[str, ...]
    not_stored: str | None
    forwarded_status: int | None
    position: int
    span: str | None


class Seen(NamedTuple):
    """One request: its exchange, what else came of it (a refresh), and what the client was told."""

    facts: tuple[Fact, ...]
    status: int
    age: str | None
    cache_status: str | None


def seen(records: Iterable[Record], answers: Iterable[tuple[int, Headers]]) -> list[Seen]:
    """What was seen of requests that came at once, or of one; the facts of all stand with the first.

    Which record is whose, and in which order they ended, is not asked: a refresh may end before or after
    its answer has been read.
    """
    facts = tuple(sorted(map(_fact, records), key=repr))
    told = [Seen((), status, fields.get("age"), fields.get("cache-status")) for status, fields in answers]
    return [told[0]._replace(facts=facts), *told[1:]]


def broken(records: Iterable[Record], count: int) -> list[Seen]:
    """Requests while bodies are spoilt: how much of them a client gets is a matter of the moment."""
    return seen(records, [(0, Headers())] * count)


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
        record.span,
    )
