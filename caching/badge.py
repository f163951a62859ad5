"""What proves that a request comes from another node of the tier.

CDN-Loop says where a request has been, but anyone may write a member's name into it. A badge is the name
with a keyed digest of it, which only a holder of the tier's secret can make (RFC 2104). It is a
field of the connection between two nodes: never forwarded, and taken from no one without the secret. Who
listens on that connection could repeat it, as he could the bus's own token.
"""

from __future__ import annotations

import hmac
from functools import lru_cache

from caching.headers import Headers, Pair
from caching.messages import PEER


class Badge:
    """One node's own, and its judgement of others'. Without a secret nobody can prove anything."""

    def __init__(self, node_name: str, secret: str) -> None:
        self._secret = secret
        self.field: Pair | None = (PEER, _badge_of(node_name, secret)) if secret else None
        """What this node adds to a request to a peer."""

    def proves(self, headers: Headers) -> bool:
        """Whether a request carries the badge of a member."""
        shown = headers.get(PEER)
        if shown is None or not self._secret:
            return False
        expected = _badge_of(shown.partition("=")[0], self._secret)
        return hmac.compare_digest(shown.encode("latin-1"), expected.encode("latin-1"))


@lru_cache(maxsize=1024)
def _badge_of(name: str, secret: str) -> str:
    told = f"headwater peer {name}".encode("latin-1")
    return f"{name}={hmac.digest(secret.encode(), told, 'sha256').hex()}"
