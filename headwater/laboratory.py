"""What the laboratory's commands share: what users write of traces, policies and sizes, and how it ends."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from headwater.config import ConfigError, parse_bytes
from headwater.console import Ticker, fail, progress
from simulator.mrc import OnRequests
from simulator.plot import SUFFIXES, Series, plot
from simulator.shards import GROUPS
from simulator.sweep import SweepError, Task, check
from simulator.synthetic import Drawn
from simulator.traces import Columns, Format, Prepared, Summary, Trace, TraceError, format_of, prepare

_ALIASES: Final = {"2q": "twoq"}
QUIET_S: Final = 2.0
"""Where there is no terminal, what takes less than this says nothing of its progress."""


class Named(NamedTuple):
    """A policy or a rule of admission as the user wrote it."""

    name: str
    options: dict[str, object]


@contextmanager
def usage() -> Iterator[None]:
    """What the user got wrong ends the command with one line and 2."""
    try:
        yield
    except (TraceError, ConfigError, ValueError) as error:
        fail(error, 2)


@contextmanager
def failures() -> Iterator[None]:
    """What the machine or the cluster could not do ends the command with one line and 1."""
    try:
        yield
    except SweepError as error:
        fail(error)
    except OSError as error:
        fail(f"{error.filename or 'output'}: {error.strerror}")


def parse_share(text: str) -> float:
    """``5%`` as 0.05. Raises ConfigError."""
    number, percent, rest = text.strip().partition("%")
    try:
        share = float(number) / 100
    except ValueError:
        share = -1.0
    if not percent or rest or not 0 <= share <= 1:
        raise ConfigError(f"{text!r}: a percentage such as 5%")
    return share


def parse_rate(text: str) -> float:
    """The rate of a sample. Raises ConfigError."""
    rate = parse_share(text)
    if not 0 < rate <= 1 / GROUPS:
        raise ConfigError(f"sample {text!r}: above 0 % and up to {1 / GROUPS:.1%} of the objects")
    return rate


def parse_capacities(text: str, unique_bytes: int) -> list[int]:
    """Sizes with commas between, ``1%`` of the trace's unique bytes or ``10GiB``. Raises ConfigError."""
    return [_capacity(item, unique_bytes) for item in text.split(",")]


def _capacity(text: str, unique_bytes: int) -> int:
    try:
        size = round(parse_share(text) * unique_bytes) if "%" in text else parse_bytes(text)
    except (ConfigError, OverflowError) as error:
        raise ConfigError(f"capacity {error}") from None
    if size < 1:
        raise ConfigError(f"capacity {text!r}: at least 1 byte, of {unique_bytes} unique ones in the trace")
    if size >= 2**62:
        raise ConfigError(f"capacity {text!r}: less than 2**62 bytes")
    return size


def parse_warmup(text: str, requests: int) -> int:
    """``10%`` of the trace, or a number of requests. Raises ConfigError."""
    warmup = int(text) if text.isdigit() else int(parse_share(text) * requests)
    if warmup >= requests:
        raise ConfigError(f"warmup {text!r}: fewer than the {requests} requests of the trace")
    return warmup


def parse_policies(text: str) -> list[Named]:
    """Names with commas between, options behind colons: ``s3fifo:small_ratio=0.2``. Raises ConfigError.

    Names may be written as their papers do: ``2Q``, ``S3-FIFO``, ``W-TinyLFU``.
    """
    return [_named(item.strip(), "policy") for item in text.split(",")]


def parse_admissions(text: str) -> list[Named]:
    """Rules of admission in the same way: ``all,size:max_bytes=1MiB``. Raises ConfigError."""
    return [_named(item.strip(), "admission") for item in text.split(",")]


def _named(text: str, what: str) -> Named:
    name, *given = text.split(":")
    name = name.lower().replace("-", "")
    options: dict[str, object] = {}
    for item in given:
        option, _, value = item.partition("=")
        if not option or not value:
            raise ConfigError(f"{what} {text!r}: options are written as NAME:OPTION=VALUE:OPTION=VALUE")
        options[option] = parse_bytes(value) if option.endswith("_bytes") else _value(value)
    return Named(_ALIASES.get(name, name), options)


def _value(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text, text)


def tasks(policies: Sequence[Named], admissions: Sequence[Named], capacities: Sequence[int]) -> list[Task]:
    """Each policy with each rule of admission and each capacity. Raises ValueError for what there isn't."""
    found = [
        Task(policy.name, capacity, rule.name, policy.options, rule.options)
        for policy in policies
        for rule in admissions
        for capacity in capacities
    ]
    for task in found:
        check(task)
    return found


def trace_of(path: Path, kind: str | None, columns: str | None, delimiter: str, who: str) -> Trace:
    """The trace that the options speak of; a mapping of columns alone makes it CSV. Raises ValueError."""
    told = Format(kind) if kind else Format.CSV if columns else format_of(path)
    askers = frozenset(name.strip() for name in who.split(","))
    return Trace(path, told, Columns.parse(columns or "time=1,id=2,size=3", delimiter), askers)


@contextmanager
def prepared_trace(trace: Trace, scratch: Path | None) -> Iterator[Prepared]:
    """The trace made ready, with a bar while it is read; what is wrong with it ends the command with 2."""
    with ExitStack() as stack:
        try:
            with progress(f"reading {trace.path.name}", QUIET_S) as tick:
                prepared = stack.enter_context(prepare(trace, scratch, tick))
        except TraceError as error:
            fail(error, 2)
        yield prepared


def at_rate(tick: Ticker, total: int) -> OnRequests:
    """Tell a bar how many of all requests are done, and how many a second."""
    began = time.perf_counter()

    def on_requests(done: int) -> None:
        rate = done / max(time.perf_counter() - began, 1e-9)
        tick(done / total, f"{rate / 1e6:.1f} M requests/s")

    return on_requests


def counted(pieces: Iterable[Drawn], on_requests: OnRequests) -> Iterator[Drawn]:
    """The pieces as they come, told as they go."""
    done = 0
    for piece in pieces:
        yield piece
        done += len(piece.ids)
        on_requests(done)


def check_plot(path: Path | None) -> None:
    """Raises ConfigError for a picture that cannot be drawn, before any work is done for it."""
    if path is not None and path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"plot {path}: the name ends in {' or '.join(SUFFIXES)}")
    if path is not None and not path.parent.is_dir():
        raise ConfigError(f"plot {path}: there is no such folder")


def draw(path: Path | None, series: Sequence[Series], title: str, summary: Summary) -> None:
    """Draw if that is wanted; a file that cannot be written ends the command."""
    if path is not None:
        with failures():
            plot(path, series, title, summary.unique_bytes)
