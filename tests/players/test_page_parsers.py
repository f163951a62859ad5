"""What the page's own readers make of manifests and header fields, run in the browser that will run them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.real]

BASE = "https://cdn.example/vod/clip/manifest"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(browser: Browser, delivery_url: str) -> AsyncIterator[Page]:
    page = await browser.new_page()
    await page.goto(f"{delivery_url}/player/")
    yield page
    await page.close()


def mpd(period: str, attributes: str = 'type="static" mediaPresentationDuration="PT8.5S"') -> str:
    return f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" {attributes}><Period>{period}</Period></MPD>'


def video(template: str, base: str = "") -> str:
    return f"""<AdaptationSet contentType="video" mimeType="video/mp4" codecs="avc1.42c00c">
        <Representation id="v1" bandwidth="150000" height="144">{base}{template}</Representation>
    </AdaptationSet>"""


TIMELINE = """<SegmentTemplate timescale="10" startNumber="7" presentationTimeOffset="100"
    initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number%03d$-$Time$.m4s">
    <SegmentTimeline>{entries}</SegmentTimeline></SegmentTemplate>"""


async def read_mpd(page: Page, text: str) -> dict[str, Any]:
    """The segments of the first video rendition."""
    script = """async ([text, url]) => {
        const { parseMpd } = await import("/player/manifest-dash.js");
        return parseMpd(text, url).video[0].segments();
    }"""
    return await page.evaluate(script, [text, BASE])


def spans(segments: dict[str, Any]) -> list[tuple[int, float, float]]:
    return [(segment["number"], segment["start"], segment["end"]) for segment in segments["list"]]


async def read_playlist(page: Page, text: str) -> dict[str, Any]:
    script = """async ([text, url]) =>
        (await import("/player/manifest-hls.js")).parseMediaPlaylist(text, url, "720p playlist")"""
    return await page.evaluate(script, [text, BASE])


async def test_timeline_gives_numbers_times_and_offset(page: Page) -> None:
    entries = '<S t="100" d="20" r="1"/><S d="30"/>'
    segments = await read_mpd(page, mpd(video(TIMELINE.format(entries=entries))))
    assert segments["init"] == "https://cdn.example/vod/clip/v1/init.mp4"
    assert segments["timestampOffset"] == -10
    assert [(s["number"], s["start"], s["end"]) for s in segments["list"]] == [
        (7, 0, 2),
        (8, 2, 4),
        (9, 4, 7),
    ]
    assert segments["list"][2]["url"] == "https://cdn.example/vod/clip/v1/009-140.m4s"


async def test_open_repeat_reaches_the_end_of_the_period(page: Page) -> None:
    entries = '<S t="100" d="20" r="-1"/>'
    segments = await read_mpd(page, mpd(video(TIMELINE.format(entries=entries))))
    assert [s["start"] for s in segments["list"]] == [0, 2, 4, 6, 8]


async def test_fixed_duration_counts_segments(page: Page) -> None:
    template = '<SegmentTemplate duration="4" initialization="i" media="$Number$"/>'
    segments = await read_mpd(page, mpd(video(template)))
    assert [(s["number"], s["start"]) for s in segments["list"]] == [(1, 0), (2, 4), (3, 8)]


async def test_base_urls_nest(page: Page) -> None:
    template = '<SegmentTemplate duration="4" initialization="i" media="$Bandwidth$-$$-$Number$"/>'
    period = "<BaseURL>/a/</BaseURL>" + video(template, base="<BaseURL>b/</BaseURL>")
    segments = await read_mpd(page, mpd(period))
    assert segments["list"][0]["url"] == "https://cdn.example/a/b/150000-$-1"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<html/>", "no DASH manifest"),
        ("not xml", "no DASH manifest"),
        (mpd("", 'type="dynamic"'), "live"),
        (mpd("", 'type="static"'), "how long it lasts"),
        (mpd(""), "no video"),
        (mpd(video("")), "without SegmentTemplate"),
        (mpd(video("<ContentProtection/>")), "encrypted"),
        (mpd(video('<SegmentTemplate media="$Number$"/>')), "neither SegmentTimeline nor duration"),
        (mpd(video('<SegmentTemplate duration="4" media="$Number$"/>')), "lacks media or initialization"),
        (
            mpd(video('<SegmentTemplate duration="4" initialization="$Time$"/>')),
            "lacks media or initialization",
        ),
        (mpd(video('<SegmentTemplate duration="4" media="$Sub$" initialization="i"/>')), "$Sub$"),
        (mpd(video(TIMELINE.format(entries='<S t="100" d="0"/>'))), "positive duration"),
        (mpd(video(TIMELINE.format(entries=""))), "no segment"),
    ],
)
async def test_senseless_mpd_is_refused_with_its_fault(page: Page, text: str, complaint: str) -> None:
    with pytest.raises(Error) as caught:
        await read_mpd(page, text)
    assert complaint in caught.value.message


PLAYLIST = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:5
#EXT-X-MAP:URI="v1/init,1.mp4"
{extra}
#EXTINF:2.5,title, with comma
v1/5.m4s
#EXTINF:1.5
v1/6.m4s
{end}
"""


