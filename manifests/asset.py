"""What is known about one published video: the facts from which every manifest is written.

An asset is immutable. Publishing again makes another `version`, which stands in the path of every media
object, so that these may be cached for ever. Time is in integer ticks of the rendition's own timescale, as it
stands in the media; decimals appear only in printed manifests. Used by the manifest writers, by the origin
(which builds, stores and serves assets) and by the simulator.
"""

import re
from dataclasses import dataclass
from typing import Literal

ASSET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
VERSION = re.compile(r"[0-9a-f]{16}")
CODECS = re.compile(r"[A-Za-z0-9._-]+")  # one RFC 6381 element: it goes between quotes in manifests
TITLE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]{0,200}")  # what XML can carry, on one line
LANGUAGE = re.compile(r"[A-Za-z0-9-]*", re.ASCII)  # an RFC 5646 tag, or nothing


@dataclass(frozen=True, slots=True)
class Segment:
    """One media segment: where it lies on the timeline (ticks of its rendition) and how many bytes it has."""

    number: int
    start_ticks: int
    duration_ticks: int
    size_bytes: int

    def __post_init__(self) -> None:
        if self.number < 0 or self.start_ticks < 0 or self.duration_ticks <= 0 or self.size_bytes <= 0:
            raise ValueError(f"a segment needs a number, a start, a duration and bytes, not {self}")

    @property
    def end_ticks(self) -> int:
        return self.start_ticks + self.duration_ticks


@dataclass(frozen=True, slots=True)
class Rendition:
    """One encoding of the picture or of the sound.

    `codecs` is spelled as in RFC 6381. `peak_bps` and `average_bps` are the segment bit rates of RFC 8216
    section 4.1. The fields of the other kind are 0 or empty; `frame_rate` is a fraction (30000, 1001).

    Raises ValueError when the fields don't fit together: a description read from a disk may say anything.
    """

    id: str
    kind: Literal["video", "audio"]
    codecs: str
    peak_bps: int
    average_bps: int
    timescale: int
    init_bytes: int
    segments: tuple[Segment, ...]
    width: int = 0
    height: int = 0
    frame_rate: tuple[int, int] = (0, 1)
    sample_rate_hz: int = 0
    channels: int = 0
    language: str = ""

    def __post_init__(self) -> None:
        if not ASSET_ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} can't name a rendition: letters, digits, '-' and '_' can")
        if not CODECS.fullmatch(self.codecs) or not LANGUAGE.fullmatch(self.language):
            raise ValueError(f"rendition {self.id}: bad codecs {self.codecs!r} or language {self.language!r}")
        if self.timescale <= 0 or not self.segments:
            raise ValueError(f"rendition {self.id} needs a timescale and at least one segment")
        traits = (
            (self.width, self.height, *self.frame_rate)
            if self.kind == "video"
            else (self.sample_rate_hz, self.channels)
        )
        if min(traits) <= 0:
            raise ValueError(f"rendition {self.id} lacks what a {self.kind} rendition must say: {traits}")
        for before, after in zip(self.segments, self.segments[1:], strict=False):
            if after.number != before.number + 1 or after.start_ticks < before.end_ticks:
                raise ValueError(
                    f"rendition {self.id}: segment {after.number} doesn't follow {before.number}"
                )

    @property
    def duration_ticks(self) -> int:
        return self.segments[-1].end_ticks - self.segments[0].start_ticks


@dataclass(frozen=True, slots=True)
class Asset:
    """A published video. `version` has 16 hex digits and changes with every publication.

    Raises ValueError when the fields don't fit together.
    """

    id: str
    version: str
    title: str
    published_at_ms: int
    duration_ms: int
    source_bytes: int
    renditions: tuple[Rendition, ...]

    def __post_init__(self) -> None:
        if not ASSET_ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} can't name an asset: up to 64 letters, digits, '-' and '_' can")
        if not VERSION.fullmatch(self.version):
            raise ValueError(f"version {self.version!r} isn't 16 lowercase hex digits")
        if not TITLE.fullmatch(self.title):
            raise ValueError(f"title {self.title[:40]!r} is over 200 characters or has control characters")
        if self.duration_ms <= 0 or not self.videos:
            raise ValueError(f"asset {self.id} needs a duration and at least one video rendition")
        if len({rendition.id for rendition in self.renditions}) != len(self.renditions):
            raise ValueError(f"asset {self.id} has two renditions of one name")

    @property
    def videos(self) -> tuple[Rendition, ...]:
        return tuple(rendition for rendition in self.renditions if rendition.kind == "video")

    @property
    def audios(self) -> tuple[Rendition, ...]:
        return tuple(rendition for rendition in self.renditions if rendition.kind == "audio")

    @property
    def media_bytes(self) -> int:
        """Bytes of all init and media segments together."""
        return sum(r.init_bytes + sum(s.size_bytes for s in r.segments) for r in self.renditions)

    def rendition(self, rendition_id: str) -> Rendition | None:
        return next((r for r in self.renditions if r.id == rendition_id), None)


def init_uri(asset: Asset, rendition: Rendition) -> str:
    """The initialization segment, relative to the asset's manifests (`/vod/{asset}/`)."""
    return f"{asset.version}/{rendition.id}/init.mp4"


def segment_uri(asset: Asset, rendition: Rendition, number: int | str) -> str:
    """A media segment, relative to the asset's manifests; `number` may be a DASH `$Number$`."""
    return f"{asset.version}/{rendition.id}/{number}.m4s"
