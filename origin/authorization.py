"""The bearer token in front of the admin API and the bus (RFC 6750)."""

import hmac

from aiohttp import web

from origin.refusals import Handler, Refusal, RefusedError


def guarded(token: str, handler: Handler) -> Handler:
    """`handler` for those who show `token`; how long the comparison takes tells nothing about it."""
    expected = token.encode()

    async def check(request: web.Request) -> web.StreamResponse:
        scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise _unauthorized("this needs the header 'Authorization: Bearer TOKEN'", "")
        if not hmac.compare_digest(shown.strip().encode(errors="surrogateescape"), expected):
            raise _unauthorized("the token isn't this origin's", ', error="invalid_token"')
        return await handler(request)

    return check


def _unauthorized(message: str, attribute: str) -> RefusedError:
    challenge = f'Bearer realm="headwater"{attribute}'
    return RefusedError(Refusal.UNAUTHORIZED, message, {"WWW-Authenticate": challenge})
