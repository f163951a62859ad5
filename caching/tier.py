"""What the nodes of a tier ask of each other, and what they tell each other with an answer."""

from __future__ import annotations

from caching.conditional import is_for_the_origin
from caching.entry import Entry
from caching.messages import POSITION, Request
from caching.reply import Reply

# Only what may be repeated: the origin is asked again when a peer fails.
_FOR_PEERS = ("GET", "HEAD")


def may_ask_peer(request: Request) -> bool:
    """Whether a request may go to the key's owner. A peer's goes to the origin and nowhere else.

    So does one with conditions for the origin: peers ask each other on such conditions for blocks of one
    version, and what they hold answers those.
    """
    return request.method in _FOR_PEERS and not (request.from_peer or is_for_the_origin(request.headers))


def for_peer(reply: Reply, position: int, stored: Entry | None) -> Reply:
    """A reply that tells a peer how far the event log had been applied when it was chosen.

    What was purged softly may be served stale here, but no field of it says that it is: to a peer it is
    what it was before the purge.
    """
    if stored is not None and stored.soft_purged_ms is not None:
        position = stored.position
    return reply._replace(headers=(*reply.headers, (POSITION, str(position))))
