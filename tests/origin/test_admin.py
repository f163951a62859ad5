"""The admin API over real HTTP, with a real encoder and real subscribers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from eventbus.events import AssetDeleted, AssetPublished, Event, Purged, Scope
from eventbus.log import EventLog
from origin.storage import LocalStorage
from tests.eventbus.bus import Recorder, edge, following, peer
from tests.media import SMALL_ASSET_ID, small_clip
from tests.origin.origins import TOKEN, Site, running

STALENESS_MS = 400
"""Short, so that a purge right after the start needn't wait long for leases of a former life."""


def events(folder: Path) -> list[Event]:
    """What the log of a stopped origin says."""
    log = EventLog(folder / "events.log")
    try:
        return [record.event for record in log.read(0, 1_000)]
    finally:
        log.close()


def staged(folder: Path) -> list[str]:
    return [path.name for path in (folder / "staging").iterdir()]


async def in_pieces(content: bytes, gate: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    """A body that stops after its first half until the gate opens."""
    yield content[: len(content) // 2]
    if gate is not None:
        await gate.wait()
    yield content[len(content) // 2 :]


async def stage_of(site: Site, asset_id: str) -> Any:
    return (await site.admin("GET", f"/admin/assets/{asset_id}/progress"))[1].get("stage")


async def test_a_published_video_can_be_listed_played_and_deleted(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False, max_staleness_ms=STALENESS_MS) as site:
        status, made = await site.admin(
            "PUT", "/admin/assets/film?title=A%20film", data=small_clip().read_bytes()
        )
        assert status == 201, made
        assert (made["id"], made["title"], made["position"]) == ("film", "A film", 1)
        assert len([r for r in made["renditions"] if r["kind"] == "video"]) >= 3

        status, listing = await site.admin("GET", "/admin/assets")
        assert (status, [asset["id"] for asset in listing["assets"]]) == (200, ["film"])
        assert {**listing["assets"][0], "position": 1} == made
        response, body = await site.get(made["hls"])
        assert (response.status, body[:7]) == (200, b"#EXTM3U")
        response, _ = await site.get(made["dash"])
        assert response.status == 200

        status, gone = await site.admin("DELETE", "/admin/assets/film")
        assert (status, gone) == (200, {"id": "film", "position": 3, "edges": []})
        response, _ = await site.get(made["hls"])
        assert response.status == 404
        assert (await site.admin("DELETE", "/admin/assets/film"))[0] == 404
        assert (await site.admin("GET", "/admin/assets"))[1]["assets"] == []
        version = made["version"]
    assert events(tmp_path) == [
        AssetPublished("film", version),
        Purged(Scope.TAG, "asset:film"),
        AssetDeleted("film"),
    ]
    assert staged(tmp_path) == []


async def test_progress_is_told_and_a_name_is_published_by_one_request(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False) as site:
        assert (await site.admin("GET", "/admin/assets/film/progress"))[0] == 404
        gate, content = asyncio.Event(), small_clip().read_bytes()
        putting = asyncio.create_task(site.admin("PUT", "/admin/assets/film", data=in_pieces(content, gate)))
        async with asyncio.timeout(20):
            while await stage_of(site, "film") != "receiving":
                pass
        status, refusal = await site.admin("PUT", "/admin/assets/film", data=content)
        assert (status, refusal["error"]) == (409, "publication_under_way")
        status, refusal = await site.admin("DELETE", "/admin/assets/film")
        assert (status, refusal["error"]) == (409, "publication_under_way")
        gate.set()
        seen = []
        while not putting.done():
            _, told = await site.admin("GET", "/admin/assets/film/progress")
            seen.append((told["stage"], told["progress"]))
        assert (await putting)[0] == 201
        fractions = [progress for stage, progress in seen if stage == "encoding"]
        assert fractions == sorted(fractions)
        assert all(0 <= fraction <= 1 for fraction in fractions)
        _, told = await site.admin("GET", "/admin/assets/film/progress")
        assert told == {"id": "film", "stage": "published", "progress": 1.0}


BAD_SOURCES = [
    ("film", b"", 400, "empty_source"),
    ("film", b"this is no video at all" * 50, 415, "not_a_video"),
    ("film", "half", 422, "truncated"),
    (SMALL_ASSET_ID, b"x", 409, "asset_exists"),
    ("%2e%2e", b"x", 400, "bad_asset_id"),
    ("..%2f..%2fetc", b"x", 400, "bad_asset_id"),
    ("a%00b", b"x", 400, "bad_asset_id"),
    ("a b", b"x", 400, "bad_asset_id"),
    ("x" * 65, b"x", 400, "bad_asset_id"),
]


@pytest.mark.parametrize(("asset_id", "content", "status", "reason"), BAD_SOURCES)
async def test_a_bad_source_gets_one_clear_error_and_leaves_nothing(
    tmp_path: Path, asset_id: str, content: bytes | str, status: int, reason: str
) -> None:
    if content == "half":
        whole = small_clip().read_bytes()
        content = whole[: len(whole) // 2]
    assert isinstance(content, bytes)
    async with running(tmp_path) as site:
        # Sent as it is: a client that tidies paths would hide what is tested.
        request = (
            f"PUT /admin/assets/{asset_id.replace(' ', '%20')} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            f"Authorization: Bearer {TOKEN}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        answered, reply = await site.raw(request.encode() + content)
        assert answered == status, reply
        assert f'"error":"{reason}"'.encode() in reply
        assert [asset.id for asset in LocalStorage(tmp_path).list().assets] == [SMALL_ASSET_ID]
        version = site.asset.version
    assert staged(tmp_path) == []
    assert events(tmp_path) == [AssetPublished(SMALL_ASSET_ID, version)]


async def test_a_source_that_is_too_large_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False, max_upload_bytes=1_000) as site:
        for body in (b"x" * 1_001, in_pieces(b"x" * 1_001)):
            status, refusal = await site.admin("PUT", "/admin/assets/film", data=body)
            assert (status, refusal["error"]) == (413, "upload_too_large")
            assert "1000 bytes" in refusal["message"]
    assert staged(tmp_path) == []


async def test_a_client_that_goes_away_leaves_nothing_and_lets_go_of_the_name(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False) as site:
        content = small_clip().read_bytes()
        putting = asyncio.create_task(
            site.admin("PUT", "/admin/assets/film", data=in_pieces(content, asyncio.Event()))
        )
        async with asyncio.timeout(20):
            while await stage_of(site, "film") != "receiving":
                pass
            putting.cancel()
            while await stage_of(site, "film") is not None:
                pass
        assert staged(tmp_path) == []
        assert (await site.admin("PUT", "/admin/assets/film", data=content))[0] == 201


async def test_a_purge_answers_when_every_edge_has_applied_it(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False, max_staleness_ms=STALENESS_MS) as site:
        one, two = Recorder(), Recorder()
        url = f"{site.url}/bus"
        async with following(url, one, edge(1), token=TOKEN), following(url, two, edge(2), token=TOKEN):
            await one.until(lambda r: bool(r.beats) and len(r.beats[-1].members) == 2)
            status, told = await site.admin("POST", "/admin/purge", json={"url": "/vod/film/master.m3u8"})
            assert (status, told["position"]) == (200, 1)
            assert {(e["name"], e["state"]) for e in told["edges"]} == {
                ("edge-1", "confirmed"),
                ("edge-2", "confirmed"),
            }
            assert all(0 <= e["after_ms"] < 10_000 for e in told["edges"])
            # It had been applied when the answer came.
            for heard in (one, two):
                assert [r.event for r in heard.records] == [Purged(Scope.URL, "/vod/film/master.m3u8")]


async def test_a_purge_waits_for_a_silent_edge_until_it_is_surely_fenced(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False, max_staleness_ms=STALENESS_MS) as site:
        async with peer(f"{site.url}/bus", edge(1), token=TOKEN) as silent:
            await silent.hear()
            status, told = await site.admin("POST", "/admin/purge", json={"all": True, "soft": True})
        assert (status, [(e["name"], e["state"]) for e in told["edges"]]) == (200, [("edge-1", "fenced")])
        assert 0 < told["edges"][0]["after_ms"] < 10_000
    assert events(tmp_path) == [Purged(Scope.ALL, soft=True)]


async def test_deleting_answers_when_every_edge_knows(tmp_path: Path) -> None:
    async with running(tmp_path, max_staleness_ms=STALENESS_MS) as site:
        heard = Recorder()
        async with following(f"{site.url}/bus", heard, edge(1), token=TOKEN):
            await heard.until(lambda r: bool(r.beats))
            status, told = await site.admin("DELETE", f"/admin/assets/{SMALL_ASSET_ID}")
            assert (status, [(e["name"], e["state"]) for e in told["edges"]]) == (
                200,
                [("edge-1", "confirmed")],
            )
            assert [r.event for r in heard.records] == [
                Purged(Scope.TAG, f"asset:{SMALL_ASSET_ID}"),
                AssetDeleted(SMALL_ASSET_ID),
            ]


async def test_a_bad_purge_is_refused_and_nothing_is_logged(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False) as site:
        for body in (b"", b"{}", b'{"url":"/a","tag":"b"}', b'{"url":"a"}'):
            status, refusal = await site.admin("POST", "/admin/purge", data=body)
            assert (status, refusal["error"]) == (400, "bad_request")
        status, refusal = await site.admin("POST", "/admin/purge", data=b" " * 70_000)
        assert status == 413
    assert events(tmp_path) == []
