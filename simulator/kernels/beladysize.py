"""Belady-Size: of some objects, the one that costs most room for longest goes first. For simulation only.

As in libCacheSim, and as one of the bounds in Berger, Beckmann, Harchol-Balter, "Practical bounds on optimal
caching with variable object sizes", SIGMETRICS 2018: each eviction draws ``samples`` of the objects held and
takes the one with the greatest product of size and time until its next request; when no more are held, it
looks at all. The default of 104 is what the 128 draws of libCacheSim's come to, which draws from the buckets
of a hash table. What is never asked for again is not admitted, and leaves with its last hit. In libCacheSim
room is made for it all the same; with ``bypass`` it is not, which misses less when sizes differ much.

Columns: size in bytes (0 when not held), slot. Slots are dense, two words for each: the next request, then
size (upper half) and row (lower half).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.kernels.belady import NEVER
from simulator.kernels.compiled import compiled
from simulator.kernels.frame import (
    ABSENT,
    ADMITTED,
    CAPACITY,
    EVICTIONS,
    FIRST,
    HIT,
    I64,
    MISS_BYTES,
    MISSES,
    OWN,
    REFUSAL,
    REMOVAL,
    U32,
    U64,
    USED,
    Kernel,
    Log,
    Needs,
    State,
    count_refusal,
    count_removal,
)
from simulator.splitmix import GAMMA, mixed, stream_seed

SIZE: Final = np.uint64(0)
SLOT: Final = np.uint64(1)
ONE: Final = np.uint64(1)
HALF: Final = np.uint64(32)
LOW: Final = np.uint64((1 << 32) - 1)

HELD: Final = OWN
"""Register: how many slots are taken."""
SAMPLES: Final = OWN + 1
SEED: Final = OWN + 2
DRAWN: Final = OWN + 3
"""Register: how many samples have been drawn."""
NOW: Final = OWN + 4
"""Register: the position in the trace."""
BYPASS: Final = OWN + 5


def needs(registers: I64, objects: int, requests: int) -> Needs:
    """Slots for what can be held after the piece."""
    return Needs(words=2 * min(objects, registers[HELD] + requests))


def begin(state: State, registers: I64, samples: int = 104, seed: int = 0, bypass: bool = False) -> None:
    """Raises ValueError unless there is at least one sample."""
    if samples < 1:
        raise ValueError(f"samples: must be greater than 0, not {samples}")
    registers[SAMPLES] = samples
    registers[BYPASS] = bypass
    registers[SEED] = stream_seed(seed, 0).astype(np.int64)


@compiled
def slot_of_sample(registers: I64, drawn: np.uint64) -> np.uint64:
    bits = mixed(np.uint64(registers[SEED]) + drawn * GAMMA)
    return ((bits >> HALF) * np.uint64(registers[HELD])) >> HALF


@compiled
def cost(slots: U64, slot: np.uint64, now: np.int64) -> float:
    """Bytes times requests until the next one for the object."""
    wait = np.int64(slots[slot << ONE]) - now
    return np.float64(slots[(slot << ONE) + ONE] >> HALF) * np.float64(wait)


@compiled
def costliest(slots: U64, registers: I64) -> np.uint64:
    """The row of the costliest of the samples, of equals the first."""
    number, now = min(registers[SAMPLES], registers[HELD]), registers[NOW]
    every = number == registers[HELD]
    best, most = np.uint64(0), -1.0
    for k in range(number):
        slot = np.uint64(k) if every else slot_of_sample(registers, np.uint64(registers[DRAWN] + k))
        price = cost(slots, slot, now)
        if price > most:
            best, most = slot, price
    registers[DRAWN] += 0 if every else number
    return np.uint64(slots[(best << ONE) + ONE] & LOW)


@compiled
def release(table: U32, slots: U64, registers: I64, row: np.uint64) -> np.int64:
    """Take an object out, fill its slot with the last one; its size."""
    slot, size = np.uint64(table[row, SLOT]), np.int64(table[row, SIZE])
    registers[HELD] -= 1
    last = np.uint64(registers[HELD])
    slots[slot << ONE] = slots[last << ONE]
    slots[(slot << ONE) + ONE] = slots[(last << ONE) + ONE]
    table[slots[(slot << ONE) + ONE] & LOW, SLOT] = slot
    table[row, SIZE] = 0
    registers[USED] -= size
    return size


@compiled
def evict(table: U32, slots: U64, registers: I64, row: np.uint64, evicted: U32) -> None:
    release(table, slots, registers, row)
    if len(evicted):
        evicted[registers[EVICTIONS]] = row - FIRST
    registers[EVICTIONS] += 1


@compiled
def hit(table: U32, slots: U64, registers: I64, row: np.uint64, after: np.int64, evicted: U32) -> int:
    if after >= NEVER:
        evict(table, slots, registers, row, evicted)
    else:
        slots[np.uint64(table[row, SLOT]) << ONE] = after
    return HIT


@compiled
def miss(
    table: U32, slots: U64, registers: I64, row: np.uint64, size: np.int64, after: np.int64, evicted: U32
) -> int:
    registers[MISSES] += 1
    registers[MISS_BYTES] += size
    if size > registers[CAPACITY] or (after >= NEVER and registers[BYPASS]):
        count_refusal(registers, size)
        return REFUSAL
    while registers[USED] + size > registers[CAPACITY]:
        evict(table, slots, registers, costliest(slots, registers), evicted)
    if after >= NEVER:
        count_refusal(registers, size)
        return REFUSAL
    slot = np.uint64(registers[HELD])
    slots[slot << ONE] = after
    slots[(slot << ONE) + ONE] = (np.uint64(size) << HALF) | row
    table[row, SIZE], table[row, SLOT] = size, slot
    registers[HELD] += 1
    registers[USED] += size
    return ADMITTED


@compiled
def forget(table: U32, slots: U64, registers: I64, row: np.uint64) -> int:
    if table[row, SIZE] == 0:
        return ABSENT
    count_removal(registers, release(table, slots, registers, row))
    return REMOVAL


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    if len(nexts) < len(ids):
        raise ValueError("beladysize: the trace does not say when each object is asked for next")
    table, slots, outcomes, ends, evicted = state.table, state.words, log.outcomes, log.ends, log.evicted
    for k in range(len(ids)):
        row = FIRST + np.uint64(ids[k])
        size = np.int64(sizes[k])
        if size == 0:
            outcome = forget(table, slots, registers, row)
        elif table[row, SIZE]:
            outcome = hit(table, slots, registers, row, nexts[k], evicted)
        else:
            outcome = miss(table, slots, registers, row, size, nexts[k], evicted)
        registers[NOW] += 1
        if len(outcomes):
            outcomes[k], ends[k] = outcome, registers[EVICTIONS]


BELADYSIZE = Kernel("beladysize", 2, replay, needs, begin, future=True)
