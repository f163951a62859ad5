"""A behaviour case as plain facts: what load.py makes of YAML, what the legs take, what judge.py compares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from caching import Failure, Purge
from caching.headers import Pair

T0_MS = 1_700_000_000_000
"""When every case begins: Tue, 14 Nov 2023 22:13:20 GMT."""

SITE = "cdn.test"
"""The Host of every request that names no other."""

NODE = "edge-1"
"""What the cache calls itself in every leg."""

LEGS = ("bare", "sim", "live")


@dataclass(frozen=True, slots=True)
class Fields:
    """What is expected of header fields, by lower-case name."""

    equal: tuple[Pair, ...] = ()
    absent: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    one_of: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What a client sends. ``raw`` are the bytes of all of it, in place of everything else."""

    method: str
    target: str
    headers: tuple[Pair, ...] = ()
    body: bytes = b""
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a client is to get; what is None is not looked at."""

    statuses: tuple[int, ...] | None = None
    fields: Fields = Fields()
    body: bytes | None = None
    """Compared byte by byte where there are bytes, by its size elsewhere."""
    size_bytes: int | None = None
    cache: tuple[tuple[str, str | None], ...] = ()
    """Parameters of this cache's member of Cache-Status; a name with a leading ``!`` must not be there."""
    interim: tuple[int, ...] | None = None
    """Statuses of the 1xx responses before the final one; looked at where there is a wire."""
    broken: bool = False
    """The response must visibly not come whole."""
    closed: bool = False
    """The connection must end with the response; looked at where there is a wire."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request with what is to come of it."""

    sent: Sent
    expected: Expected = Expected()


@dataclass(frozen=True, slots=True)
class Interim:
    """A 1xx response before the final one."""

    status: int
    headers: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the origin says when it is asked."""

    status: int = 200
    headers: tuple[Pair, ...] = ()
    without: tuple[str, ...] = ()
    """Fields that would be added otherwise: date, content-length."""
    body: bytes = b""
    is_file: bool = False
    """Conditions and ranges are honoured, as of a file with this content; it may be asked more than once."""
    chunked: bool = False
    """The length is not said beforehand."""
    closes: bool = False
    """Neither is it, and the body ends with the connection."""
    breaks_after_bytes: int | None = None
    takes_ms: int = 0
    """Time that passes before it answers."""
    interim: tuple[Interim, ...] = ()
    failure: Failure | None = None
    """It does not answer at all."""
    raw: bytes = b""
    """The bytes of the response, in place of everything else."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the origin is to be sent."""

    method: str | None = None
    target: str | None = None
    fields: Fields = Fields()
    body: bytes | None = None
    """Looked at where there is a wire."""


@dataclass(frozen=True, slots=True)
class Step:
    """Time passes, a purge is applied, requests are sent at once; and what the origin has to do with it."""

    after_ms: int = 0
    purge: Purge | None = None
    asks: tuple[Ask, ...] = ()
    answers: tuple[Answer, ...] = ()
    """One for each time that the origin is to be asked, in order; none when it must not be."""
    times: tuple[int, int | None] = (0, 0)
    """How often it is to be asked, at least and at most."""
    wanted: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One rule, and the steps that show it."""

    file: str
    id: str
    section: str
    rule: str
    steps: tuple[Step, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    """Fields of CacheSettings."""
    preserve_host: bool = True
    legs: tuple[str, ...] = LEGS
    why: str = ""
    """Why not in all legs."""
    xfail: dict[str, str] = field(default_factory=dict)
    """What is missing, by leg."""

    @property
    def name(self) -> str:
        return f"{self.file}:{self.id}"

    @property
    def is_raw(self) -> bool:
        """Whether anything in it is said in bytes."""
        sent = any(ask.sent.raw for step in self.steps for ask in step.asks)
        return sent or any(answer.raw for step in self.steps for answer in step.answers)

    @property
    def is_silent(self) -> bool:
        """Whether an answer of the origin must be waited for in vain."""
        return any(answer.failure is Failure.TIMEOUT for step in self.steps for answer in step.answers)

    def __repr__(self) -> str:
        return f"Case({self.name}, RFC {self.section})"
