"""Cache groups: responses of one origin that are made stale together (RFC 9875).

A response names its groups in Cache-Groups; Cache-Group-Invalidation, in the response to an unsafe method,
names those to drop. That acts on the nodes that the request went through, and goes no further: what is
dropped for its group takes no other group with it (section 2.2.1). Both fields are Lists of Strings; one that
is not is ignored.
"""

from __future__ import annotations

from functools import lru_cache

from caching.headers import Headers
from caching.invalidation import is_invalidating
from caching.messages import Request, ResponseHead
from caching.structured import Item, parse_list

# More than section 2 asks for, and few enough that no response can fill the index by itself.
MAX_GROUPS = 128
MAX_CHARACTERS = 128


def groups_of(headers: Headers) -> tuple[str, ...]:
    """The groups that a response belongs to; case matters."""
    text = headers.get("cache-groups")
    return _names(text) if text else ()


def invalidated_groups(request: Request, head: ResponseHead) -> tuple[str, ...]:
    """The groups of the request's origin to drop; none after a safe method or an error."""
    text = head.headers.get("cache-group-invalidation")
    return _names(text) if text and is_invalidating(request, head) else ()


@lru_cache(maxsize=4096)
def _names(text: str) -> tuple[str, ...]:
    """The first of them that are not too long."""
    members = parse_list(text) or ()
    names = [member.value for member in members if isinstance(member, Item) and type(member.value) is str]
    if len(names) < len(members):
        return ()
    kept = dict.fromkeys(name for name in names if len(name) <= MAX_CHARACTERS)
    return tuple(kept)[:MAX_GROUPS]
