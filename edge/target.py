"""Which site and which path a request is for, from its request line and Host (RFC 9112 section 3.2).

What comes out goes into the cache key and, byte for byte, to upstream. So nothing ambiguous may pass: a
Host with a slash in it would name another site's object.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from edge.settings import AUTHORITY, EdgeSettings

_FULL_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)", re.DOTALL)
_AUTHORITY = re.compile(AUTHORITY)


class Aim(NamedTuple):
    """Scheme and authority of the site; ``target`` is path and query as the client wrote them."""

    scheme: str
    authority: str
    target: str


class Aimless(Enum):
    """Why a request is for nothing that could be cached or fetched, with the status that says so."""

    TUNNEL = (501, "tunnel", "CONNECT asks for a tunnel, and this is a cache: send GET or HEAD")
    """The method is CONNECT."""
    NO_PATH = (400, "no-path", "the request target must be a path, such as /vod/a/master.m3u8, or a full URL")
    """The target is ``*``, or nothing that has a path."""
    BAD_HOST = (400, "bad-host", "Host must be a host name or address, with or without a port")
    """Host or a full URL names what is no authority, or nothing where the site is the client's to name."""

    def __init__(self, status: int, error: str, message: str) -> None:
        self.status = status
        self.error = error
        self.message = message


def full_url(text: str) -> Aim | None:
    """A URL taken apart and never decoded; None for what has no scheme and authority. Never raises."""
    found = _FULL_URL.fullmatch(text)
    if found is None:
        return None
    scheme, authority, target = found.groups()
    return Aim(scheme, authority, target if target.startswith("/") else f"/{target}")


def aim_of(method: str, target: str, host: str | None, scheme: str, settings: EdgeSettings) -> Aim | Aimless:
    """Resolve a request line; ``host`` is the Host field, ``scheme`` that of the connection.

    A full URL in the request line takes the place of Host (RFC 9112 section 3.2.2), which must be one all the
    same where it is not empty (section 3.2).
    """
    if method == "CONNECT":
        return Aimless.TUNNEL
    if host and not _AUTHORITY.fullmatch(host):
        return Aimless.BAD_HOST
    if absolute := full_url(target):
        named, host, target = absolute
        if named.lower() not in ("http", "https"):
            return Aimless.NO_PATH
        if not _AUTHORITY.fullmatch(host):
            return Aimless.BAD_HOST
    if not target.startswith("/"):
        return Aimless.NO_PATH
    if not settings.preserve_host or host is None:
        return Aim(*settings.origin_site, target)
    return Aim(scheme, host, target) if host else Aimless.BAD_HOST
