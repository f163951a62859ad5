"""Seeded synthetic traces, drawn piece by piece: never held whole, the same for every length of piece.

Five kinds, each a frozen description: what is popular for ever, popularity that moves on, scans that come
in between, and viewers of videos. A kind names an object by a dense id; Sizes gives each id a size. The
replay, the benches and ``headwater simulate synth`` draw from here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from numba import njit

from simulator.splitmix import bits_at, stream_seed, unit
from simulator.zipf import Law, draw, zipf, zipf_ids

U32 = npt.NDArray[np.uint32]

RANKS, MOMENTS, LEAVING, SIZES = range(4)
"""The purposes for which a seed is split."""


class Drawn(NamedTuple):
    """Some requests, in order."""

    ids: U32
    sizes: U32


class Kind(Protocol):
    """A description of requests."""

    def universe(self, requests: int) -> int:
        """All ids of so many requests are below this."""

    def ids(self, requests: int, seed: int, piece: int) -> Iterator[U32]:
        """The ids of the objects asked for, ``piece`` at a time."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Object sizes in bytes, log-uniform between two bounds; an id has the same size in every trace."""

    smallest: int = 1
    largest: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.smallest <= self.largest < 2**32:
            raise ValueError(
                f"sizes: 1 <= smallest <= largest < 2**32, not {self.smallest} and {self.largest}"
            )

    def of(self, ids: U32, seed: int, out: U32) -> None:
        """Write the size of each id."""
        if self.smallest == self.largest:
            out.fill(self.smallest)
        else:
            _sizes(ids, stream_seed(seed, SIZES), self.smallest, self.largest, out)


@dataclass(frozen=True, slots=True)
class Zipf:
    """Independent draws; the object of rank k in proportion to ``1 / (k + shift) ** alpha``, id 0 foremost.

    With a shift it is the Zipf-Mandelbrot law. Raises ValueError naming what is out of range.
    """

    objects: int
    alpha: float = 1.0
    shift: float = 0.0

    def __post_init__(self) -> None:
        self.law()

    def law(self) -> Law:
        return zipf(self.objects, self.alpha, self.shift)

    def universe(self, requests: int) -> int:
        return self.objects

    def ids(self, requests: int, seed: int, piece: int) -> Iterator[U32]:
        law, stream = self.law(), stream_seed(seed, RANKS)
        for start, out in _pieces(requests, piece):
            zipf_ids(law, stream, start, out)
            yield out


