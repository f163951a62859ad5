"""HLS playlists (RFC 8216 and its second edition) of an asset, as text.

The multivariant playlist lists every picture rendition with the one sound group; media playlists name CMAF
segments, the same that DASH names. Tags are written here and not by a library, since those known to us lose
attributes. The origin serves what these functions return; URIs in them are relative.
"""

from manifests.asset import Asset, Rendition, init_uri, segment_uri
from manifests.rates import date_time, decimal, target_duration_s
from manifests.window import Settings, visible

# EXT-X-MAP in such playlists needs 6 (RFC 8216 section 7); 7 is what fragmented MP4 is deployed with.
VERSION = 7
AUDIO_GROUP = "audio"


def multivariant_playlist(asset: Asset) -> str:
    """The playlist of variants (RFC 8216 section 4.3.4), best first as the ladder has them."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += [_media_tag(sound, default=sound is asset.audios[0]) for sound in asset.audios]
    for picture in asset.videos:
        lines += [_stream_inf_tag(asset, picture), f"{picture.id}.m3u8"]
    return "\n".join([*lines, ""])


def media_playlist(asset: Asset, rendition: Rendition, settings: Settings, now_ms: int) -> str:
    """The playlist of one rendition's segments (RFC 8216 section 4.3.3) visible at `now_ms`."""
    window = visible(asset, rendition, settings, now_ms)
    first = window.segments[0] if window.segments else rendition.segments[0]
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target_duration_s(asset.renditions)}",
        f"#EXT-X-MEDIA-SEQUENCE:{first.number}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{init_uri(asset, rendition)}"',
    ]
    if settings.live_from_ms is None:
        lines.insert(3, "#EXT-X-PLAYLIST-TYPE:VOD")
    else:
        starts_ms = settings.live_from_ms + first.start_ticks * 1000 // rendition.timescale
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{date_time(starts_ms)}")
    for segment in window.segments:
        seconds = decimal(segment.duration_ticks, rendition.timescale, digits=6)
        lines += [f"#EXTINF:{seconds},", segment_uri(asset, rendition, segment.number)]
    if window.ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join([*lines, ""])


def _media_tag(sound: Rendition, *, default: bool) -> str:
    attributes = ["TYPE=AUDIO", f'GROUP-ID="{AUDIO_GROUP}"', f'NAME="{sound.id}"']
    if sound.language:
        attributes.append(f'LANGUAGE="{sound.language}"')
    attributes += [
        f"DEFAULT={'YES' if default else 'NO'}",
        "AUTOSELECT=YES",
        f'CHANNELS="{sound.channels}"',
        f'URI="{sound.id}.m3u8"',
    ]
    return "#EXT-X-MEDIA:" + ",".join(attributes)


def _stream_inf_tag(asset: Asset, picture: Rendition) -> str:
    """BANDWIDTH covers the worst combination which the variant allows (section 4.3.4.2)."""
    sounds = asset.audios
    codecs = dict.fromkeys([picture.codecs, *(sound.codecs for sound in sounds)])
    attributes = [
        f"BANDWIDTH={picture.peak_bps + max((sound.peak_bps for sound in sounds), default=0)}",
        f"AVERAGE-BANDWIDTH={picture.average_bps + max((s.average_bps for s in sounds), default=0)}",
        f'CODECS="{",".join(codecs)}"',
        f"RESOLUTION={picture.width}x{picture.height}",
        f"FRAME-RATE={decimal(*picture.frame_rate, digits=3)}",
    ]
    if sounds:
        attributes.append(f'AUDIO="{AUDIO_GROUP}"')
    return "#EXT-X-STREAM-INF:" + ",".join([*attributes, "CLOSED-CAPTIONS=NONE"])
