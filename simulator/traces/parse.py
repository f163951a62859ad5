"""Lines of delimited text into columns, compiled: what the reader of CSV stands on.

Fields may be quoted (RFC 4180) but not go on over several lines. White space round a field is not part of
it. An object's name becomes 64 bits of FNV-1a, mixed: two of a hundred million objects are taken for one with
a probability of 0.03 %.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.kernels.compiled import compiled
from simulator.splitmix import mixed
from simulator.traces.requests import I64, U64

Text = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float64]

NEWLINE: Final = np.uint8(ord("\n"))
QUOTE: Final = np.uint8(ord('"'))
_OFFSET = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)


def separators(text: Text, delimiter: int) -> I64:
    """Where fields end: at a delimiter or newline that isn't quoted."""
    found = np.flatnonzero((text == delimiter) | (text == NEWLINE))
    if not (text == QUOTE).any():
        return found
    outside = np.empty(len(found), np.bool_)
    _find_unquoted(text, found, outside)
    return found[outside]


@compiled
def _find_unquoted(text: Text, found: I64, outside: npt.NDArray[np.bool_]) -> None:
    """A quote left open on a line is closed by the newline."""
    at, quoted = 0, False
    for k in range(len(found)):
        while at < found[k]:
            quoted ^= text[at] == QUOTE
            at += 1
        quoted &= text[at] != NEWLINE
        outside[k] = not quoted


@compiled
def find_fields(text: Text, ends: I64, places: I64, bounds: I64) -> tuple[int, int]:
    """Find where fields begin and end: ``bounds[n, k]`` of record n for the place ``places[k]``, from 0.

    ``ends`` are the separators; blank lines are passed over. Returns the records done and where it ended,
    which is before a line that lacks one of the places, or at the end of the text.
    """
    count, last, begin, line, place = 0, 0, 0, 0, 0
    for k in range(places.size):
        last = max(last, places[k])
    for n in range(len(ends)):
        end = ends[n]
        for k in range(places.size):
            if places[k] == place:
                _trim(text, begin, end, bounds, count, k)
        place += 1
        begin = end + 1
        if text[end] == NEWLINE:
            if place > last:
                count += 1
            elif not _blank(text, line, end):
                return count, line
            line, place = begin, 0
    return count, begin


@compiled
def _blank(text: Text, at: int, end: int) -> bool:
    while at < end and text[at] <= 32:
        at += 1
    return at == end


@compiled
def _trim(text: Text, at: int, end: int, bounds: I64, n: int, k: int) -> None:
    """Leave out white space at both ends, and the quotes within it."""
    while at < end and text[at] <= 32:
        at += 1
    while at < end and text[end - 1] <= 32:
        end -= 1
    if end - at >= 2 and text[at] == QUOTE and text[end - 1] == QUOTE:
        at, end = at + 1, end - 1
    bounds[n, k, 0], bounds[n, k, 1] = at, end


@compiled
def hashes(text: Text, bounds: I64, out: U64) -> None:
    """64 bits for each field."""
    for n in range(len(out)):
        state = _OFFSET
        for i in range(bounds[n, 0], bounds[n, 1]):
            state = (state ^ np.uint64(text[i])) * _PRIME
        out[n] = mixed(state)


@compiled
def decimals(text: Text, bounds: I64, out: Reals) -> None:
    """The number that each field is, NaN when it is none; digits, a point and a minus are known."""
    for n in range(len(out)):
        at, end = bounds[n, 0], bounds[n, 1]
        negative = at < end and text[at] == ord("-")
        at += negative
        value, unit, scale, digits = 0.0, 1.0, 1.0, 0
        for i in range(at, end):
            digit = np.int64(text[i]) - 48
            if 0 <= digit <= 9:
                value = value * 10.0 + digit
                unit *= scale
                digits += 1
            elif text[i] == ord(".") and scale == 1.0:
                scale = 10.0
            else:
                value = math.nan
        if unit > 1.0:
            value /= unit
        out[n] = (-value if negative else value) if 0 < digits < 300 else math.nan
