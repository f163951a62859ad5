"""Requests laid down as a prepared trace without a file to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.synthetic import Kind, Sizes, drawn
from simulator.traces import Format, Prepared, Trace, prepare
from simulator.traces.write import write_oracle
from tests.simulator.traces.build import oracle_bytes


@contextmanager
def laid(folder: Path, requests: list[tuple[int, int]]) -> Iterator[Prepared]:
    """Requests as object and bytes."""
    path = folder / "laid.oracleGeneral"
    path.write_bytes(oracle_bytes((n, key, size) for n, (key, size) in enumerate(requests)))
    with prepare(Trace(path, Format.ORACLE), folder) as prepared:
        yield prepared


@contextmanager
def synthetic(folder: Path, kind: Kind, requests: int, sizes: Sizes, seed: int = 1) -> Iterator[Prepared]:
    path = folder / "synthetic.oracleGeneral"
    pieces = drawn(kind, sizes, requests, seed=seed)
    write_oracle(path, pieces, requests, kind.universe(requests), rate_per_s=100)
    with prepare(Trace(path, Format.ORACLE), folder) as prepared:
        yield prepared
