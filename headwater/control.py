"""The client of the origin's admin API, and of what nodes say of themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from manifests.asset import ASSET_ID

_PIECE_BYTES = 1024 * 1024
_POLL_S = 0.2

OnProgress = Callable[[float], None]


class ControlError(Exception):
    """The origin said no, or could not be asked; the text is for the person at the command line."""


@dataclass(frozen=True, slots=True)
class Control:
    """The admin API of one origin."""

    origin_url: str
    token: str

    async def publish(
        self, file: Path, asset_id: str, on_progress: OnProgress | None = None
    ) -> dict[str, Any]:
        """Upload a file and have it encoded; the asset's summary. Raises ControlError."""
        if not file.is_file():
            raise ControlError(f"{file}: there is no such file")
        if not ASSET_ID.fullmatch(asset_id):
            # Said here, since a URL with such a name in it would ask for something else.
            raise ControlError(f"id {asset_id!r}: 1 to 64 letters, digits, '-' and '_' can name an asset")
        watching = asyncio.create_task(self._watch(asset_id, on_progress)) if on_progress else None
        try:
            result = await self._call("PUT", f"/admin/assets/{asset_id}", data=_pieces(file))
        finally:
            if watching is not None:
                watching.cancel()
        if on_progress is not None:
            on_progress(1.0)
        return dict(result)

    async def _watch(self, asset_id: str, on_progress: OnProgress) -> None:
        """Tell how far the encoding of an asset is, until cancelled."""
        while True:
            await asyncio.sleep(_POLL_S)
            try:
                said = await self._call("GET", f"/admin/assets/{asset_id}/progress")
            except ControlError:
                continue  # not begun yet
            on_progress(float(said.get("progress", 0.0)))

    async def purge(self, purge: dict[str, Any]) -> dict[str, Any]:
        """Purge; what each edge said and after how long. Raises ControlError."""
        return dict(await self._call("POST", "/admin/purge", json=purge))

    async def assets(self) -> list[dict[str, Any]]:
        """The published assets. Raises ControlError."""
        result = await self._call("GET", "/admin/assets")
        return list(result["assets"] if isinstance(result, dict) else result)

    async def delete(self, asset_id: str) -> None:
        """Delete an asset and purge it everywhere. Raises ControlError."""
        await self._call("DELETE", f"/admin/assets/{asset_id}")

    async def is_ready(self, node_url: str) -> bool:
        """Whether a node says that it is ready."""
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{node_url}/readyz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def _call(self, method: str, path: str, **arguments: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
        url = self.origin_url.rstrip("/") + path
        try:
            async with (
                aiohttp.ClientSession(headers=headers, timeout=timeout) as session,
                session.request(method, url, **arguments) as response,
            ):
                if response.status >= 400:
                    raise ControlError(await _complaint(response))
                return await response.json() if response.status != 204 else {}
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ControlError(f"origin {self.origin_url}: {error or type(error).__name__}") from None


async def _complaint(response: aiohttp.ClientResponse) -> str:
    """The origin's own words, if it gave any."""
    text = await response.text()
    try:
        return str((await response.json(content_type=None))["message"])
    except (ValueError, KeyError, TypeError):
        return f"the origin answered {response.status}: {text[:200]}"


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as source:
        while piece := source.read(_PIECE_BYTES):
            yield piece
