"""Playlists as a player reads them, good and bad."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifests.hls import media_playlist, multivariant_playlist
from manifests.parse import PlaylistError, PlaylistFault, parse_media, parse_multivariant
from manifests.window import ON_DEMAND
from tests.manifests import samples

URI = "http://edge.test/vod/demo/master.m3u8?token=a/b"
STREAM_INF = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\n"


def test_our_multivariant_playlist_comes_back() -> None:
    asset = samples.asset()
    read = parse_multivariant(multivariant_playlist(asset), URI)
    best = read.variants[0]
    assert [variant.height for variant in read.variants] == [720, 240]
    assert best.uri == "http://edge.test/vod/demo/v720.m3u8"
    assert best.bandwidth_bps == asset.videos[0].peak_bps + asset.audios[0].peak_bps
    assert best.average_bps == asset.videos[0].average_bps + asset.audios[0].average_bps
    assert (best.width, best.codecs, best.frame_rate) == (1280, "avc1.4d401f,mp4a.40.2", 29.970)
    track = read.audio_for(best)
    assert track is not None
    assert (track.uri, track.language) == ("http://edge.test/vod/demo/audio.m3u8", "en")


def test_our_media_playlist_comes_back() -> None:
    asset = samples.asset()
    read = parse_media(media_playlist(asset, asset.audios[0], ON_DEMAND, 0), URI)
    assert read.ended
    assert read.target_duration_ms == 2000
    assert [(s.number, s.duration_ms) for s in read.segments] == [(1, 2005), (2, 1984), (3, 1024)]
    assert read.duration_ms == 5013
    assert read.segments[2].uri == "http://edge.test/vod/demo/0123456789abcdef/audio/3.m4s"
    assert read.segments[2].init_uri == "http://edge.test/vod/demo/0123456789abcdef/audio/init.mp4"


def test_a_variant_without_a_sound_group_has_no_track() -> None:
    read = parse_multivariant(multivariant_playlist(samples.asset(with_audio=False)), URI)
    assert read.audio_for(read.variants[0]) is None


def test_a_live_playlist_may_still_be_empty() -> None:
    read = parse_media("#EXTM3U\n#EXT-X-TARGETDURATION:2\n", URI)
    assert read.segments == ()
    assert not read.ended


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", PlaylistFault.NOT_A_PLAYLIST),
        ("<html>no</html>", PlaylistFault.NOT_A_PLAYLIST),
        ("#EXTM3U8\n", PlaylistFault.NOT_A_PLAYLIST),
        ("#EXTM3U\n", PlaylistFault.EMPTY),
        ("#EXTM3U\n#EXTINF:2,\na.m4s\n", PlaylistFault.WRONG_KIND),
        ('#EXTM3U\n#EXT-X-STREAM-INF:CODECS="avc1"\na.m3u8\n', PlaylistFault.MISSING),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=0\na.m3u8\n", PlaylistFault.MISSING),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=much\na.m3u8\n", PlaylistFault.BAD_SYNTAX),
        (STREAM_INF.strip() + ",RESOLUTION=wide\na.m3u8\n", PlaylistFault.BAD_SYNTAX),
    ],
)
def test_a_bad_multivariant_playlist_is_refused(text: str, fault: PlaylistFault) -> None:
    with pytest.raises(PlaylistError) as caught:
        parse_multivariant(text, URI)
    assert caught.value.fault is fault
    assert str(caught.value).startswith(URI)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (STREAM_INF + "a.m3u8\n", PlaylistFault.WRONG_KIND),
        ("#EXTM3U\n#EXTINF:2,\na.m4s\n", PlaylistFault.MISSING),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:0,\na.m4s\n", PlaylistFault.MISSING),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:inf,\na.m4s\n", PlaylistFault.MISSING),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:nan,\na.m4s\n", PlaylistFault.MISSING),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:two,\na.m4s\n", PlaylistFault.BAD_SYNTAX),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-ENDLIST\n", PlaylistFault.EMPTY),
    ],
)
def test_a_bad_media_playlist_is_refused(text: str, fault: PlaylistFault) -> None:
    with pytest.raises(PlaylistError) as caught:
        parse_media(text, URI)
    assert caught.value.fault is fault


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_playlist_raises_nothing_but_our_error(data: st.DataObject) -> None:
    asset = samples.asset()
    text = data.draw(
        st.sampled_from([multivariant_playlist(asset), media_playlist(asset, asset.audios[0], ON_DEMAND, 0)])
    )
    at = data.draw(st.integers(8, len(text)))
    cut = data.draw(st.integers(0, 12))
    damaged = text[:at] + data.draw(st.text(alphabet='#:,="\n0-EXTaé', max_size=8)) + text[at + cut :]
    for parse in (parse_multivariant, parse_media):
        try:
            parse(damaged, URI)
        except PlaylistError as error:
            assert error.fault in PlaylistFault
