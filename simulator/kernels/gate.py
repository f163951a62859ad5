"""Admission rules before any kernel: what a rule refuses, the kernel never hears of.

The gate walks through a piece. As long as objects are held it only takes note; at a miss the kernel is given
what has gathered, all hits, so that what is held and who would go next are known; then the rule judges, and
the kernel is given that one request or is not. So kernels need know nothing of rules. Each rule decides as
its live form in ``caching.admission`` does, if that hashes ids as the kernels do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np

from caching.admission import AdaptSize, SecondRequest, SizeLimit, TinyLfu, make_admission
from caching.admission.bloom import BITS_PER_KEY
from caching.admission.tinylfu import CELLS_PER_KEY, FEWEST_CELLS
from simulator.kernels import bloom, sizes, sketch
from simulator.kernels.compiled import assembled, compiled
from simulator.kernels.frame import (
    CAPACITY,
    EVICTIONS,
    FIRST,
    FIRST_ROW,
    I64,
    MISS_BYTES,
    MISSES,
    REFUSAL,
    REFUSED,
    REMOVED,
    U32,
    USED,
    Kernel,
    Log,
    Run,
    State,
    aligned,
    count_refusal,
    grown,
)
from simulator.kernels.sizes import F64
from simulator.kernels.sketch import U8, digest_of
from simulator.kernels.victims import DOORS
from simulator.splitmix import bits_at, unit

SIZE_LIMIT: Final = 0
SECOND: Final = 1
TINYLFU: Final = 2
ADAPTSIZE: Final = 3
HASHES: Final = 4

RULE: Final = 0
"""Register of the gate: which rule it is. Those of AdaptSize are in ``sizes``."""
MAX_BYTES: Final = 1
KEYS: Final = 1
TAKEN: Final = 2
"""Register: how many keys the younger filter has."""
YOUNGER: Final = 3
"""Register: 0 or 1, the younger of the two filters."""
CELLS: Final = 1
COUNTED: Final = 2
SAMPLE: Final = 3
SEED: Final = 5
ROLLED: Final = 6


class Gate(NamedTuple):
    """The state of a rule."""

    registers: I64
    cells: U8
    """Counters of TinyLFU, bits of the Bloom filters."""
    stats: U32
    """A row for each object, for AdaptSize."""
    listed: U32
    sums: I64
    classes: F64
    c_bytes: F64
    """One number: the c of AdaptSize; 0 until the first tuning."""


@compiled
def note(gate: Gate, row: np.uint64, size: np.int64) -> None:
    """What a rule that counts hits is told of each request."""
    if gate.registers[RULE] == TINYLFU:
        sketch.count(gate.cells, np.uint64(gate.registers[CELLS]), HASHES, digest_of(row - FIRST))
        gate.registers[COUNTED] += 1
    elif gate.registers[RULE] == ADAPTSIZE:
        sizes.note(gate.stats, gate.listed, gate.registers, row, size)


@compiled
def was_seen(gate: Gate, row: np.uint64) -> bool:
    """Whether the Bloom filters know an object; from now on they do."""
    registers, bits, digest = gate.registers, gate.cells, digest_of(row - FIRST)
    half = np.uint64(len(bits) >> 1)
    width = np.uint64(BITS_PER_KEY * registers[KEYS])
    young = half * np.uint64(registers[YOUNGER])
    if bloom.is_set(bits, young, width, digest):
        return True
    known = bloom.is_set(bits, half - young, width, digest)
    if registers[TAKEN] == registers[KEYS]:
        registers[YOUNGER], registers[TAKEN], young = 1 - registers[YOUNGER], 0, half - young
        bloom.clear(bits, young, young + half)
    bloom.set_all(bits, young, width, digest)
    registers[TAKEN] += 1
    return known


@compiled
def keep_up(gate: Gate, held: np.int64) -> None:
    """TinyLFU ages with the number of objects held, and grows with it."""
    cells, registers = np.uint64(gate.registers[CELLS]), gate.registers
    if registers[CELLS] < CELLS_PER_KEY * held:
        sketch.double(gate.cells, cells)
        registers[CELLS] *= 2
    if registers[COUNTED] >= registers[SAMPLE] * max(held, 1):
        sketch.halve(gate.cells, np.uint64(registers[CELLS]))
        registers[COUNTED] = 0


@compiled
def estimate(gate: Gate, row: np.uint64) -> np.uint8:
    return sketch.estimate(gate.cells, np.uint64(gate.registers[CELLS]), HASHES, digest_of(row - FIRST))


@compiled
def is_lucky(gate: Gate, size: np.int64, capacity: np.int64) -> bool:
    """AdaptSize's throw of the dice."""
    registers, c_bytes = gate.registers, gate.c_bytes
    if registers[sizes.LEFT] <= 0:
        c_bytes[0] = sizes.tune(
            gate.stats, gate.listed, registers, gate.sums, gate.classes, c_bytes[0], capacity
        )
    if c_bytes[0] == 0.0:
        return True
    registers[ROLLED] += 1
    bits = bits_at(np.uint64(registers[SEED]), np.uint64(registers[ROLLED]))
    return bool(unit(bits) < np.exp(-size / c_bytes[0]))


@compiled
def judge(gate: Gate, row: np.uint64, size: np.int64, capacity: np.int64) -> bool:
    """Whether an object that was missed, and fits, may come in, as far as the policy makes no difference."""
    if gate.registers[RULE] == SIZE_LIMIT:
        return bool(size <= gate.registers[MAX_BYTES])
    if gate.registers[RULE] == SECOND:
        return was_seen(gate, row)
    if gate.registers[RULE] == ADAPTSIZE:
        return is_lucky(gate, size, capacity)
    return True


