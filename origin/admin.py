"""The admin API: publish, list, delete, purge; behind the bearer token.

Storage changes first and its events follow, in one request; the answer comes when every edge has applied
them or is surely fenced. A crash in between is mended at the next start (`reconcile`). The server mounts
these routes.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from eventbus.events import AssetPublished
from eventbus.hub import Hub
from eventbus.roster import Receipt
from manifests.asset import Asset
from origin.authorization import guarded
from origin.books import Books
from origin.orders import parse_purge
from origin.publications import Publications, Stage
from origin.publish import publish
from origin.reconcile import deletion_events
from origin.settings import OriginSettings
from origin.storage import LocalStorage
from origin.uploads import receive

_ID = "/admin/assets/{id}"


class Admin:
    """The control plane of one origin."""

    def __init__(
        self,
        settings: OriginSettings,
        storage: LocalStorage,
        hub: Hub,
        books: Books,
        now_ms: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._hub = hub
        self._books = books
        self._now_ms = now_ms
        self._publications = Publications()

    def routes(self) -> list[web.RouteDef]:
        """Every route of the API, each guarded."""
        token = self._settings.token
        return [
            web.get("/admin/assets", guarded(token, self._list)),
            web.put(_ID, guarded(token, self._put)),
            web.delete(_ID, guarded(token, self._delete)),
            web.get(f"{_ID}/progress", guarded(token, self._progress)),
            web.post("/admin/purge", guarded(token, self._purge)),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        listing = self._storage.list()
        assets = [summary(asset) for asset in listing.assets]
        return web.json_response({"assets": assets, "broken": [str(error) for error in listing.broken]})

    async def _put(self, request: web.Request) -> web.Response:
        asset_id = request.match_info["id"]
        self._storage.require_free(asset_id)
        with self._publications.begin(asset_id) as publication, self._storage.staging() as folder:
            source = folder / "source"
            await receive(request, source, self._settings.max_upload_bytes, self._settings.upload_idle_ms)
            asset = await publish(
                self._storage,
                source,
                asset_id,
                title=request.query.get("title", ""),
                settings=self._settings.publish,
                now_ms=self._now_ms,
                on_progress=publication.encoded,
            )
            record = await self._hub.publish(AssetPublished(asset.id, asset.version))
        headers = {"Location": f"/vod/{asset.id}/master.m3u8"}
        return web.json_response({**summary(asset), "position": record.position}, status=201, headers=headers)

    async def _progress(self, request: web.Request) -> web.Response:
        asset_id = request.match_info["id"]
        publication = self._publications.find(asset_id)
        if publication is None:
            self._storage.load(asset_id)
            return web.json_response({"id": asset_id, "stage": Stage.PUBLISHED, "progress": 1.0})
        return web.json_response(
            {"id": asset_id, "stage": publication.stage, "progress": round(publication.progress, 4)}
        )

    async def _delete(self, request: web.Request) -> web.Response:
        asset_id = request.match_info["id"]
        self._publications.require_idle(asset_id)
        await asyncio.to_thread(self._storage.delete, asset_id)
        for event in deletion_events(asset_id):
            record = await self._hub.publish(event)
        return web.json_response({"id": asset_id, **await self._held(record.position)})

    async def _purge(self, request: web.Request) -> web.Response:
        event = parse_purge(await request.read())
        record = await self._hub.publish(event)
        return web.json_response(await self._held(record.position))

    async def _held(self, position: int) -> dict[str, Any]:
        """Wait until the record holds everywhere; how it came to."""
        receipts = await self._hub.confirmed(position)
        self._books.purged(receipts)
        return {"position": position, "edges": [_receipt(receipt) for receipt in receipts]}


def summary(asset: Asset) -> dict[str, Any]:
    """An asset as the API tells it."""
    return {
        "id": asset.id,
        "version": asset.version,
        "title": asset.title,
        "published_at_ms": asset.published_at_ms,
        "duration_ms": asset.duration_ms,
        "source_bytes": asset.source_bytes,
        "media_bytes": asset.media_bytes,
        "hls": f"/vod/{asset.id}/master.m3u8",
        "dash": f"/vod/{asset.id}/manifest.mpd",
        "renditions": [
            {
                "id": rendition.id,
                "kind": rendition.kind,
                "codecs": rendition.codecs,
                "width": rendition.width,
                "height": rendition.height,
                "average_bps": rendition.average_bps,
                "peak_bps": rendition.peak_bps,
                "segments": len(rendition.segments),
            }
            for rendition in asset.renditions
        ],
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {"name": receipt.name, "state": receipt.state, "after_ms": receipt.after_ms}
