"""Objects as players and edges get them, over real HTTP from a real published clip."""

import asyncio
import email.utils
from pathlib import Path

import m3u8
import pytest
from lxml import etree

from manifests.asset import Asset, Rendition
from origin.storage import LocalStorage
from tests.origin.origins import running

NAMESPACE = {"mpd": "urn:mpeg:dash:schema:mpd:2011"}


def files(folder: Path, asset: Asset, rendition: Rendition) -> dict[str, bytes]:
    """Every media object of a rendition by its name, as it lies on the disk."""
    storage = LocalStorage(folder)
    names = ["init.mp4", *(f"{segment.number}.m4s" for segment in rendition.segments)]
    found = {name: storage.media_path(asset.id, asset.version, rendition.id, name) for name in names}
    return {name: path.read_bytes() for name, path in found.items() if path is not None}


async def test_every_object_that_the_manifests_name_is_delivered_byte_for_byte(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        response, body = await site.get("/vod/clip/master.m3u8")
        master = m3u8.loads(body.decode())
        assert response.content_type == "application/vnd.apple.mpegurl"
        playlists = [p.uri for p in master.playlists] + [m.uri for m in master.media]
        assert len(playlists) == len(site.asset.renditions)
        for uri in playlists:
            rendition = site.asset.rendition(uri.removesuffix(".m3u8"))
            assert rendition is not None
            response, body = await site.get(f"/vod/clip/{uri}")
            playlist = m3u8.loads(body.decode())
            named = [playlist.segment_map[0].uri, *(segment.uri for segment in playlist.segments)]
            expected = files(tmp_path, site.asset, rendition)
            assert len(named) == len(expected) > 2
            for media in named:
                response, body = await site.get(f"/vod/clip/{media}")
                assert (response.status, body) == (200, expected[media.rpartition("/")[2]])
                assert response.headers["Content-Length"] == str(len(body))


async def test_dash_names_the_same_media(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        response, body = await site.get("/vod/clip/manifest.mpd")
        assert response.content_type == "application/dash+xml"
        presentation = etree.fromstring(body)
        ids = {str(r.get("id")) for r in presentation.iterfind(".//mpd:Representation", NAMESPACE)}
        assert ids == {rendition.id for rendition in site.asset.renditions}


@pytest.mark.parametrize(
    ("tail", "content_type", "cache_control", "object_class"),
    [
        (
            "master.m3u8",
            "application/vnd.apple.mpegurl",
            "public, max-age=10, stale-while-revalidate=30, stale-if-error=3600",
            "multivariant",
        ),
        (
            "audio.m3u8",
            "application/vnd.apple.mpegurl",
            "public, max-age=10, stale-while-revalidate=30, stale-if-error=3600",
            "media_playlist",
        ),
        (
            "manifest.mpd",
            "application/dash+xml",
            "public, max-age=10, stale-while-revalidate=30, stale-if-error=3600",
            "mpd",
        ),
        ("{version}/audio/init.mp4", "video/mp4", "public, max-age=31536000, immutable", "init"),
        ("{version}/audio/1.m4s", "video/iso.segment", "public, max-age=31536000, immutable", "segment"),
    ],
)
async def test_each_class_has_its_fields(
    tmp_path: Path, tail: str, content_type: str, cache_control: str, object_class: str
) -> None:
    now_ms = 1_800_000_000_000
    async with running(tmp_path, now_ms=lambda: now_ms) as site:
        path = f"/vod/clip/{tail.format(version=site.asset.version)}"
        response, body = await site.get(path)
        headers = response.headers
        assert response.status == 200
        assert headers["Content-Type"] == content_type
        assert headers["Cache-Control"] == cache_control
        assert headers["Cache-Tag"] == f"asset:clip, class:{object_class}"
        assert headers["Accept-Ranges"] == "bytes"
        assert headers["Access-Control-Allow-Origin"] == "*"
        exposed = set(headers["Access-Control-Expose-Headers"].split(", "))
        assert exposed >= {"Age", "Date", "Cache-Status", "Content-Length", "Content-Range", "ETag"}
        assert email.utils.parsedate_to_datetime(headers["Date"]).timestamp() * 1_000 == now_ms
        modified = email.utils.parsedate_to_datetime(headers["Last-Modified"]).timestamp()
        assert modified == site.asset.published_at_ms // 1_000
        assert headers["ETag"].startswith('"')

        head, nothing = await site.ask("HEAD", path)
        assert (head.status, nothing) == (200, b"")
        assert dict(head.headers) == dict(headers)

        for condition in (
            {"If_None_Match": headers["ETag"]},
            {"If_Modified_Since": headers["Last-Modified"]},
        ):
            unchanged, nothing = await site.get(path, **condition)
            assert (unchanged.status, nothing) == (304, b"")
            for name in ("Cache-Control", "Cache-Tag", "ETag", "Date", "Access-Control-Allow-Origin"):
                assert unchanged.headers[name] == headers[name]

        partial, some = await site.get(path, Range="bytes=10-29")
        assert (partial.status, some) == (206, body[10:30])
        assert partial.headers["Content-Range"] == f"bytes 10-29/{len(body)}"
        assert partial.headers["Content-Length"] == "20"
        stale, whole = await site.get(path, Range="bytes=10-29", If_Range='"another"')
        assert (stale.status, whole) == (200, body)
        beyond, _ = await site.get(path, Range=f"bytes={len(body)}-")
        assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(body)}")
        failed, _ = await site.get(path, If_Match='"another"')
        assert failed.status == 412


async def test_entity_tags_are_strong_and_differ_between_objects(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        paths = [
            "/vod/clip/master.m3u8",
            "/vod/clip/audio.m3u8",
            "/vod/clip/manifest.mpd",
            site.media("audio/init.mp4"),
            site.media("audio/1.m4s"),
            site.media("audio/2.m4s"),
            site.media("180p/1.m4s"),
            "/player/",
            "/player/player.js",
        ]
        tags = [(await site.get(path))[0].headers["ETag"] for path in paths]
        assert len(set(tags)) == len(tags)
        again = [(await site.get(path))[0].headers["ETag"] for path in paths]
        assert again == tags
        assert not any(tag.startswith("W/") for tag in tags)


async def test_a_range_of_a_large_segment_is_cut_from_the_file(tmp_path: Path) -> None:
    """Larger than one piece, so that it is sent in several."""
    async with running(tmp_path) as site:
        storage = LocalStorage(tmp_path)
        path = storage.media_path("clip", site.asset.version, "audio", "1.m4s")
        description = tmp_path / "assets/clip/asset.json"
        assert path is not None
        content = bytes(range(256)) * 4_096 * 3
        old_bytes = path.stat().st_size
        path.write_bytes(content)
        text = description.read_text()
        assert text.count(f'"size_bytes": {old_bytes}') == 1
        description.write_text(text.replace(f'"size_bytes": {old_bytes}', f'"size_bytes": {len(content)}'))
        response, body = await site.get(site.media("audio/1.m4s"))
        assert (response.status, body) == (200, content)
        response, body = await site.get(site.media("audio/1.m4s"), Range="bytes=1000000-3000000")
        assert (response.status, body) == (206, content[1_000_000:3_000_001])


NOWHERE = [
    "/",
    "/vod",
    "/vod/",
    "/vod/clip",
    "/vod/clip/",
    "/vod/absent/master.m3u8",
    "/vod/clip/absent.m3u8",
    "/vod/clip/master.m3u",
    "/vod/clip/0123456789abcdef/audio/1.m4s",
    "/vod/clip/{version}/absent/1.m4s",
    "/vod/clip/{version}/audio/0.m4s",
    "/vod/clip/{version}/audio/01.m4s",
    "/vod/clip/{version}/audio/999999999.m4s",
    "/vod/clip/{version}/audio/9999999999.m4s",
    "/vod/clip/{version}/audio/asset.json",
    "/vod/clip/asset.json",
    "/vod/clip/../clip/master.m3u8",
    "/vod/../../etc/passwd",
    "/vod/clip/%2e%2e/clip/master.m3u8",
    "/vod/..%2f..%2fetc%2fpasswd",
    "/vod/clip/{version}/audio/..%2f..%2f..%2fasset.json",
    "/vod/clip/{version}/..%2faudio/1.m4s",
    "/vod/clip%2fmaster.m3u8",
    "/vod/clip/master.m3u8%00",
    "/vod/clip%00/master.m3u8",
    "/vod/clip/{version}/audio%00/1.m4s",
    "/vod/clip/{version}/audio/1.m4s%00.mp4",
    "/vod/clip/{version}/audio/1.m4s/",
    "/vod/clip/{version}/audio/\u0661.m4s",
    "//vod/clip/master.m3u8",
    "/vod//clip/master.m3u8",
    "/VOD/clip/master.m3u8",
    "/player",
    "/player/absent.js",
    "/player/../server.py",
    "/player/..%2fserver.py",
    "/player/%2e%2e/server.py",
    "/player/index.html%00",
    "/player//index.html",
    "/player/INDEX.html",
]


@pytest.mark.parametrize("path", NOWHERE)
async def test_what_is_no_object_is_not_found(tmp_path: Path, path: str) -> None:
    async with running(tmp_path) as site:
        target = path.format(version=site.asset.version).encode()
        status, reply = await site.raw(b"GET %b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % target)
        assert status in {400, 404}, reply
        assert b"root:" not in reply
        assert b"def " not in reply
        if status == 404:
            head, _, body = reply.partition(b"\r\n\r\n")
            assert b"Cache-Control: public, max-age=1\r\n" in head + b"\r\n"
            assert b"Access-Control-Allow-Origin: *" in head
            assert b'"error":"' in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_other_methods_are_refused(tmp_path: Path, method: str) -> None:
    async with running(tmp_path) as site:
        response, body = await site.ask(method, "/vod/clip/master.m3u8")
        assert response.status == 405
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
        assert response.headers["Cache-Control"] == "public, max-age=1"
        assert b'"error":"method_not_allowed"' in body


async def test_a_file_that_is_not_as_long_as_published_is_not_served(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        path = LocalStorage(tmp_path).media_path("clip", site.asset.version, "audio", "1.m4s")
        assert path is not None
        path.write_bytes(path.read_bytes()[:-1])
        response, body = await site.get(site.media("audio/1.m4s"))
        assert response.status == 500
        assert b'"error":"media_damaged"' in body
        assert response.headers["Cache-Control"] == "no-store"


async def test_a_damaged_description_is_said(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        (tmp_path / "assets/clip/asset.json").write_text("{")
        response, body = await site.get("/vod/clip/master.m3u8")
        assert response.status == 500
        assert b'"error":"corrupt_description"' in body


@pytest.mark.parametrize(
    ("file", "content_type"),
    [
        ("", "text/html; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
        ("player.js", "text/javascript; charset=utf-8"),
        ("player.css", "text/css; charset=utf-8"),
    ],
)
async def test_the_player_page_is_served(tmp_path: Path, file: str, content_type: str) -> None:
    async with running(tmp_path, clip=False) as site:
        response, body = await site.get(f"/player/{file}?asset=clip&protocol=dash")
        assert response.status == 200
        assert response.headers["Content-Type"] == content_type
        assert response.headers["Cache-Tag"] == "class:page"
        assert len(body) > 100


async def test_many_readers_at_once_get_the_same_bytes(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        answers = await asyncio.gather(*(site.get(site.media("180p/1.m4s")) for _ in range(50)))
        assert len({body for _, body in answers}) == 1


async def test_a_client_that_leaves_in_the_middle_harms_nobody(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(site.url.rpartition(":")[2]))
            writer.write(f"GET {site.media('180p/1.m4s')} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            await reader.read(10)
            writer.transport.abort()
        response, _ = await site.get(site.media("180p/1.m4s"))
        assert response.status == 200
