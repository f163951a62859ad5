"""Small traces for tests, and what a plain reading of them says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from simulator.traces.oracle import RECORD

Request = tuple[int, int, int]
"""Time in seconds, object, bytes."""

SOME: list[Request] = [(10, 7, 100), (10, 8, 50), (11, 7, 100), (12, 9, 1), (14, 8, 50), (15, 7, 100)]


def oracle_bytes(requests: Iterable[Request]) -> bytes:
    return np.array([(*request, -1) for request in requests], RECORD).tobytes()


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def log_line(at_ms: int, key: str, size: int, **other: object) -> str:
    """A line as an edge writes it."""
    line = {
        "at_ms": at_ms,
        "node": "edge-1",
        "who": "client",
        "client": "127.0.0.1",
        "method": "GET",
        "key": f"http://h/{key}",
        "status": 200,
        "outcome": "hit",
        "reason": "fresh",
        "bytes": size,
        "ms": 0.25,
        "position": 3,
    }
    return json.dumps({**line, **other}) + "\n"
