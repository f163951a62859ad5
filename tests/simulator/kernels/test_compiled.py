"""What being compiled as a kernel means."""

import threading

import numpy as np

from simulator.kernels.compiled import compiled


@compiled
def doubled(numbers: np.ndarray, gate: np.ndarray) -> int:
    total = 0
    for k in range(len(numbers)):
        total += 2 * numbers[k]
    gate[0] = 1
    return total


def test_a_kernel_is_machine_code_that_says_the_same() -> None:
    numbers, gate = np.arange(1000), np.zeros(1, np.int64)
    assert doubled(numbers, gate) == doubled.py_func(numbers, gate) == 999_000  # type: ignore[attr-defined]


def test_a_kernel_runs_beside_another_thread() -> None:
    results: list[int] = []
    gate = np.zeros(1, np.int64)
    thread = threading.Thread(target=lambda: results.append(doubled(np.arange(10), gate)))
    thread.start()
    thread.join()
    assert results == [90] and gate[0] == 1
