"""Structured Field Values: what is parsed, and the strict parser of RFC 9651 section 4.2.

A field that breaks the grammar anywhere is invalid as a whole: None. Nothing here raises on what a peer sent.
Several lines of one field are one value, joined by commas, before they come here. ``structured_print`` goes
the other way.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeVar


@dataclass(frozen=True, slots=True)
class Token:
    """A short word (section 3.3.4). A String is a ``str``; the two are different values."""

    text: str


@dataclass(frozen=True, slots=True)
class Date:
    """Seconds since the epoch (section 3.3.7)."""

    seconds: int


@dataclass(frozen=True, slots=True)
class DisplayString:
    """Unicode text for people (section 3.3.8)."""

    text: str


BareItem = bool | int | Decimal | str | bytes | Token | Date | DisplayString
"""Boolean, Integer, Decimal, String, Byte Sequence, Token, Date, Display String (section 3.3)."""

Parameters = dict[str, BareItem]


class Item(NamedTuple):
    """A value with its parameters (section 3.3)."""

    value: BareItem
    parameters: Parameters


class InnerList(NamedTuple):
    """Items in parentheses, with parameters of the whole (section 3.1.1)."""

    items: tuple[Item, ...]
    parameters: Parameters


Member = Item | InnerList
List = list[Member]
Dictionary = dict[str, Member]

MAX_INTEGER = 999_999_999_999_999
"""Fifteen digits (section 3.3.1)."""

KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*")
STRING = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_NUMBER = re.compile(r"-?([0-9]+)(\.([0-9]*))?")
_BYTES = re.compile(r":([A-Za-z0-9+/]*)(={0,2}):")
_BOOLEAN = re.compile(r"\?([01])")
_DATE = re.compile(r"@(-?[0-9]{1,15})(?![0-9.])")
_DISPLAY = re.compile(r'%"((?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*)"')
_ESCAPED = re.compile(r"%([0-9a-f]{2})")

_T = TypeVar("_T")


class _InvalidError(Exception):
    """The text is not what the grammar allows; never leaves this module."""


def parse_item(text: str) -> Item | None:
    """An Item field, or None (section 4.2.3)."""
    return _parse(text, lambda reader: reader.read_item())


def parse_list(text: str) -> List | None:
    """A List field, or None; empty text is a list of nothing (section 4.2.1)."""
    return _parse(text, lambda reader: reader.read_list())


def parse_dictionary(text: str) -> Dictionary | None:
    """A Dictionary field, or None; of a key that recurs the last value counts (section 4.2.2)."""
    return _parse(text, lambda reader: reader.read_dictionary())


def _parse(text: str, read: Callable[[_Reader], _T]) -> _T | None:
    reader = _Reader(text.strip(" "))
    try:
        value = read(reader)
    except _InvalidError:
        return None
    return value if reader.at_end else None


class _Reader:
    """Takes one thing after the other from the front of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at == len(self._text)

    def read_list(self) -> List:
        members: List = []
        while not self.at_end:
            members.append(self._member())
            self._comma()
        return members

    def read_dictionary(self) -> Dictionary:
        members: Dictionary = {}
        while not self.at_end:
            key = self.take(KEY).group()
            members[key] = self._member() if self._skip("=") else Item(True, self._parameters())
            self._comma()
        return members

    def read_item(self) -> Item:
        return Item(self._bare(), self._parameters())

    def _member(self) -> Member:
        return self._inner_list() if self._skip("(") else self.read_item()

    def _inner_list(self) -> InnerList:
        items: list[Item] = []
        while True:
            self._blanks(" ")
            if self._skip(")"):
                return InnerList(tuple(items), self._parameters())
            items.append(self.read_item())
            if self._next() not in (" ", ")"):
                raise _InvalidError

    def _parameters(self) -> Parameters:
        parameters: Parameters = {}
        while self._skip(";"):
            self._blanks(" ")
            key = self.take(KEY).group()
            parameters[key] = self._bare() if self._skip("=") else True
        return parameters

    def _comma(self) -> None:
        """Between two members; none may stand at the end."""
        self._blanks(" \t")
        if self.at_end:
            return
        if not self._skip(","):
            raise _InvalidError
        self._blanks(" \t")
        if self.at_end:
            raise _InvalidError

    def _bare(self) -> BareItem:
        first = self._next()
        read = _READ.get(first) or (_token if first.isascii() and first.isalpha() else _number)
        return read(self)

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, mark: str) -> bool:
        found = self._next() == mark
        self._at += found
        return found

    def _blanks(self, blanks: str) -> None:
        while not self.at_end and self._next() in blanks:
            self._at += 1

    def take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise _InvalidError
        self._at = found.end()
        return found


def _number(reader: _Reader) -> int | Decimal:
    found = reader.take(_NUMBER)
    whole, point, fraction = found.groups()
    if point is None:
        if len(whole) > 15:
            raise _InvalidError
        return int(found.group())
    if len(whole) > 12 or not 1 <= len(fraction) <= 3:
        raise _InvalidError
    return Decimal(found.group())


def _string(reader: _Reader) -> str:
    return re.sub(r"\\(.)", r"\1", reader.take(STRING).group(1))


def _token(reader: _Reader) -> Token:
    return Token(reader.take(TOKEN).group())


def _byte_sequence(reader: _Reader) -> bytes:
    """Padding may be left out (section 4.2.7)."""
    digits, _ = reader.take(_BYTES).groups()
    if len(digits) % 4 == 1:
        raise _InvalidError
    return b64decode(digits + "=" * (-len(digits) % 4))


def _boolean(reader: _Reader) -> bool:
    return reader.take(_BOOLEAN).group(1) == "1"


def _date(reader: _Reader) -> Date:
    return Date(int(reader.take(_DATE).group(1)))


def _display_string(reader: _Reader) -> DisplayString:
    escaped = reader.take(_DISPLAY).group(1)
    octets = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), escaped).encode("latin-1")
    try:
        return DisplayString(octets.decode())
    except UnicodeError:
        raise _InvalidError from None


_READ: dict[str, Callable[[_Reader], BareItem]] = {
    '"': _string,
    "*": _token,
    ":": _byte_sequence,
    "?": _boolean,
    "@": _date,
    "%": _display_string,
}
"""The kind of an item by its first character; a letter begins a Token, all else must be a number."""
