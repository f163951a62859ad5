"""The URLs that players and edges ask for: manifests written on request, media from storage, the player page.

    /vod/{asset}/master.m3u8, /vod/{asset}/{rendition}.m3u8, /vod/{asset}/manifest.mpd
    /vod/{asset}/{version}/{rendition}/init.mp4, /vod/{asset}/{version}/{rendition}/{number}.m4s
    /player/, /player/{file}

What isn't in this grammar is no object, whatever it decodes to. Needs storage alone: no log, no database.
The server mounts these routes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

from aiohttp import web

from caching.headers import Headers
from caching.ranges import Slice
from manifests.asset import ASSET_ID, VERSION, Asset, Rendition
from manifests.classes import DEFAULT_POLICIES, ObjectClass, cache_tags
from manifests.dash import mpd
from manifests.hls import media_playlist, multivariant_playlist
from manifests.window import ON_DEMAND
from origin.face import preflight
from origin.pages import INDEX, content_etag, player_pages
from origin.refusals import Handler, Refusal, RefusedError
from origin.representation import Representation, answer
from origin.storage import LocalStorage

OBJECT_CLASS = web.RequestKey("object_class", ObjectClass)
"""Where a request keeps the class of the object that it was answered with, for the books."""

SENT_BYTES = web.RequestKey("sent_bytes", int)
"""Where it keeps how many bytes of the object were sent."""

_PIECE_BYTES = 2**20
_ASSET = f"/vod/{{asset:{ASSET_ID.pattern}}}"
_RENDITION = f"{{rendition:{ASSET_ID.pattern}}}"
_MEDIA = f"{_ASSET}/{{version:{VERSION.pattern}}}/{_RENDITION}"


class Delivery:
    """Answers for the objects in `storage`."""

    def __init__(self, storage: LocalStorage, now_ms: Callable[[], int]) -> None:
        self._storage = storage
        self._now_ms = now_ms
        self._pages = player_pages()

    def routes(self) -> list[web.RouteDef]:
        """GET, HEAD and preflights of every object."""
        handlers: dict[str, Handler] = {
            f"{_ASSET}/master.m3u8": self._multivariant,
            f"{_ASSET}/manifest.mpd": self._mpd,
            f"{_ASSET}/{_RENDITION}.m3u8": self._media_playlist,
            f"{_MEDIA}/init.mp4": self._init,
            f"{_MEDIA}/{{number:0|[1-9][0-9]{{0,8}}}}.m4s": self._segment,
            r"/player/{file:[a-z-]+\.[a-z]+|}": self._page,
        }
        gets = [web.get(path, handler) for path, handler in handlers.items()]
        return gets + [web.options(path, preflight) for path in handlers]

    async def _multivariant(self, request: web.Request) -> web.StreamResponse:
        asset = self._asset(request)
        text = multivariant_playlist(asset)
        return await _send(request, _manifest(asset, ObjectClass.MULTIVARIANT, text.encode()))

    async def _mpd(self, request: web.Request) -> web.StreamResponse:
        asset = self._asset(request)
        return await _send(request, _manifest(asset, ObjectClass.MPD, mpd(asset, ON_DEMAND, self._now_ms())))

    async def _media_playlist(self, request: web.Request) -> web.StreamResponse:
        asset = self._asset(request)
        text = media_playlist(asset, _rendition(request, asset), ON_DEMAND, self._now_ms())
        return await _send(request, _manifest(asset, ObjectClass.MEDIA_PLAYLIST, text.encode()))

    async def _init(self, request: web.Request) -> web.StreamResponse:
        asset = self._asset(request)
        rendition = _rendition(request, asset)
        found = self._media(request, asset, rendition, ObjectClass.INIT, "init.mp4", rendition.init_bytes)
        return await _send(request, found)

    async def _segment(self, request: web.Request) -> web.StreamResponse:
        asset = self._asset(request)
        rendition = _rendition(request, asset)
        index = int(request.match_info["number"]) - rendition.segments[0].number
        if not 0 <= index < len(rendition.segments):
            raise _no_object(request)
        segment = rendition.segments[index]
        found = self._media(
            request, asset, rendition, ObjectClass.SEGMENT, f"{segment.number}.m4s", segment.size_bytes
        )
        return await _send(request, found)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        page = self._pages.get(request.match_info["file"] or INDEX)
        if page is None:
            raise _no_object(request)
        return await _send(request, page)

    def _asset(self, request: web.Request) -> Asset:
        return self._storage.load(request.match_info["asset"])

    def _media(
        self,
        request: web.Request,
        asset: Asset,
        rendition: Rendition,
        object_class: ObjectClass,
        name: str,
        size_bytes: int,
    ) -> Representation:
        """The media file `name`; only the asset's present version has any."""
        path = self._storage.media_path(asset.id, request.match_info["version"], rendition.id, name)
        if path is None or request.match_info["version"] != asset.version:
            raise _no_object(request)
        etag = f'"{asset.version}-{rendition.id}-{name}"'
        return _representation(asset, object_class, etag, size_bytes, path)


