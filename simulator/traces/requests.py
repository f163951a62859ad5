"""Requests as a trace tells them, before its objects are numbered: what readers give to the preparation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]


class Requests(NamedTuple):
    """Some requests in the order of the trace: three arrays of the same length."""

    keys: U64
    """Who the object is: its number in the trace, or 64 bits of hash of its name."""
    sizes: U32
    """Bytes; 0 when the trace says so."""
    times_ms: I64
    """When, by the trace's own clock; zeros when it has none."""

    def with_size(self) -> Requests:
        """Those of more than 0 bytes."""
        has = self.sizes > 0
        return self if has.all() else Requests(self.keys[has], self.sizes[has], self.times_ms[has])
