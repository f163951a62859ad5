"""Which stored variant a request selects (RFC 9111 section 4.1).

Two requests select the same when the fields that Vary names mean the same in both. Of most fields only the
grammar of lists is known; the Accept family is understood, so that ``de, EN;q=0.5`` is ``en;q=.5,de``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from caching.fields import split_list
from caching.headers import Headers

Selection = tuple[tuple[str, str | None], ...]
"""The fields that Vary named, with the values of the request that was answered; sorted by name."""

_LANGUAGE = "accept-language"
_WEIGHTED = frozenset(("accept", "accept-charset", "accept-encoding", _LANGUAGE))
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE | re.ASCII)
_ALIASES = {"x-gzip": "gzip", "x-compress": "compress"}
_MARK = re.compile(r'\\.|[",]')


def vary_names(headers: Headers) -> tuple[str, ...]:
    """The lower-case field names that a response's Vary lists, sorted, each once."""
    text = headers.get("vary")
    return () if text is None else tuple(sorted({name.lower() for name in split_list(text)}))


def selection_of(names: tuple[str, ...], request_headers: Headers) -> Selection:
    """The values by which a request selects among variants that differ by ``names``."""
    return tuple((name, _normalised(name, request_headers.get(name))) for name in names)


def selects(selection: Selection, request_headers: Headers) -> bool:
    """Whether a request carries the same values as the one that a stored variant answered."""
    return all(_normalised(name, request_headers.get(name)) == value for name, value in selection)


def speaks(selection: Selection, response_headers: Headers, request_headers: Headers) -> bool:
    """Whether a variant is in the one language that a request prefers, and else as it selects.

    An origin that negotiates as RFC 9110 section 12.1 says would choose no other for it.
    """
    language = response_headers.get("content-language")
    if language is None or language.lower() != preferred_language(request_headers):
        return False
    return selects(tuple(pair for pair in selection if pair[0] != _LANGUAGE), request_headers)


def preferred_language(request_headers: Headers) -> str | None:
    """The language tag with the greatest weight, in lower case; None when it is a star, or not one alone."""
    weights = _weights(request_headers.get(_LANGUAGE) or "") or {}
    best = max(weights.values(), default=0)
    favourites = [what for what, weight in weights.items() if weight == best > 0]
    return favourites[0] if len(favourites) == 1 and favourites[0] != "*" else None


@lru_cache(maxsize=8192)
def _normalised(name: str, value: str | None) -> str | None:
    """The value in a form that is the same for all that mean the same (RFC 9111 section 4.1)."""
    if value is None:
        return None
    weights = _weights(value) if name in _WEIGHTED else None
    if weights is None:
        return _spaceless(value)
    ranked = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    # Begun with a blank, as no value on the wire is: what is not understood never equals what is.
    return " " + ",".join(f"{what}@{weight}" for what, weight in ranked)


def _spaceless(value: str) -> str:
    """Without the white space around list members, which does not matter; within quotes it does."""
    return ",".join(member.strip(" \t") for member in _members(value))


def _members(value: str) -> list[str]:
    """Cut at the commas outside of quotes, empty members included; nowhere after a quote left open."""
    members, quoted, start = [], False, 0
    for found in _MARK.finditer(value):
        mark = found.group()
        if mark == '"':
            quoted = not quoted
        elif mark == "," and not quoted:
            members.append(value[start : found.start()])
            start = found.end()
    return [*members, value[start:]]


def _weights(value: str) -> dict[str, int] | None:
    """What a field of the Accept family lists, with weights in thousandths (RFC 9110 section 12.4.2).

    None when it is not understood: a weight that is none, a name twice, or anything in quotes.
    """
    weights: dict[str, int] = {}
    for item in split_list(value):
        what, *params = (part.strip(" \t") for part in item.split(";"))
        weight = _WEIGHT.fullmatch(params[-1]) if params else None
        params = params[:-1] if weight else params
        name = ";".join((_ALIASES.get(what.lower(), what.lower()), *params))
        if not what or name in weights or '"' in item or any(p[:1] in ("q", "Q") for p in params):
            return None
        weights[name] = round(float(weight.group(1)) * 1000) if weight else 1000
    return weights
