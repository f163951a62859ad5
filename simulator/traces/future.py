"""When each object is asked for again, by one pass from the end: what Belady's policies know."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numba import njit

from simulator.kernels.frame import pieces
from simulator.traces.requests import I64, U32

NEVER: Final = np.iinfo(np.int64).max
"""The next request of an object that is not asked for again."""
PIECE: Final = 1 << 20


def write_nexts(ids: U32, objects: int, path: Path) -> None:
    """Write for each request the position of the next one for the same object. Raises OSError."""
    file = np.memmap(path, np.int64, "w+", shape=(len(ids),))
    nexts = np.asarray(file)
    seen = np.full(objects, NEVER, np.int64)
    for part in reversed(list(pieces(len(ids), PIECE))):
        look_back(ids[part], part.start, seen, nexts[part])
    file.flush()


@njit(nogil=True, cache=True)
def look_back(ids: U32, start: int, seen: I64, nexts: I64) -> None:
    """Go through a piece from its end; ``seen`` holds the earliest request seen so far of each object."""
    for i in range(len(ids) - 1, -1, -1):
        nexts[i] = seen[ids[i]]
        seen[ids[i]] = start + i
