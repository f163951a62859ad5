"""Dice that fall as position and seed say: SplitMix64, so that the compiled form rolls the same.

Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
"""

from __future__ import annotations

from typing import Final

_WORD: Final = (1 << 64) - 1
_GAMMA: Final = 0x9E3779B97F4A7C15


def unit_at(seed: int, position: int) -> float:
    """A number from 0 up to, and without, 1: the one at a position of a seed's stream."""
    value = seed + position * _GAMMA & _WORD
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    value = (value ^ value >> 27) * 0x94D049BB133111EB & _WORD
    return ((value ^ value >> 31) >> 11) / (1 << 53)