def _rendition(request: web.Request, asset: Asset) -> Rendition:
    rendition = asset.rendition(request.match_info["rendition"])
    if rendition is None:
        raise _no_object(request)
    return rendition


def _manifest(asset: Asset, object_class: ObjectClass, content: bytes) -> Representation:
    return _representation(asset, object_class, content_etag(content), len(content), content)


def _representation(
    asset: Asset, object_class: ObjectClass, etag: str, size_bytes: int, content: bytes | Path
) -> Representation:
    return Representation(
        object_class=object_class,
        content_type=object_class.content_type,
        cache_control=DEFAULT_POLICIES[object_class].cache_control(),
        cache_tag=cache_tags(asset.id, object_class),
        etag=etag,
        last_modified_ms=asset.published_at_ms,
        size_bytes=size_bytes,
        content=content,
    )


def _no_object(request: web.Request) -> RefusedError:
    return RefusedError(Refusal.NOT_FOUND, f"nothing is at {request.path[:200]!r}")


async def _send(request: web.Request, found: Representation) -> web.StreamResponse:
    """Answer with the object, or the part of it that was asked for."""
    request[OBJECT_CLASS] = found.object_class
    headers = Headers((n.decode("latin-1"), v.decode("latin-1")) for n, v in request.raw_headers)
    status, fields, part = answer(headers, found)
    response = web.StreamResponse(status=status, headers=fields)
    request[SENT_BYTES] = 0
    if part is None or request.method == "HEAD":
        await response.prepare(request)
    elif isinstance(found.content, bytes):
        await response.prepare(request)
        await _write(request, response, found.content[part.offset : part.offset + part.length])
    else:
        with await asyncio.to_thread(_open, found.content, found.size_bytes, part.offset) as file:
            await response.prepare(request)
            async for piece in _pieces(file, part):
                await _write(request, response, piece)
    await response.write_eof()
    return response


async def _write(request: web.Request, response: web.StreamResponse, piece: bytes) -> None:
    await response.write(piece)
    request[SENT_BYTES] += len(piece)


def _open(path: Path, size_bytes: int, offset: int) -> BinaryIO:
    """The file, at `offset`; raises `RefusedError` when it isn't what its description says."""
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise RefusedError(Refusal.NOT_FOUND, f"{path.name} was deleted a moment ago") from None
    found_bytes = file.seek(0, 2)
    if found_bytes != size_bytes:
        file.close()
        raise RefusedError(
            Refusal.MEDIA_DAMAGED,
            f"{path.parent.name}/{path.name} has {found_bytes} bytes, and {size_bytes} were published",
        )
    file.seek(offset)
    return file


async def _pieces(file: BinaryIO, part: Slice) -> AsyncIterator[bytes]:
    """The bytes of `part`, in pieces that are read beside the event loop (uvloop has no sendfile)."""
    left = part.length
    while left:
        piece = await asyncio.to_thread(file.read, min(left, _PIECE_BYTES))
        if not piece:
            raise ConnectionAbortedError("the file became shorter while it was sent")
        left -= len(piece)
        yield piece
