"""Errors that one request has brought upon itself, and that nobody else may be given.

Whoever can make the origin refuse his own request, by something that is not in the key, could have that
cached for all (cache-poisoned denial of service). What is in the key, everybody has who asks for it: an
error about that is everybody's, and may be stored (a 414 about a long path, RFC 9110 section 15.5.15).
"""

from __future__ import annotations

from caching.messages import OVERRIDES, Request
from caching.settings import CacheSettings

# What an origin, or a wall before it, says of a request's form rather than of what it asks for.
_ABOUT_THE_REQUEST = frozenset((400, 401, 403, 405, 411, 413, 414, 417, 431, 501))


def is_to_blame(request: Request, status: int, settings: CacheSettings) -> bool:
    """Whether something that is not in the key may have caused an error.

    That is a header section larger than any that an ordinary origin refuses, a field that names another
    method or target (where the operator lets them through), or parameters that are left out of the key.
    """
    if status not in _ABOUT_THE_REQUEST:
        return False
    large = sum(len(name) + len(value) for name, value in request.headers) > settings.blameless_head_bytes
    return large or _has_unkeyed(request, settings)


def _has_unkeyed(request: Request, settings: CacheSettings) -> bool:
    query = request.target.partition("?")[2]
    unkeyed = any(item.partition("=")[0] in settings.ignored_params for item in query.split("&"))
    return unkeyed or any(name in OVERRIDES - settings.dropped_fields for name, _ in request.headers)
