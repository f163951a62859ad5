"""What happened in a world, counted while it runs and told as plain JSON values in a fixed order."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from caching import Outcome, Record
from simulator.client import Got
from simulator.node import Who
from simulator.scheduler import US_PER_MS

if TYPE_CHECKING:  # a world without viewers needs nothing of the load test
    from loadtest.session import Done, Qoe

Json = int | float | str | None | dict[str, "Json"] | list["Json"]


class Session(NamedTuple):
    """How a viewer's session went."""

    done: Done
    qoe: Qoe


class Books:
    """The counts of one run."""

    def __init__(self) -> None:
        self.exchanges: Counter[tuple[Who, str, str]] = Counter()
        """Exchanges by whom they were for, outcome and reason."""
        self.not_stored: Counter[str] = Counter()
        self.evictions = 0
        self.answers: Counter[str] = Counter()
        """What clients got: a status, or the name of a failure."""
        self.client_bytes = 0
        self.sessions: list[Session] = []
        self._forwarded = 0
        self._first_byte_us = array("q")
        self._ended_us = array("q")

    def on_record(self, edge: str, who: Who, record: Record) -> None:
        """An exchange is over."""
        self.exchanges[who, record.outcome.value, record.reason.value] += 1
        self.evictions += len(record.evicted)
        if record.not_stored is not None:
            self.not_stored[record.not_stored.value] += 1
        if who is Who.CLIENT and (record.forwarded or record.outcome is Outcome.REFUSED):
            self._forwarded += 1

    def on_got(self, got: Got) -> None:
        """A client's request is over."""
        self.answers[str(got.status) if got.failure is None else got.failure.name.lower()] += 1
        self.client_bytes += got.size_bytes
        if got.failure is None:
            self._first_byte_us.append(got.first_byte_us - got.asked_us)
            self._ended_us.append(got.ended_us - got.asked_us)

    @property
    def hit_ratio(self) -> float:
        """The share of clients' requests that were answered without a request of their own upstream."""
        requests = sum(count for (who, _, _), count in self.exchanges.items() if who is Who.CLIENT)
        return round(1 - self._forwarded / requests, 6) if requests else 0.0

    def summary(self) -> dict[str, Json]:
        """All of it, deterministic to the last digit."""
        return {
            "answers": _sorted(self.answers),
            "exchanges": {who.value: self._exchanges_of(who) for who in Who},
            "hit_ratio": self.hit_ratio,
            "not_stored": _sorted(self.not_stored),
            "evictions": self.evictions,
            "first_byte_ms": percentiles(self._first_byte_us),
            "whole_ms": percentiles(self._ended_us),
            "players": _players(self.sessions),
        }

    def _exchanges_of(self, who: Who) -> dict[str, Json]:
        mine = {f"{key[1]} {key[2]}": count for key, count in self.exchanges.items() if key[0] is who}
        return _sorted(mine)


def percentiles(values_us: array[int]) -> dict[str, Json]:
    """Nearest-rank percentiles of times in microseconds, in milliseconds; empty when there are none."""
    ordered = sorted(values_us)
    ranks = {f"p{percent}": -(-len(ordered) * percent // 100) for percent in (50, 90, 99, 100)}
    return {name: ordered[rank - 1] / US_PER_MS for name, rank in ranks.items()} if ordered else {}


def _sorted(counts: Mapping[str, int]) -> dict[str, Json]:
    return {name: counts[name] for name in sorted(counts)}


def _players(sessions: list[Session]) -> dict[str, Json]:
    if not sessions:
        return {"sessions": 0}
    startup_us = array("q", (s.qoe.startup_ms * US_PER_MS for s in sessions if s.qoe.started))
    played_ms = sum(session.qoe.played_ms for session in sessions)
    stalled_ms = sum(session.qoe.stalled_ms for session in sessions)
    watched_ms = played_ms + stalled_ms
    return {
        "sessions": len(sessions),
        "endings": _sorted(Counter(session.done.outcome.value for session in sessions)),
        "startup_ms": percentiles(startup_us),
        "rebuffer_ratio": round(stalled_ms / watched_ms, 6) if watched_ms else 0.0,
        "stalls": sum(session.qoe.stalls for session in sessions),
        "failures": sum(session.qoe.failures for session in sessions),
        "average_bps": sum(session.qoe.average_bps for session in sessions) // len(sessions),
    }
