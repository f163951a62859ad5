from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from simulator.kernels.prefetch import prefetch


def ask(table: npt.NDArray[np.uint32], row: np.uint64) -> int:
    prefetch(table, row)
    return 7


compiled: Any = njit(ask)


def test_to_prefetch_changes_nothing_and_may_be_beyond_the_end() -> None:
    table = np.arange(16, dtype=np.uint32).reshape(8, 2)
    assert compiled(table, np.uint64(3)) == 7 and compiled(table, np.uint64(1 << 30)) == 7
    assert table.ravel().tolist() == list(range(16))


def test_it_is_compiled_to_a_prefetch() -> None:
    compiled(np.zeros((8, 2), np.uint32), np.uint64(0))
    assert all("call void @llvm.prefetch" in code for code in compiled.inspect_llvm().values())
