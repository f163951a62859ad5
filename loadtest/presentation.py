"""What a player knows of an asset's manifests and media, and which object it needs next.

Tracks advance by whole segments, the one that lags first, so that picture and sound stay level. Renditions of
one asset are cut at the same places (RFC 8216 section 6.2.4), so the n-th segment of any follows the
(n-1)-th of any other. No time and no network here: the player has those.
"""

from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

from loadtest.session import Failure, Problem
from manifests.classes import ObjectClass
from manifests.parse import (
    MediaPlaylist,
    Multivariant,
    PlaylistError,
    Variant,
    parse_media,
    parse_multivariant,
)


class Track:
    """Picture (with the sound in it, when there is no other), or sound: how much of it has been fetched."""

    __slots__ = ("end_ms", "is_audio", "length", "position")

    def __init__(self, *, is_audio: bool) -> None:
        self.is_audio = is_audio
        self.position = 0
        self.length = 0  # segments; known from the first playlist on
        self.end_ms = 0

    @property
    def finished(self) -> bool:
        return 0 < self.length == self.position


class Wanted(NamedTuple):
    """The next object, by its path, which is the same on every edge; the multivariant one has no track."""

    kind: ObjectClass
    path: str
    playlist_path: str = ""
    variant: Variant | None = None
    track: Track | None = None

    @property
    def rendition(self) -> str:
        """The rendition's id, which is its playlist's name; empty for the multivariant playlist."""
        return PurePosixPath(self.playlist_path).stem


