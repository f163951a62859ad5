"""How long a node waits for one client, and for what: decided from looks at the connection now and then.

Looks are counted and not seconds: a node that was held up itself has nobody to blame for it.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import NamedTuple

from caching.reasons import CutOff
from edge.settings import ClientLimits

# How often a client is looked at within the shortest of its times, and how far apart looks may be.
_LOOKS = 4
_MOST_APART_MS = 2_000


class Wait(Enum):
    """What is to come from a client."""

    REQUEST = "request"
    """Anything: the connection is idle."""
    HEAD = "head"
    """The rest of a request's head."""
    BODY = "body"
    """The rest of a request's body."""
    READING = "reading"
    """That it takes what it was sent."""


class Waiting(NamedTuple):
    """What a node waits for at one look."""

    wait: Wait
    message: int
    """Which message it is about: with another one the time begins anew."""
    moved_bytes: int = 0
    """How much had come, or been taken, up to now."""


class Terms:
    """The limits in looks."""

    __slots__ = ("_least_bytes", "_looks", "interval_ms")

    def __init__(self, limits: ClientLimits) -> None:
        times_ms = {
            Wait.REQUEST: limits.keepalive_timeout_ms,
            Wait.HEAD: limits.head_timeout_ms,
            Wait.BODY: limits.stall_timeout_ms,
            Wait.READING: limits.stall_timeout_ms,
        }
        self.interval_ms = min(min(times_ms.values()) / _LOOKS, _MOST_APART_MS)
        self._looks = {wait: round(time_ms / self.interval_ms) for wait, time_ms in times_ms.items()}
        self._least_bytes = {
            Wait.BODY: _least(limits.min_receive_bytes_per_s, limits.stall_timeout_ms),
            Wait.READING: _least(limits.min_send_bytes_per_s, limits.stall_timeout_ms),
        }

    def looks(self, wait: Wait) -> int:
        """After how many looks in a row the time for it is over."""
        return self._looks[wait]

    def least_bytes(self, wait: Wait) -> int | None:
        """What must move within that time for it to go on; None when nothing but the end counts."""
        return self._least_bytes.get(wait)


def _least(bytes_per_s: int, within_ms: int) -> int:
    return max(1, bytes_per_s * within_ms // 1000)


class Patience:
    """What a node has with one client."""

    __slots__ = ("_looks", "_moved_bytes", "_terms", "_waiting")

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._waiting: Waiting | None = None
        self._looks = 0
        """In a row at which the same was waited for, but for the first."""
        self._moved_bytes: deque[int] | None = None
        """What had moved at those looks, as many as are within the time."""

    def look(self, waiting: Waiting | None) -> CutOff | None:
        """Why the client is to be cut off, if it has kept this node waiting for too long."""
        before, self._waiting = self._waiting, waiting
        if waiting is None or before is None or before[:2] != waiting[:2]:
            self._begin(waiting)
            return None
        self._looks += 1
        moved_bytes = self._moved(waiting.moved_bytes)
        if self._looks < self._terms.looks(waiting.wait):
            return None
        least_bytes = self._terms.least_bytes(waiting.wait)
        if least_bytes is not None and moved_bytes >= least_bytes:
            return None
        return _why(waiting.wait, moved_bytes)

    def was_idle(self, message: int) -> bool:
        """Whether nothing was under way at the last look, nor has been since."""
        return self._waiting is not None and self._waiting[:2] == (Wait.REQUEST, message)

    def _begin(self, waiting: Waiting | None) -> None:
        self._looks, self._moved_bytes = 0, None
        if waiting is not None and self._terms.least_bytes(waiting.wait) is not None:
            self._moved_bytes = deque([waiting.moved_bytes], self._terms.looks(waiting.wait) + 1)

    def _moved(self, moved_bytes: int) -> int:
        """How much has moved within the time."""
        if self._moved_bytes is None:
            return 0
        self._moved_bytes.append(moved_bytes)
        return moved_bytes - self._moved_bytes[0]


def _why(wait: Wait, moved_bytes: int) -> CutOff:
    match wait:
        case Wait.REQUEST:
            return CutOff.IDLE
        case Wait.HEAD:
            return CutOff.HEAD_UNFINISHED
        case Wait.BODY:
            return CutOff.UPLOAD_SLOW
        case Wait.READING:
            return CutOff.CLIENT_SLOW if moved_bytes else CutOff.CLIENT_STALLED
