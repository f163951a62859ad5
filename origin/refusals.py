"""How every no of this server looks: a status and `{"error": reason, "message": text}`.

What the media side refuses comes as `OriginError` with its own status; what the HTTP side refuses is a
`RefusedError` here; aiohttp's own and failures of the log are put into the same form. This is the one place
that translates, as a middleware around every handler.
"""

import logging
from collections.abc import Awaitable, Callable
from enum import Enum

import msgspec
from aiohttp import web

from eventbus.log import LogError
from origin.errors import OriginError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = logging.getLogger(__name__)

ANSWERED = web.RequestKey("answered", bool)
"""Where a request notes that its answer has begun."""

_NEGATIVE = "public, max-age=1"
"""What is not there may be there soon; a second of it keeps a crowd of edges away all the same."""


class Refusal(Enum):
    """Why the server refused a request: its reason and its HTTP status."""

    NOT_FOUND = ("not_found", 404)
    """No object has this URL, or its asset or version is gone."""
    METHOD_NOT_ALLOWED = ("method_not_allowed", 405)
    """The URL exists, but not for this method."""
    BAD_REQUEST = ("bad_request", 400)
    """The request isn't what this URL takes."""
    UNAUTHORIZED = ("unauthorized", 401)
    """The bearer token is missing or wrong."""
    UPLOAD_TOO_LARGE = ("upload_too_large", 413)
    """The source is larger than this origin takes."""
    UPLOAD_BROKEN = ("upload_broken", 400)
    """The source didn't arrive whole."""
    UPLOAD_STALLED = ("upload_stalled", 408)
    """The source stopped arriving."""
    PUBLICATION_UNDER_WAY = ("publication_under_way", 409)
    """Another request is publishing under this name."""
    LOG_FAILED = ("log_failed", 503)
    """The event log can't be written, so nothing that needs an event can be promised."""
    MEDIA_DAMAGED = ("media_damaged", 500)
    """A media file isn't as long as its description says."""
    INTERNAL = ("internal", 500)
    """A fault of ours; the log has the details."""

    def __init__(self, reason: str, status: int) -> None:
        self.reason = reason
        self.status = status


class RefusedError(Exception):
    """A refusal of the HTTP side; the message says what would be right."""

    def __init__(self, refusal: Refusal, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.headers = headers or {}


@web.middleware
async def refuse_in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into an answer."""
    try:
        return await handler(request)
    except RefusedError as error:
        return _refusal(error.refusal, str(error), error.headers)
    except OriginError as error:
        return error_response(error.status, error.reason, str(error))
    except LogError as error:
        _log.error("the event log failed: %s", error)
        return _refusal(Refusal.LOG_FAILED, str(error))
    except web.HTTPException as error:
        return _translated(request, error)
    except ConnectionError:
        raise  # the client is gone; there is nobody to answer
    except Exception:
        if request.get(ANSWERED):
            raise  # a second answer would end up inside the first one's body
        _log.exception("%s %s failed", request.method, request.path)
        return _refusal(Refusal.INTERNAL, "this origin has a fault; its log has the details")


def error_response(
    status: int, reason: str, message: str, headers: dict[str, str] | None = None
) -> web.Response:
    """The one form of an error body."""
    return web.Response(
        status=status,
        body=msgspec.json.encode({"error": reason, "message": message}),
        content_type="application/json",
        headers={"Cache-Control": _NEGATIVE if status in {404, 405} else "no-store", **(headers or {})},
    )


def _refusal(refusal: Refusal, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return error_response(refusal.status, refusal.reason, message, headers)


def _translated(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own refusals in our form; its redirects pass."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return _refusal(
            Refusal.METHOD_NOT_ALLOWED, f"{request.path[:200]!r} takes {allowed}", {"Allow": allowed}
        )
    if isinstance(error, web.HTTPNotFound):
        return _refusal(Refusal.NOT_FOUND, f"nothing is at {request.path[:200]!r}")
    if error.status < 400:
        raise error
    return error_response(error.status, Refusal.BAD_REQUEST.reason, error.text or error.reason)
