"""What a player reads out of HLS playlists, with every URI made absolute.

The one place that knows the m3u8 library, which reads leniently: what a player can't do without is checked
here, and whatever is wrong comes out as one `PlaylistError` that names the playlist. Called by the players of
the load test.
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin

import m3u8


class PlaylistFault(StrEnum):
    """Why a text can't be played as an HLS playlist."""

    NOT_A_PLAYLIST = "not_a_playlist"
    """It doesn't begin with #EXTM3U."""
    BAD_SYNTAX = "bad_syntax"
    """A tag or an attribute can't be read."""
    WRONG_KIND = "wrong_kind"
    """A media playlist where a multivariant one was expected, or the other way round."""
    EMPTY = "empty"
    """It has nothing to play: no variant, or no segment although it says that it has ended."""
    MISSING = "missing"
    """A tag or an attribute which RFC 8216 requires isn't there."""


class PlaylistError(ValueError):
    """A playlist that can't be played; `fault` says why, the message names the playlist."""

    def __init__(self, fault: PlaylistFault, uri: str, detail: str) -> None:
        super().__init__(f"{uri}: {detail}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Variant:
    """One EXT-X-STREAM-INF. What it doesn't state is 0 or empty; `average_bps` is then the bandwidth."""

    uri: str
    bandwidth_bps: int
    average_bps: int
    codecs: str
    width: int
    height: int
    frame_rate: float
    audio_group: str


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One EXT-X-MEDIA of type AUDIO that has a playlist of its own."""

    uri: str
    group: str
    name: str
    language: str
    default: bool


@dataclass(frozen=True, slots=True)
class Multivariant:
    """The multivariant playlist: variants as listed, and the audio tracks they may name by group."""

    variants: tuple[Variant, ...]
    audios: tuple[AudioTrack, ...]

    def audio_for(self, variant: Variant) -> AudioTrack | None:
        """The track that a player takes for `variant` unasked: the default of its group, else the first."""
        group = [track for track in self.audios if track.group == variant.audio_group]
        return next((track for track in group if track.default), group[0] if group else None)


@dataclass(frozen=True, slots=True)
class MediaSegment:
    """A segment as listed: its media sequence number, and the init segment (or '') that it needs."""

    number: int
    uri: str
    duration_ms: int
    init_uri: str


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """A media playlist. While it hasn't `ended`, more segments may come."""

    target_duration_ms: int
    segments: tuple[MediaSegment, ...]
    ended: bool

    @property
    def duration_ms(self) -> int:
        return sum(segment.duration_ms for segment in self.segments)


def parse_multivariant(text: str, uri: str) -> Multivariant:
    """The multivariant playlist that was fetched from `uri`.

    Raises PlaylistError.
    """
    playlist = _read(text, uri)
    if not playlist.playlists:
        kind = PlaylistFault.WRONG_KIND if playlist.segments else PlaylistFault.EMPTY
        raise PlaylistError(kind, uri, "no EXT-X-STREAM-INF, so it is no multivariant playlist")
    return Multivariant(
        tuple(_variant(entry, uri) for entry in playlist.playlists),
        tuple(
            AudioTrack(
                urljoin(uri, media.uri),
                media.group_id or "",
                media.name or "",
                media.language or "",
                media.default == "YES",
            )
            for media in playlist.media
            if media.type == "AUDIO" and media.uri
        ),
    )


def parse_media(text: str, uri: str) -> MediaPlaylist:
    """The media playlist that was fetched from `uri`. One that hasn't ended may be empty.

    Raises PlaylistError.
    """
    playlist = _read(text, uri)
    if playlist.is_variant:
        raise PlaylistError(
            PlaylistFault.WRONG_KIND, uri, "a multivariant playlist, where a media one is due"
        )
    if not playlist.target_duration:
        raise PlaylistError(PlaylistFault.MISSING, uri, "no EXT-X-TARGETDURATION")
    if playlist.is_endlist and not playlist.segments:
        raise PlaylistError(PlaylistFault.EMPTY, uri, "it has ended and has no segments")
    return MediaPlaylist(
        target_duration_ms=playlist.target_duration * 1000,
        segments=tuple(_segment(segment, uri) for segment in playlist.segments),
        ended=bool(playlist.is_endlist),
    )


def _read(text: str, uri: str) -> m3u8.M3U8:
    if text.removeprefix("\ufeff").split("\n", 1)[0].rstrip() != "#EXTM3U":
        raise PlaylistError(PlaylistFault.NOT_A_PLAYLIST, uri, "it doesn't begin with #EXTM3U")
    try:
        return m3u8.loads(text, uri=uri)
    except KeyError as error:
        name = str(error.args[0]).upper().replace("_", "-")
        raise PlaylistError(PlaylistFault.MISSING, uri, f"a tag lacks {name}") from error
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, m3u8.ParseError) as error:
        # The library lets escape whatever its parsing code runs into.
        raise PlaylistError(PlaylistFault.BAD_SYNTAX, uri, f"unreadable: {error!r}") from error


def _variant(entry: m3u8.Playlist, uri: str) -> Variant:
    info = entry.stream_info
    if not info.bandwidth or info.bandwidth < 0:
        raise PlaylistError(PlaylistFault.MISSING, uri, f"variant {entry.uri} has no BANDWIDTH")
    width, height = info.resolution or (0, 0)
    return Variant(
        uri=urljoin(uri, entry.uri),
        bandwidth_bps=info.bandwidth,
        average_bps=info.average_bandwidth or info.bandwidth,
        codecs=info.codecs or "",
        width=width,
        height=height,
        frame_rate=info.frame_rate or 0.0,
        audio_group=info.audio or "",
    )


def _segment(segment: m3u8.Segment, uri: str) -> MediaSegment:
    if not segment.uri or not segment.duration or not 0 < segment.duration < float("inf"):
        raise PlaylistError(PlaylistFault.MISSING, uri, f"segment {segment.uri} has no EXTINF above 0")
    init = segment.init_section
    return MediaSegment(
        number=segment.media_sequence,
        uri=urljoin(uri, segment.uri),
        duration_ms=round(segment.duration * 1000),
        init_uri=urljoin(uri, init.uri) if init and init.uri else "",
    )
