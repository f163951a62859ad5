"""Inputs for the parsers: mutated from a corpus that knows their grammar, and now and then plain noise.

Seeded, so that a failure is found again by its seed. No coverage is measured: the parsers are small enough
for their grammar to lead to every branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random

# What parsers stumble over: delimiters, quotes, white space of all kinds, controls, digits that are not
# ASCII, letters whose lower case is longer, the surrogates by which Python carries bytes that are no UTF-8.
ODD = (
    *" \t,;=:\"'\\()*?/%&#@-_.+~!|^`<>[]{}\r\n\x00\x0b\x0c\x1c\x7f",
    "\x80",
    "\xa0",
    "\xff",
    "²",
    "٣",
    "İ",
    "ß",
    "\u2028",
    "\ufeff",
    "\U0001f3a5",
    "\udc80",
    "\udcff",
)
NUMBERS = (
    "0",
    "1",
    "00",
    "-1",
    "+1",
    "1.0",
    "9" * 10,
    "2147483648",
    "9" * 19,
    "9" * 20,
    "9" * 5000,
    "1_0",
    "1e9",
)
_DIGITS = re.compile(r"[0-9]+")
LONGEST = 400
"""Inputs are cut here, some long numbers apart: what is long is only more of what is short."""


class Inputs:
    """An endless row of texts. ``corpus`` has whole values, ``words`` the pieces that their grammar knows."""

    def __init__(self, corpus: Sequence[str], words: Sequence[str], seed: int) -> None:
        self._corpus = corpus
        self._pieces = (*words, *words, *NUMBERS, *ODD, *ODD)
        self._random = Random(seed)

    def __iter__(self) -> Iterator[str]:
        random, corpus = self._random.random, self._corpus
        size = len(corpus)
        while True:
            chance = random()
            if chance < 0.0005:  # a parser whose time grows faster than its input shows itself here
                yield (corpus[int(random() * size)] + self._piece()) * 500
            elif chance < 0.03:
                yield self._noise()
            elif chance < 0.1:
                yield self._sentence()
            else:
                text = corpus[int(random() * size)]
                for _ in range(1 + int(random() ** 3 * 6)):
                    text = self._mutated(text)
                yield text

    def _noise(self) -> str:
        """Random bytes, as a server that reads headers as UTF-8 would hand them on."""
        return self._random.randbytes(int(self._random.random() * 40)).decode("utf-8", "surrogateescape")

    def _sentence(self) -> str:
        """Words of the grammar in any order."""
        return "".join(self._piece() for _ in range(int(self._random.random() * 8)))

    def _piece(self) -> str:
        return self._pieces[int(self._random.random() * len(self._pieces))]

    def _number(self, digits: re.Match[str]) -> str:
        """Another number with as many digits, of any there may be: what is counted stays well-formed."""
        length = len(digits[0])
        return str(int(self._random.random() * 10**length)).zfill(length) if length < 16 else digits[0]

    def _mutated(self, text: str) -> str:
        random = self._random.random
        at = int(random() * (len(text) + 1))
        chance = random()
        if chance < 0.35:
            return text[:at] + self._piece() + text[at:] if len(text) < LONGEST else text[:at]
        to = at + 1 + int(random() * random() * 8)
        if chance < 0.55:
            return text[:at] + text[to:]
        if chance < 0.75:
            return text[:at] + self._piece() + text[to:]
        if chance < 0.85:
            return text[:to] + text[at:] if len(text) < LONGEST else text[:at]
        if chance < 0.9:
            return _DIGITS.sub(self._number, text)
        if chance < 0.97:
            other = self._corpus[int(random() * len(self._corpus))]
            return text[:at] + other[int(random() * (len(other) + 1)) :]
        return text.swapcase()
