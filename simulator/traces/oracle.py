"""oracleGeneral, the binary format of libCacheSim: 24 bytes a request, little endian, no header.

Time in seconds (u32), object (u64), size (u32), position of the object's next request (i64), which is not
read, since the preparation finds it out itself. A request of 0 bytes is left out there, as libCacheSim does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from simulator.traces.errors import Broken, TraceError
from simulator.traces.requests import Requests

RECORD: Final = np.dtype([("time", "<u4"), ("object", "<u8"), ("size", "<u4"), ("next", "<i8")])


def read_oracle(path: Path, content: Iterable[bytes]) -> Iterator[Requests]:
    """The requests in the file's content. Raises TraceError when it ends in the middle of a record."""
    rest, done = b"", 0
    for block in content:
        data = rest + block if rest else block
        count = len(data) // RECORD.itemsize
        rest = data[count * RECORD.itemsize :]
        records = np.frombuffer(data, RECORD, count)
        done += count
        times_ms = records["time"].astype(np.int64) * 1000
        yield Requests(records["object"].astype(np.uint64), records["size"].astype(np.uint32), times_ms)
    if rest:
        why = f"is {len(rest)} bytes long and should be {RECORD.itemsize}: the trace is cut off"
        raise TraceError(path, Broken.TRUNCATED, why, record=done + 1)