class Presentation:
    """The asset whose multivariant playlist is at ``path``, as far as this player has fetched it."""

    __slots__ = ("_bits", "_inits", "_multivariant", "_path", "_playlists", "_tracks", "_variant", "switches")

    def __init__(self, path: str) -> None:
        self._path = path
        self._multivariant: Multivariant | None = None
        self._playlists: dict[str, MediaPlaylist] = {}
        self._inits: set[str] = set()
        self._tracks: list[Track] = []
        self._variant: Variant | None = None
        self._bits = 0
        self.switches = 0
        """How often a picture segment was of another rendition than the one before."""

    def wanted(self, budget_bps: float) -> Wanted | None:
        """The next object for a player that may spend ``budget_bps``; None when it has everything."""
        if self._multivariant is None:
            return Wanted(ObjectClass.MULTIVARIANT, self._path)
        variant = _affordable(self._multivariant, budget_bps)
        unfinished = [track for track in self._tracks if not track.finished]
        if not unfinished:
            return None
        return self._next_of(min(unfinished, key=lambda track: track.end_ms), variant)

    def accept(self, wanted: Wanted, body: str | bytes) -> Problem | None:
        """Take the body of what was wanted; the problem with it when it can't be used."""
        if wanted.kind is ObjectClass.SEGMENT:
            self._append(wanted)
        elif wanted.kind is ObjectClass.INIT:
            self._inits.add(wanted.path)
        else:
            return self._read_playlist(wanted, body)
        return None

    @property
    def playable_ms(self) -> int:
        """Up to where picture and sound have both been fetched; a track without more doesn't hold back."""
        ends = [track.end_ms for track in self._tracks if not track.finished]
        return min(ends) if ends else max((track.end_ms for track in self._tracks), default=0)

    @property
    def average_bps(self) -> int:
        """AVERAGE-BANDWIDTH of the fetched variants, weighted by duration."""
        video_ms = self._tracks[0].end_ms if self._tracks else 0
        return self._bits // video_ms if video_ms else 0

    def _next_of(self, track: Track, variant: Variant) -> Wanted:
        playlist_path = self._playlist_path(track, variant)
        if playlist_path not in self._playlists:
            return Wanted(ObjectClass.MEDIA_PLAYLIST, playlist_path, playlist_path, variant, track)
        segment = self._playlists[playlist_path].segments[track.position]
        if segment.init_uri and segment.init_uri not in self._inits:
            return Wanted(ObjectClass.INIT, segment.init_uri, playlist_path, variant, track)
        return Wanted(ObjectClass.SEGMENT, segment.uri, playlist_path, variant, track)

    def _append(self, wanted: Wanted) -> None:
        track, variant = wanted.track, wanted.variant
        assert track and variant and self._multivariant
        duration_ms = self._playlists[wanted.playlist_path].segments[track.position].duration_ms
        track.position += 1
        track.end_ms += duration_ms
        if not track.is_audio:
            self.switches += self._variant is not None and self._variant.uri != variant.uri
            self._variant = variant
            self._bits += variant.average_bps * duration_ms

    def _read_playlist(self, wanted: Wanted, body: str | bytes) -> Problem | None:
        try:
            text = body if isinstance(body, str) else body.decode()
            if wanted.kind is ObjectClass.MULTIVARIANT:
                self._begin(_read_multivariant(text, wanted.path))
                return None
            playlist = _read_media(text, wanted.path)
        except PlaylistError as error:
            return Problem(Failure.BAD_PLAYLIST, str(error))
        except ValueError as error:  # not UTF-8, or a URI that is none
            return Problem(Failure.BAD_PLAYLIST, f"{wanted.path}: {error}")
        return self._add_playlist(wanted, playlist)

    def _add_playlist(self, wanted: Wanted, playlist: MediaPlaylist) -> Problem | None:
        track, length = wanted.track, len(playlist.segments)
        assert track
        if not playlist.ended:
            return Problem(Failure.NOT_VOD, f"{wanted.path}: no EXT-X-ENDLIST, and this player plays VOD")
        if track.length not in (0, length):
            detail = f"{wanted.path}: {length} segments, where another rendition has {track.length}"
            return Problem(Failure.BAD_PLAYLIST, detail)
        track.length = length
        self._playlists[wanted.path] = playlist
        return None

    def _begin(self, multivariant: Multivariant) -> None:
        self._multivariant = multivariant
        self._tracks = [Track(is_audio=False)]
        if any(multivariant.audio_for(variant) for variant in multivariant.variants):
            self._tracks.append(Track(is_audio=True))

    def _playlist_path(self, track: Track, variant: Variant) -> str:
        if not track.is_audio:
            return variant.uri
        assert self._multivariant
        # A variant that names no group has its sound inside; we stay with what the others name.
        return (self._multivariant.audio_for(variant) or self._multivariant.audios[0]).uri


def _affordable(multivariant: Multivariant, budget_bps: float) -> Variant:
    """The best variant within the budget, else the most modest one."""
    affordable = [variant for variant in multivariant.variants if variant.bandwidth_bps <= budget_bps]
    if affordable:
        return max(affordable, key=lambda variant: variant.bandwidth_bps)
    return min(multivariant.variants, key=lambda variant: variant.bandwidth_bps)


# Cached, since all viewers of an asset read the same playlists, and this costs more than all else they do.
@lru_cache(256)
def _read_multivariant(text: str, path: str) -> Multivariant:
    multivariant = parse_multivariant(text, path)
    for uri in [entry.uri for entry in multivariant.variants] + [entry.uri for entry in multivariant.audios]:
        _check_uri(uri)
    return multivariant


@lru_cache(1024)
def _read_media(text: str, path: str) -> MediaPlaylist:
    playlist = parse_media(text, path)
    for segment in playlist.segments:
        _check_uri(segment.uri)
        _check_uri(segment.init_uri or path)
    return playlist


def _check_uri(uri: str) -> None:
    """A path on the edge, or a full URL. Raises ``ValueError``; urllib does for a bad host or port."""
    parts = urlsplit(uri)
    on_edge = not parts.scheme and not parts.netloc and uri.startswith("/")
    if not on_edge and not (parts.scheme in ("http", "https") and parts.hostname and parts.port != 0):
        raise ValueError(f"{uri!r} can't be fetched over HTTP")
