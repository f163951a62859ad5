"""Interim responses on their way to a client (RFC 9110 section 15.2, RFC 8297)."""

from __future__ import annotations

from caching.headers import Headers
from caching.messages import Request, end_to_end

_CONTINUE = 100
_SWITCHING_PROTOCOLS = 101


def passed_interim(request: Request, status: int, headers: Headers) -> Headers | None:
    """The fields of an interim response as they are passed on; None for one that is not for the client.

    A 100 answers an Expect and nothing else (RFC 9110 section 10.1.1); a 101 speaks of one connection. None
    of these fields ever becomes part of the final response, or of what is stored.
    """
    if status == _SWITCHING_PROTOCOLS:
        return None
    if status == _CONTINUE and (request.headers.get("expect") or "").lower() != "100-continue":
        return None
    return end_to_end(headers)
