"""A trace as the user names it: a file, what format it is in, and how to read that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from simulator.traces.accesslog import ASKERS, read_access_log
from simulator.traces.blocks import OnRead, blocks
from simulator.traces.columns import Columns
from simulator.traces.delimited import read_delimited
from simulator.traces.errors import Broken, TraceError
from simulator.traces.oracle import read_oracle
from simulator.traces.requests import Requests


class Format(Enum):
    """The formats that can be read; each of them also compressed with zstd."""

    ORACLE = "oracle"
    """libCacheSim's oracleGeneral."""
    CSV = "csv"
    """Delimited text with a mapping of its columns."""
    ACCESS_LOG = "accesslog"
    """JSON lines of our edges."""


_SUFFIXES: Final = {
    ".oraclegeneral": Format.ORACLE,
    ".bin": Format.ORACLE,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".txt": Format.CSV,
    ".jsonl": Format.ACCESS_LOG,
    ".json": Format.ACCESS_LOG,
    ".log": Format.ACCESS_LOG,
}


def format_of(path: Path) -> Format:
    """What a file is by its name, a final ``.zst`` apart. Raises TraceError when the name does not tell."""
    suffix = Path(path.name.removesuffix(".zst")).suffix.lower()
    if suffix not in _SUFFIXES:
        known = ", ".join(known.value for known in Format)
        why = f"its name does not tell the format (by {', '.join(_SUFFIXES)}): say which of {known} it is"
        raise TraceError(path, Broken.UNKNOWN_FORMAT, why)
    return _SUFFIXES[suffix]


@dataclass(frozen=True, slots=True)
class Trace:
    """A file of requests. Raises ValueError for an asker that no edge knows."""

    path: Path
    format: Format
    columns: Columns = field(default_factory=Columns)
    """Of delimited text."""
    who: frozenset[str] = frozenset({"client"})
    """Of an access log: whose requests count, of ``client``, ``peer`` and ``refresh``."""

    def __post_init__(self) -> None:
        unknown = self.who - set(ASKERS)
        if unknown or not self.who:
            raise ValueError(
                f"who: some of {', '.join(ASKERS)}, not {', '.join(sorted(unknown)) or 'nobody'}"
            )

    @property
    def partial_sizes(self) -> bool:
        """Whether a request's size may be less than the object's."""
        return self.format is Format.ACCESS_LOG

    def requests(self, on_read: OnRead = lambda share: None) -> Iterator[Requests]:
        """All requests in order, some at a time. Raises TraceError."""
        content = blocks(self.path, on_read)
        match self.format:
            case Format.ORACLE:
                return read_oracle(self.path, content)
            case Format.CSV:
                return read_delimited(self.path, content, self.columns)
            case Format.ACCESS_LOG:
                return read_access_log(self.path, content, self.who)