async def test_media_playlist_gives_numbers_and_times(page: Page) -> None:
    text = PLAYLIST.format(extra="#EXT-X-KEY:METHOD=NONE", end="#EXT-X-ENDLIST")
    segments = await read_playlist(page, text.replace("\n", "\r\n"))
    assert segments["init"] == "https://cdn.example/vod/clip/v1/init,1.mp4"
    assert spans(segments) == [(5, 0, 2.5), (6, 2.5, 4)]
    assert segments["list"][1]["url"] == "https://cdn.example/vod/clip/v1/6.m4s"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<html>", "no HLS playlist"),
        (PLAYLIST.format(extra="", end=""), "live"),
        (PLAYLIST.format(extra='#EXT-X-KEY:METHOD=AES-128,URI="k"', end="#EXT-X-ENDLIST"), "encrypted"),
        (PLAYLIST.format(extra="#EXT-X-BYTERANGE:9@0", end="#EXT-X-ENDLIST"), "EXT-X-BYTERANGE"),
        ("#EXTM3U\n#EXTINF:2,\n1.ts\n#EXT-X-ENDLIST", "only fragmented MP4"),
        ('#EXTM3U\n#EXT-X-MAP:URI="i"\n#EXT-X-ENDLIST', "no segment"),
    ],
)
async def test_senseless_playlist_is_refused_with_its_fault(page: Page, text: str, complaint: str) -> None:
    with pytest.raises(Error) as caught:
        await read_playlist(page, text)
    assert complaint in caught.value.message


async def read_multivariant(page: Page, texts: dict[str, str]) -> dict[str, Any]:
    script = """async ([texts, url]) => {
        const { readMultivariant } = await import("/player/manifest-hls.js");
        return readMultivariant(url, async (address) => texts[address.split("/").at(-1)]);
    }"""
    return await page.evaluate(script, [texts, BASE])


MULTIVARIANT = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="commentary, long",URI="wrong.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="main",DEFAULT=YES,URI="a.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=967790,RESOLUTION=640x360,CODECS="avc1.42c01e,mp4a.40.2",AUDIO="a"
v.m3u8
"""


async def test_audio_group_is_apart_from_the_video(page: Page) -> None:
    media = PLAYLIST.format(extra="", end="#EXT-X-ENDLIST")
    presentation = await read_multivariant(page, {"manifest": MULTIVARIANT, "v.m3u8": media})
    assert presentation["duration"] == 4
    assert [(r["name"], r["mime"]) for r in presentation["video"]] == [
        ("360p", 'video/mp4; codecs="avc1.42c01e"')
    ]
    assert [(r["name"], r["mime"]) for r in presentation["audio"]] == [
        ("audio", 'audio/mp4; codecs="mp4a.40.2"')
    ]


async def test_sound_muxed_into_the_video_has_no_track_of_its_own(page: Page) -> None:
    text = MULTIVARIANT.replace(',AUDIO="a"', "")
    media = PLAYLIST.format(extra="", end="#EXT-X-ENDLIST")
    presentation = await read_multivariant(page, {"manifest": text, "v.m3u8": media})
    assert presentation["audio"] == []
    assert presentation["video"][0]["mime"] == 'video/mp4; codecs="avc1.42c01e,mp4a.40.2"'


@pytest.mark.parametrize(
    ("field", "members"),
    [
        ("", []),
        ("edge-1; hit; ttl=30", [["edge-1", {"hit": "", "ttl": "30"}]]),
        (
            'shield;fwd=uri-miss;detail="a, b; \\"c\\"", "edge 2"; fwd=stale;fwd-status=304',
            [
                ["shield", {"fwd": "uri-miss", "detail": 'a, b; "c"'}],
                ["edge 2", {"fwd": "stale", "fwd-status": "304"}],
            ],
        ),
        ('"unclosed; hit', [["unclosed; hi", {}]]),
    ],
)
async def test_cache_status_field(page: Page, field: str, members: list[Any]) -> None:
    script = """async (field) => (await import("/player/requests.js")).parseCacheStatus(field)
        .map(({ cache, parameters }) => [cache, Object.fromEntries(parameters)])"""
    assert json.dumps(await page.evaluate(script, field)) == json.dumps(members)
