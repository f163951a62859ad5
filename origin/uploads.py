"""Receiving a source over HTTP into a file, piece by piece and not one byte over the limit."""

import asyncio
from pathlib import Path

from aiohttp import web

from origin.refusals import Refusal, RefusedError

_PIECE_BYTES = 2**20


async def receive(request: web.Request, target: Path, max_bytes: int, idle_ms: int) -> int:
    """Write the request's body to `target`; its size in bytes. Between two pieces it waits `idle_ms` at most.

    Raises `RefusedError` for a body that is too large, malformed or stalls, and `ConnectionError` when the
    client is gone. The file is the caller's to remove.
    """
    if (request.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    received_bytes = 0
    try:
        with target.open("wb") as file:
            while piece := await _next_piece(request, idle_ms):
                received_bytes += len(piece)
                if received_bytes > max_bytes:
                    raise _too_large(max_bytes)
                await asyncio.to_thread(file.write, piece)
    except web.RequestPayloadError as error:
        broken = f"the source broke off after {received_bytes} bytes: {error}"
        raise RefusedError(Refusal.UPLOAD_BROKEN, broken) from None
    return received_bytes


async def _next_piece(request: web.Request, idle_ms: int) -> bytes:
    """The next bytes; none at the end. aiohttp falls silent here when a chunk of the body is malformed."""
    try:
        async with asyncio.timeout(idle_ms / 1_000):
            return await request.content.read(_PIECE_BYTES)
    except TimeoutError:
        raise RefusedError(Refusal.UPLOAD_STALLED, f"nothing more came for {idle_ms} ms") from None


def _too_large(max_bytes: int) -> RefusedError:
    return RefusedError(Refusal.UPLOAD_TOO_LARGE, f"a source may have {max_bytes} bytes on this origin")
