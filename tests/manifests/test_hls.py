"""HLS playlists as text, and as the m3u8 library understands them."""

from dataclasses import replace

import m3u8

from manifests.hls import media_playlist, multivariant_playlist
from manifests.window import ON_DEMAND, Settings
from tests.manifests import samples


def test_the_multivariant_playlist_says_all_that_a_player_chooses_by() -> None:
    assert multivariant_playlist(samples.asset()).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,'
        'CHANNELS="2",URI="audio.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=2979000,AVERAGE-BANDWIDTH=2257000,CODECS="avc1.4d401f,mp4a.40.2",'
        'RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE',
        "v720.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=1059000,AVERAGE-BANDWIDTH=817000,CODECS="avc1.4d401f,mp4a.40.2",'
        'RESOLUTION=426x240,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE',
        "v240.m3u8",
    ]


def test_a_silent_asset_names_no_sound() -> None:
    text = multivariant_playlist(samples.asset(with_audio=False))
    assert "AUDIO" not in text
    assert 'CODECS="avc1.4d401f"' in text
    assert "BANDWIDTH=2880000," in text


def test_only_the_first_of_two_sounds_is_the_default() -> None:
    asset = samples.asset()
    other = replace(samples.audio(), id="audio-fr", language="fr", peak_bps=128000)
    text = multivariant_playlist(replace(asset, renditions=(*asset.renditions, other)))
    read = m3u8.loads(text)
    assert [(media.language, media.default) for media in read.media] == [("en", "YES"), ("fr", "NO")]
    assert read.playlists[0].stream_info.bandwidth == 2880000 + 128000


def test_the_media_playlist_lists_every_segment_with_its_exact_duration() -> None:
    asset = samples.asset()
    assert media_playlist(asset, asset.audios[0], ON_DEMAND, 0).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="0123456789abcdef/audio/init.mp4"',
        "#EXTINF:2.005333,",
        "0123456789abcdef/audio/1.m4s",
        "#EXTINF:1.984000,",
        "0123456789abcdef/audio/2.m4s",
        "#EXTINF:1.024000,",
        "0123456789abcdef/audio/3.m4s",
        "#EXT-X-ENDLIST",
    ]


def test_m3u8_understands_the_media_playlist_as_we_mean_it() -> None:
    asset = samples.asset()
    for rendition in asset.renditions:
        read = m3u8.loads(media_playlist(asset, rendition, ON_DEMAND, 0))
        assert read.is_endlist
        assert read.is_independent_segments
        assert read.playlist_type == "vod"
        assert read.segment_map[0].uri == f"{asset.version}/{rendition.id}/init.mp4"
        exact = [s.duration_ticks / rendition.timescale for s in rendition.segments]
        assert all(abs(a.duration - b) < 1e-6 for a, b in zip(read.segments, exact, strict=True))
        assert all(round(segment.duration) <= read.target_duration for segment in read.segments)


def test_a_live_playlist_slides_and_ends() -> None:
    asset = samples.asset()
    settings = Settings(live_from_ms=1_700_000_000_123)
    text = media_playlist(asset, asset.audios[0], settings, 1_700_000_004_200)
    assert "PLAYLIST-TYPE" not in text
    assert "ENDLIST" not in text
    read = m3u8.loads(text)
    assert [segment.media_sequence for segment in read.segments] == [1, 2]
    assert "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.123Z" in text
    assert m3u8.loads(media_playlist(asset, asset.audios[0], settings, 1_700_000_009_000)).is_endlist


def test_a_live_playlist_before_the_first_segment_is_valid_and_empty() -> None:
    asset = samples.asset()
    read = m3u8.loads(media_playlist(asset, asset.audios[0], Settings(live_from_ms=5000), 0))
    assert read.target_duration == 2
    assert not read.segments
    assert not read.is_endlist
