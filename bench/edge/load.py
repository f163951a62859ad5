"""The load generators: wrk, which asks as fast as it is answered, and h2load, which asks at a rate.

wrk knows no rate, and wrk2, which does, is not in Debian. h2load (package nghttp2-client) speaks HTTP/1.1 too
and has ``--rps`` for each of its connections. It wakes each connection every 10 ms at the earliest and has
one request at a time on it, so connections ask 100 times a second here, and there are as many as it takes:
then no request waits behind another whose answer took less than 10 ms, and what is measured up to there
is what an open loop would measure. (A server that is slower gets fewer requests than the rate: that is seen.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bench.processes import installed

RPS_OF_A_CONNECTION: Final = 100
_PATIENCE_S: Final = 10
_DONE: Final = """
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    "figures requests=%d us=%d bytes=%d p99_us=%d refused=%d broken=%d\\n",
    summary.requests, summary.duration, summary.bytes, latency:percentile(99), e.status,
    e.connect + e.read + e.write + e.timeout))
end
"""
_NEW_PATHS: Final = """
local number = 0
function request()
  number = number + 1
  return wrk.format(nil, "%s" .. number)
end
"""
_FIGURES: Final = re.compile(
    r"^figures requests=(\d+) us=(\d+) bytes=(\d+) p99_us=(\d+) refused=(\d+) broken=(\d+)$", re.MULTILINE
)
_DONE_REQUESTS: Final = re.compile(r"^requests: \d+ total, \d+ started, (\d+) done,", re.MULTILINE)
_TRAFFIC: Final = re.compile(r"^traffic: \S+ \((\d+)\) total", re.MULTILINE)


class LoadError(Exception):
    """A load generator that said nothing that can be read; the text is one line."""


class Sample(NamedTuple):
    """What a load generator measured."""

    requests: int
    """That were answered, rightly or not."""
    seconds: float
    bytes: int
    """As they came from the network, heads included."""
    p99_ms: float
    errors: int
    """Broken connections, timeouts, and answers with another status than expected."""

    @property
    def requests_per_s(self) -> float:
        return self.requests / self.seconds

    @property
    def bytes_per_s(self) -> float:
        return self.bytes / self.seconds


def wrk() -> str:
    """Where wrk is. Raises AbsentError."""
    return installed("wrk", "wrk")


def h2load() -> str:
    """Where h2load is. Raises AbsentError."""
    return installed("h2load", "nghttp2-client")


def wrk_script(new_paths: str | None) -> str:
    """Lua for wrk: figures that aren't rounded; with ``new_paths``, a number after that in each request.

    Without, wrk sends the same bytes each time and asks Lua nothing.
    """
    return _DONE if new_paths is None else _DONE + _NEW_PATHS % new_paths


def wrk_command(
    program: str, url: str, script: Path, seconds: int, connections: int, range_field: str | None
) -> list[str]:
    """One thread, as it has one core."""
    command = [program, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{_PATIENCE_S}s"]
    command += ["-s", str(script)]
    if range_field is not None:
        command += ["-H", f"Range: {range_field}"]
    return [*command, url]


def parse_wrk(text: str, status: int) -> Sample:
    """What wrk printed; ``status`` is that of a right answer. Raises LoadError.

    wrk itself counts each status over 399 as an error, and none below.
    """
    found = _FIGURES.search(text)
    if found is None:
        raise LoadError(f"wrk printed no figures: {text.strip()[-200:]!r}")
    requests, us, size_bytes, p99_us, refused, broken = map(int, found.groups())
    wrong = requests - refused if status >= 400 else refused
    return Sample(requests, us / 1e6, size_bytes, p99_us / 1000, wrong + broken)


def h2load_command(program: str, url: str, log: Path, seconds: int, rate: int) -> list[str]:
    """As many connections as the rate takes."""
    connections = max(1, rate // RPS_OF_A_CONNECTION)
    command = [program, "--h1", "-t1", f"-c{connections}", f"-D{seconds}", f"--rps={rate / connections:g}"]
    return [*command, f"--log-file={log}", url]


def parse_h2load(text: str, log: Iterable[str], status: int, seconds: float) -> Sample:
    """What h2load printed, and its log: start in µs, status, µs to the end of the response. Raises LoadError.

    h2load leaves a connection that broke, and says nothing of it: that shows in how few requests there were.
    """
    requests, traffic = _DONE_REQUESTS.search(text), _TRAFFIC.search(text)
    if requests is None or traffic is None:
        raise LoadError(f"h2load printed no figures: {text.strip()[-200:]!r}")
    rows = [line.split("\t") for line in log]
    if not rows:
        raise LoadError("h2load was answered nothing")
    return Sample(
        requests=int(requests[1]),
        seconds=seconds,
        bytes=int(traffic[1]),
        p99_ms=percentile([int(row[2]) for row in rows], 99) / 1000,
        errors=sum(row[1] != str(status) for row in rows),
    )


def percentile(values: Sequence[int], percent: int) -> int:
    """The smallest value that so many of a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
