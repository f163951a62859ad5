import numpy as np

from simulator.kernels.compiled import assembled, compiled
from simulator.kernels.frame import I64


@compiled
def add(registers: I64, number: int) -> None:
    registers[0] += number


@compiled
def subtract(registers: I64, number: int) -> None:
    registers[0] -= number


@compiled
def add_all(registers: I64, numbers: I64) -> int:
    for k in range(len(numbers)):
        add(registers, numbers[k])
    return len(numbers)


@assembled
def apply(function, registers: I64, numbers: I64) -> None:  # type: ignore[no-untyped-def]
    for k in range(len(numbers)):
        function(registers, numbers[k])


def test_a_function_and_its_parts_work_on_arrays() -> None:
    registers = np.zeros(1, np.int64)
    assert add_all(registers, np.arange(5)) == 5
    assert registers[0] == 10


def test_one_may_be_given_another() -> None:
    registers = np.zeros(1, np.int64)
    apply(add, registers, np.arange(5))
    apply(subtract, registers, np.arange(4))
    assert registers[0] == 4


def test_slices_of_arrays_are_views() -> None:
    registers = np.zeros(3, np.int64)
    add_all(registers[1:], np.arange(3))
    assert registers.tolist() == [0, 3, 0]
