"""What the admin API is told to purge, from its JSON to the event.

Strict, because a purge that was misunderstood is a purge that was missed: exactly one scope, a value that
can match something, no field that we would skip.
"""

import re
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from eventbus.events import Purged, Scope
from origin.refusals import Refusal, RefusedError

MAX_VALUE_CHARS = 4_096

_TARGET = re.compile(r"[\x21\x22\x24-\x7e]+")
"""Visible ASCII without `#`: what a request target can be made of (RFC 9112 section 3.2)."""
_TAG = re.compile(r"[\x21-\x2b\x2d-\x7e]+")
"""Visible ASCII without a comma, which separates tags in `Cache-Tag`."""


class PurgeOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /admin/purge`."""

    url: str | None = None
    prefix: str | None = None
    tag: str | None = None
    all: bool = False
    soft: bool = False


_decoder = msgspec.json.Decoder(PurgeOrder)


def parse_purge(body: bytes) -> Purged:
    """The event that a purge order asks for; raises `RefusedError` saying what would be right."""
    try:
        order = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _bad(f"the body isn't a purge order: {error}") from None
    named = {
        Scope.URL: order.url,
        Scope.PREFIX: order.prefix,
        Scope.TAG: order.tag,
        Scope.ALL: "" if order.all else None,
    }
    given = [(scope, value) for scope, value in named.items() if value is not None]
    if len(given) != 1:
        what = " and ".join(scope for scope, _ in given) or "none"
        raise _bad(f'a purge names exactly one of "url", "prefix", "tag" and "all": true, not {what}')
    scope, value = given[0]
    _check(scope, value)
    return Purged(scope, value, order.soft)


def _check(scope: Scope, value: str) -> None:
    if len(value) > MAX_VALUE_CHARS:
        raise _bad(f'"{scope}" has {len(value)} characters; {MAX_VALUE_CHARS} is the most')
    if scope is Scope.TAG and not _TAG.fullmatch(value):
        raise _bad(f'"tag" is one tag without spaces and commas, not {value[:80]!r}')
    if scope in {Scope.URL, Scope.PREFIX} and not _is_target(value):
        raise _bad(f'"{scope}" is a path that begins with "/", or an http(s) URL, not {value[:80]!r}')


def _is_target(value: str) -> bool:
    if not _TARGET.fullmatch(value):
        return False
    if value.startswith("/"):
        return not value.startswith("//")
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _bad(message: str) -> RefusedError:
    return RefusedError(Refusal.BAD_REQUEST, message)