@compiled
def refuse(registers: I64, size: np.int64) -> None:
    registers[MISSES] += 1
    registers[MISS_BYTES] += size
    count_refusal(registers, size)


@assembled
def give(
    kernel: Any,
    state: State, registers: I64, ids: U32, lengths: U32, nexts: I64, log: Log, start: int, stop: int,
) -> None:  # fmt: skip
    """Give the kernel a part of the piece."""
    if start < stop:
        entries = log
        if len(log.outcomes):
            entries = Log(log.outcomes[start:stop], log.ends[start:stop], log.evicted)
        kernel(state, registers, ids[start:stop], lengths[start:stop], nexts[start:stop], entries)


@assembled
def walk(
    kernel: Any, holds: Any, victim: Any, gate: Gate,
    state: State, registers: I64, ids: U32, lengths: U32, nexts: I64, log: Log,
) -> None:  # fmt: skip
    """A piece through the gate."""
    start = 0
    for k in range(len(ids)):
        row, size = FIRST + np.uint64(ids[k]), np.int64(lengths[k])
        here = holds(state.table, row)
        if size != 0:
            note(gate, row, size)
        if here and size != 0:
            continue
        give(kernel, state, registers, ids, lengths, nexts, log, start, k)
        start = k
        if size != 0 and size <= registers[CAPACITY]:
            allowed = judge(gate, row, size, registers[CAPACITY])
            if gate.registers[RULE] == TINYLFU:
                held = registers[MISSES] - registers[REFUSED] - registers[EVICTIONS] - registers[REMOVED]
                keep_up(gate, held)
                if registers[USED] + size > registers[CAPACITY]:
                    allowed = bool(estimate(gate, row) > estimate(gate, victim(state, registers)))
            if not allowed:
                refuse(registers, size)
                start = k + 1
                if len(log.outcomes):
                    log.outcomes[k], log.ends[k] = REFUSAL, registers[EVICTIONS]
        give(kernel, state, registers, ids, lengths, nexts, log, start, k + 1)
        start = k + 1
    give(kernel, state, registers, ids, lengths, nexts, log, start, len(ids))


def closed(rule: Any, stats_rows: int = 0, cells: int = 0) -> Gate:
    """The beginning of a rule's state."""
    adapts = isinstance(rule, AdaptSize)
    return Gate(
        np.zeros(16, np.int64),
        aligned((cells,), np.uint8),
        aligned((stats_rows, sizes.COLUMNS), np.uint32),
        aligned((stats_rows,), np.uint32),
        np.zeros((sizes.CLASSES if adapts else 0, 3), np.int64),
        np.zeros((3, sizes.CLASSES if adapts else 0)),
        np.zeros(1),
    )


def gate_of(rule: Any) -> Gate:
    """A live rule's settings in compiled form."""
    match rule:
        case SizeLimit():
            gate = closed(rule)
            gate.registers[RULE], gate.registers[MAX_BYTES] = SIZE_LIMIT, rule.max_bytes
        case SecondRequest():
            gate = closed(rule, cells=2 * bloom.length(rule.keys))
            gate.registers[RULE], gate.registers[KEYS] = SECOND, rule.keys
        case TinyLfu():
            gate = closed(rule, cells=2 * FEWEST_CELLS)
            gate.registers[RULE], gate.registers[SAMPLE] = TINYLFU, rule.sample
            gate.registers[CELLS] = FEWEST_CELLS
        case AdaptSize():
            gate = closed(rule, FIRST_ROW)
            gate.registers[RULE] = ADAPTSIZE
            gate.registers[SEED] = np.uint64(rule.seed % 2**64).astype(np.int64)
            sizes.begin(gate.registers, rule)
        case _:
            raise TypeError(f"{type(rule).__name__} has no compiled form")
    return gate


class Porter:
    """A kernel's ``replay`` with a gate before it, whose arrays grow as the trace goes on."""

    __slots__ = ("gate", "kernel")

    def __init__(self, kernel: Kernel, gate: Gate) -> None:
        self.kernel, self.gate = kernel, gate

    def __call__(self, state: State, registers: I64, ids: U32, lengths: U32, nexts: I64, log: Log) -> None:
        self._grow(len(state.table), registers, len(ids))
        door = DOORS[self.kernel.name]
        walk(
            self.kernel.replay, door.holds, door.victim, self.gate, state, registers, ids, lengths, nexts, log
        )

    def _grow(self, rows: int, registers: I64, requests: int) -> None:
        gate = self.gate
        if gate.registers[RULE] == ADAPTSIZE:
            self.gate = gate._replace(stats=grown(gate.stats, rows), listed=grown(gate.listed, rows))
        elif gate.registers[RULE] == TINYLFU:
            held = int(registers[MISSES] - registers[REFUSED] - registers[EVICTIONS] - registers[REMOVED])
            most = 2 * max(int(gate.registers[CELLS]), CELLS_PER_KEY * min(rows, held + requests))
            self.gate = gate._replace(cells=grown(gate.cells, most))


def guarded(
    kernel: Kernel, capacity_bytes: int, admission: str, rule: Mapping[str, Any], **options: object
) -> Run:
    """A run of a kernel behind a rule, with the options of both.

    Raises ValueError as ``make_admission`` does, and for a policy that knows the future: what a rule refuses
    would be asked for in a future that it does not know.
    """
    if kernel.name not in DOORS:
        raise ValueError(f"{kernel.name}: goes without an admission rule, for it knows the future")
    porter = Porter(kernel, gate_of(make_admission(admission, **rule)))
    return Run(replace(kernel, name=f"{kernel.name}+{admission}", replay=porter), capacity_bytes, **options)
