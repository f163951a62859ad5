"""Structured Field Values in print (RFC 9651 section 4.1); ``structured`` parses them.

What cannot be said in a field (text outside ASCII in a String, a number that is too long) is None as a whole,
so that the caller leaves the field or the parameter out.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from caching.structured import (
    KEY,
    MAX_INTEGER,
    STRING,
    TOKEN,
    BareItem,
    Date,
    DisplayString,
    Item,
    Member,
    Parameters,
    Token,
)

_THOUSANDTH = Decimal("0.001")
_MAX_DECIMAL = Decimal(10**12)


def print_item(item: Item) -> str | None:
    """An Item with its parameters (section 4.1.3)."""
    return _joined("", (print_bare(item.value), _parameters(item.parameters)))


def print_list(members: Sequence[Member]) -> str | None:
    """A List (section 4.1.1); empty text says that the field is not sent at all."""
    return _joined(", ", map(_member, members))


def print_dictionary(members: Mapping[str, Member]) -> str | None:
    """A Dictionary (section 4.1.2); empty text says that the field is not sent at all."""
    return _joined(", ", (_entry(key, member) for key, member in members.items()))


def print_bare(value: BareItem) -> str | None:
    """A value without parameters (section 4.1.3.1)."""
    match value:
        case bool():
            return "?1" if value else "?0"
        case int():
            return str(value) if abs(value) <= MAX_INTEGER else None
        case Decimal():
            return _decimal(value)
        case str():
            return print_string(value)
        case bytes():
            return f":{b64encode(value).decode()}:"
        case Token(text):
            return text if TOKEN.fullmatch(text) else None
        case Date(seconds):
            return f"@{seconds}" if abs(seconds) <= MAX_INTEGER else None
        case DisplayString(text):
            return _display_string(text)


def print_string(text: str) -> str | None:
    """A String: printable ASCII, quoted (section 4.1.6)."""
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return quoted if STRING.fullmatch(quoted) else None


def _decimal(value: Decimal) -> str | None:
    """At most three digits behind the point, and at least one (section 4.1.5)."""
    if not value.is_finite() or abs(value) >= _MAX_DECIMAL:
        return None
    rounded = value.quantize(_THOUSANDTH, ROUND_HALF_EVEN)
    if abs(rounded) >= _MAX_DECIMAL:
        return None
    whole, _, fraction = f"{rounded:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def _display_string(text: str) -> str | None:
    try:
        octets = text.encode()
    except UnicodeError:
        return None
    plain = (
        chr(octet) if 0x20 <= octet < 0x7F and octet not in b'%"' else f"%{octet:02x}" for octet in octets
    )
    return f'%"{"".join(plain)}"'


def _member(member: Member) -> str | None:
    if isinstance(member, Item):
        return print_item(member)
    inside = _joined(" ", map(print_item, member.items))
    return None if inside is None else _joined("", (f"({inside})", _parameters(member.parameters)))


def _entry(key: str, member: Member) -> str | None:
    if KEY.fullmatch(key) is None:
        return None
    if isinstance(member, Item) and member.value is True:
        return _joined("", (key, _parameters(member.parameters)))
    return _joined("=", (key, _member(member)))


def _parameters(parameters: Parameters) -> str | None:
    return _joined("", (_parameter(key, value) for key, value in parameters.items()))


def _parameter(key: str, value: BareItem) -> str | None:
    if KEY.fullmatch(key) is None:
        return None
    return f";{key}" if value is True else _joined("=", (f";{key}", print_bare(value)))


def _joined(between: str, parts: Iterable[str | None]) -> str | None:
    """The parts in one text, unless one of them cannot be printed."""
    printed = []
    for part in parts:
        if part is None:
            return None
        printed.append(part)
    return between.join(printed)
