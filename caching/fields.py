"""Values of single header fields: dates, seconds, directives, lists, entity tags.

No function here raises on what a peer sent: a value that cannot be understood is None (or absent), and the
rule that asked decides what that means. Callers are the rules of this package and the origin's delivery.
"""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBER = {name.lower(): number for number, name in enumerate(_MONTHS, 1)}

# RFC 9110 section 5.6.7: IMF-fixdate, and the two obsolete forms that a recipient must accept. In ASCII
# alone: Unicode has other digits, and letters whose other case is a letter of a month.
_AS_SENT = re.IGNORECASE | re.ASCII
_IMF = re.compile(r"[a-z]{3}, (\d{2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) gmt", _AS_SENT)
_RFC850 = re.compile(r"[a-z]{6,9}, (\d{2})-([a-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) gmt", _AS_SENT)
_ASCTIME = re.compile(r"[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})", _AS_SENT)

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_DIRECTIVE = re.compile(rf'\s*({_TOKEN})(?:=(?:"((?:[^"\\]|\\.)*)"|([^,;"\s]*)))?\s*(?=,|$)')
_LEADING_TOKEN = re.compile(_TOKEN)
MAY_NAME_FIELDS = frozenset(("no-cache", "private"))
"""Directives which may be about some fields only (RFC 9111 section 5.2.2)."""
# Without an argument a lifetime is none: what says ``max-age=1;`` must not become heuristically fresh.
_RESTRICTIVE = frozenset(
    ("max-age", "must-revalidate", "no-cache", "no-store", "private", "proxy-revalidate", "s-maxage")
)
_ENTITY_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_NEXT_LIST_ITEM = re.compile(r"(?:[^,\"]|\"(?:[^\"\\]|\\.)*\"?)*,?")

# RFC 9111 section 1.2.2: a delta that overflows counts as the greatest one that can be kept, or 2^31.
MAX_DELTA_S = 2**31

# 9999-12-31 23:59:59, the last that an HTTP-date can say; a leap second behind it may be sent all the same.
_LAST_SECOND = 253402300799


def _timestamp_ms(year: int, month: str, day: int, hour: int, minute: int, second: int) -> int | None:
    number = _MONTH_NUMBER.get(month.lower())
    if number is None or hour > 23 or minute > 59 or second > 60:
        return None
    try:
        datetime(year, number, day, tzinfo=UTC)
    except ValueError:
        return None
    return min(timegm((year, number, day, hour, minute, second)), _LAST_SECOND) * 1000


@lru_cache(maxsize=4096)
def parse_http_date(text: str) -> int | None:
    """Milliseconds since the epoch of an HTTP-date in any of its three forms, or None (RFC 9110 5.6.7)."""
    if found := _IMF.fullmatch(text):
        day, month, year, hour, minute, second = found.groups()
        return _timestamp_ms(int(year), month, int(day), int(hour), int(minute), int(second))
    if found := _RFC850.fullmatch(text):
        day, month, year, hour, minute, second = found.groups()
        # Two digits: 70 to 99 are the last century, so that the form keeps the meaning it was written with.
        century = 1900 if int(year) >= 70 else 2000
        return _timestamp_ms(century + int(year), month, int(day), int(hour), int(minute), int(second))
    if found := _ASCTIME.fullmatch(text):
        month, day, hour, minute, second, year = found.groups()
        return _timestamp_ms(int(year), month, int(day), int(hour), int(minute), int(second))
    return None


@lru_cache(maxsize=4096)
def _format_second(second: int) -> str:
    at = datetime.fromtimestamp(second, UTC)
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
    return f"{day}, {at.day:02d} {month} {at.year:04d} {at.hour:02d}:{at.minute:02d}:{at.second:02d} GMT"


def format_http_date(at_ms: int) -> str:
    """The IMF-fixdate of a time in milliseconds since the epoch, rounded down (RFC 9110 section 5.6.7)."""
    return _format_second(at_ms // 1000)


def parse_delta_s(text: str | None) -> int | None:
    """Non-negative whole seconds, capped at 2^31; None when it is anything else (RFC 9111 section 1.2.2)."""
    if text is None or not text.isascii() or not text.isdigit():
        return None
    return MAX_DELTA_S if len(text) > 10 else min(int(text), MAX_DELTA_S)


@lru_cache(maxsize=4096)
def _directives(text: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for item in split_list(text):
        name, value = _directive(item)
        if name in found and name in MAY_NAME_FIELDS:
            before = found[name]
            found[name] = None if before is None or value is None else f"{before},{value}"
        elif name:
            found.setdefault(name, value)
    return found


def _directive(item: str) -> tuple[str, str | None]:
    """Name and argument; of an item that is no directive, the name without its argument if that restricts."""
    if match := _DIRECTIVE.fullmatch(item):
        name, quoted, bare = match.groups()
        return name.lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare
    name = _LEADING_TOKEN.match(item)
    return (name.group().lower(), None) if name and name.group().lower() in _RESTRICTIVE else ("", None)


def parse_directives(text: str | None) -> dict[str, str | None]:
    """The directives of Cache-Control, lower-case name to argument (None without one).

    The first of several with one name wins (RFC 9111 section 4.2.1), except that fields named by several
    ``no-cache`` or ``private`` add up, and one that names none is about the whole response. An item that is
    malformed still forbids what its name forbids, and allows nothing. The dictionary is shared: do not
    change it.
    """
    return _directives(text) if text else {}


def parse_age_s(values: list[str]) -> int | None:
    """The Age of a response from its field lines, in seconds; None for one to ignore (RFC 9111 section 5.1).

    Of a list the first member counts. Parameters are passed over, as on every Item; anything else that is no
    whole number is as good as absent.
    """
    first = values[0].partition(",")[0].partition(";")[0] if values else ""
    return parse_delta_s(first.strip(" \t"))


def split_list(text: str) -> list[str]:
    """The items of a comma-separated list, quoted strings whole, empty ones left out (RFC 9110 5.6.1)."""
    # A quote that is never closed takes the commas behind it along.
    items = (match.strip(" \t,") for match in _NEXT_LIST_ITEM.findall(text))
    return [item for item in items if item]


def parse_entity_tags(text: str) -> list[str]:
    """The entity tags of If-None-Match or If-Match as written, W/ included; ``*`` stays ``*``."""
    if text.strip() == "*":
        return ["*"]
    return [found.group(0) for found in _ENTITY_TAG.finditer(text)]


def weakly_equal(one: str, other: str) -> bool:
    """Weak comparison of two entity tags (RFC 9110 section 8.8.3.2)."""
    return one.removeprefix("W/") == other.removeprefix("W/")


def strongly_equal(one: str, other: str) -> bool:
    """Strong comparison of two entity tags: a weak tag equals none (RFC 9110 section 8.8.3.2)."""
    return one == other and not one.startswith("W/")