@dataclass(frozen=True, slots=True)
class Churn:
    """Popularity that moves on: each rank gets a new object every ``lifetime`` requests, in its turn."""

    popularity: Zipf
    lifetime: int

    def __post_init__(self) -> None:
        if self.lifetime < 1:
            raise ValueError(f"lifetime: at least 1 request, not {self.lifetime}")

    def universe(self, requests: int) -> int:
        return _narrow((requests // self.lifetime + 2) * self.popularity.objects)

    def ids(self, requests: int, seed: int, piece: int) -> Iterator[U32]:
        self.universe(requests)
        law, ranks, moments = self.popularity.law(), stream_seed(seed, RANKS), stream_seed(seed, MOMENTS)
        for start, out in _pieces(requests, piece):
            zipf_ids(law, ranks, start, out)
            _renew(out, start, moments, self.popularity.objects, self.lifetime)
            yield out


@dataclass(frozen=True, slots=True)
class Scans:
    """After ``between`` popular requests come ``length`` in a row, round all the ``scanned`` objects."""

    popularity: Zipf
    between: int
    length: int
    scanned: int

    def __post_init__(self) -> None:
        for name in ("between", "length", "scanned"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1, not {getattr(self, name)}")
        self.universe(0)

    def universe(self, requests: int) -> int:
        return _narrow(self.popularity.objects + self.scanned)

    def ids(self, requests: int, seed: int, piece: int) -> Iterator[U32]:
        law, ranks = self.popularity.law(), stream_seed(seed, RANKS)
        for start, out in _pieces(requests, piece):
            zipf_ids(law, ranks, start, out)
            _scan(out, start, self.popularity.objects, self.between, self.length, self.scanned)
            yield out


@dataclass(frozen=True, slots=True)
class Sessions:
    """Viewers who take turns asking for the next segment of the asset that each of them watches.

    After every segment a viewer leaves with probability ``leaves``, or because it was the last; another comes
    in that place, chooses by popularity and begins at the beginning. The first ones are found in the middle.
    """

    assets: Zipf
    segments: int = 150
    viewers: int = 1000
    leaves: float = 0.02

    def __post_init__(self) -> None:
        for name in ("segments", "viewers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1, not {getattr(self, name)}")
        if not 0 <= self.leaves <= 1:
            raise ValueError(f"leaves: a probability from 0 to 1, not {self.leaves}")
        self.universe(0)

    def universe(self, requests: int) -> int:
        return _narrow(self.assets.objects * self.segments)

    def ids(self, requests: int, seed: int, piece: int) -> Iterator[U32]:
        law, ranks, leaving = self.assets.law(), stream_seed(seed, RANKS), stream_seed(seed, LEAVING)
        watching, segment = np.empty(self.viewers, np.uint32), np.empty(self.viewers, np.uint32)
        _seat(law, ranks, leaving, self.segments, watching, segment)
        for start, out in _pieces(requests, piece):
            _watch(law, ranks, leaving, self.leaves, self.segments, start, watching, segment, out)
            yield out


def drawn(kind: Kind, sizes: Sizes, requests: int, *, seed: int = 1, piece: int = 1 << 18) -> Iterator[Drawn]:
    """Draw a trace piece by piece."""
    for ids in kind.ids(requests, seed, piece):
        out = np.empty_like(ids)
        sizes.of(ids, seed, out)
        yield Drawn(ids, out)


def _pieces(requests: int, piece: int) -> Iterator[tuple[int, U32]]:
    if requests < 0 or piece < 1:
        raise ValueError(f"requests: not below 0, by pieces of at least 1; not {requests} by {piece}")
    for start in range(0, requests, piece):
        yield start, np.empty(min(piece, requests - start), np.uint32)


def _narrow(universe: int) -> int:
    if universe >= 2**32:
        raise ValueError(f"objects: fewer than 2**32 in all, not {universe}")
    return universe


@njit(nogil=True, cache=True)
def _sizes(ids: U32, seed: np.uint64, smallest: int, largest: int, out: U32) -> None:
    reach = math.log((largest + 1.0) / smallest)
    for i in range(ids.size):
        size = smallest * math.exp(reach * unit(bits_at(seed, np.uint64(ids[i]))))
        out[i] = np.uint32(min(size, float(largest)))


@njit(nogil=True, cache=True)
def _renew(ids: U32, start: int, moments: np.uint64, objects: int, lifetime: int) -> None:
    """Turn ranks into the objects that have them at this moment."""
    for i in range(ids.size):
        moment = np.int64(bits_at(moments, np.uint64(ids[i])) % np.uint64(lifetime))
        ids[i] += np.uint32((start + i + moment) // lifetime * objects)


@njit(nogil=True, cache=True)
def _scan(ids: U32, start: int, objects: int, between: int, length: int, scanned: int) -> None:
    """Put the scans where they belong, over the ranks that were drawn there."""
    for i in range(ids.size):
        cycle, place = divmod(start + i, between + length)
        if place >= between:
            ids[i] = objects + (cycle * length + place - between) % scanned


@njit(nogil=True, cache=True)
def _seat(law: Law, ranks: np.uint64, leaving: np.uint64, segments: int, watching: U32, segment: U32) -> None:
    """Whom the first turn finds: viewers in the middle of what they watch."""
    for viewer in range(watching.size):
        before = ~np.uint64(viewer)
        watching[viewer] = draw(law, bits_at(ranks, before))
        segment[viewer] = np.uint32(unit(bits_at(leaving, before)) * segments)


@njit(nogil=True, cache=True)
def _watch(
    law: Law,
    ranks: np.uint64,
    leaving: np.uint64,
    leaves: float,
    segments: int,
    start: int,
    watching: U32,
    segment: U32,
    ids: U32,
) -> None:
    """One request each, in turns; the position of a request decides what is drawn after it."""
    viewer = start % watching.size
    for i in range(ids.size):
        ids[i] = watching[viewer] * np.uint32(segments) + segment[viewer]
        segment[viewer] += np.uint32(1)
        position = np.uint64(start + i)
        if segment[viewer] == segments or unit(bits_at(leaving, position)) < leaves:
            watching[viewer] = draw(law, bits_at(ranks, position))
            segment[viewer] = np.uint32(0)
        viewer = viewer + 1 if viewer + 1 < watching.size else 0
