"""The heads of requests and responses, as plain facts. Bodies never enter this package."""

from __future__ import annotations

from typing import NamedTuple

from caching.headers import Headers

# RFC 9110 section 7.6.1, and the fields which speak of one connection only.
HOP_BY_HOP = frozenset(
    (
        "connection",
        "headwater-peer",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)

# Fields by which a request names another method or target than its first line does.
OVERRIDES = frozenset(
    ("x-http-method", "x-http-method-override", "x-method-override", "x-original-url", "x-rewrite-url")
)

# And those by which it names another site, or another way by which it came, than its key does.
OTHER_SITES = frozenset(
    (
        "forwarded",
        "front-end-https",
        "x-forwarded-host",
        "x-forwarded-path",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-proto",
        "x-forwarded-protocol",
        "x-forwarded-scheme",
        "x-forwarded-server",
        "x-forwarded-ssl",
        "x-host",
        "x-original-host",
        "x-url-scheme",
    )
)

# Between nodes of a tier: the newest event that a node had applied when it chose its response.
POSITION = "headwater-position"

# And what proves that a request comes from one of them.
PEER = "headwater-peer"


class Request(NamedTuple):
    """The head of a request, with the site that it is for already resolved.

    ``target`` is path and query byte for byte as the client sent them; ``scheme`` and ``authority`` name
    the site whose content is asked for, which need not be the Host that the client wrote.
    """

    method: str
    scheme: str
    authority: str
    target: str
    headers: Headers
    from_peer: bool = False
    """Asked by another node of the tier, which has clients and windows of staleness of its own."""
    client: str = ""
    """The address from which it came; empty when nobody waits for it."""


class ResponseHead(NamedTuple):
    """The head of an upstream's final response.

    ``position`` is the newest event that the upstream cache had applied when it chose this response, or
    None when it came from the origin, which is never behind.
    """

    status: int
    headers: Headers
    position: int | None = None


def end_to_end(headers: Headers) -> Headers:
    """The fields that a proxy forwards: without hop-by-hop fields and those named by Connection."""
    connection = headers.get("connection")
    if connection is None:
        return headers.without(HOP_BY_HOP)
    return headers.without(HOP_BY_HOP.union([name.strip() for name in connection.lower().split(",")]))
