"""Which segments of a rendition a player may see at a given moment.

On demand that is all of them, for ever. Played as a live event, a segment appears once the wall clock has
passed its last tick, and leaves when it is older than the window. That is arithmetic on `now_ms`: nothing is
remembered, so every origin replica says the same at the same moment. HLS and DASH are both written from it.
"""

from dataclasses import dataclass

from manifests.asset import Asset, Rendition, Segment
from manifests.rates import target_duration_s


@dataclass(frozen=True, slots=True)
class Settings:
    """How an asset is presented.

    live_from_ms: the wall-clock moment at which its first tick plays, as a live event; None: on demand.
    window_ms: how far back a live event can be watched.
    """

    live_from_ms: int | None = None
    window_ms: int = 60_000

    def __post_init__(self) -> None:
        if self.window_ms <= 0:
            raise ValueError(f"window_ms is more than 0, not {self.window_ms}")


ON_DEMAND = Settings()


@dataclass(frozen=True, slots=True)
class Window:
    """The visible segments, and whether none will follow them."""

    segments: tuple[Segment, ...]
    ended: bool


def visible(asset: Asset, rendition: Rendition, settings: Settings, now_ms: int) -> Window:
    """The window of `rendition` at `now_ms`.

    A live window is never shorter than three target durations, once so much has been played: a server must
    not take a segment away before (RFC 8216 section 6.2.2).
    """
    if settings.live_from_ms is None:
        return Window(rendition.segments, ended=True)
    elapsed_ms = now_ms - settings.live_from_ms
    played = tuple(s for s in rendition.segments if end_ms(s, rendition) <= elapsed_ms)
    if not played:
        return Window((), ended=False)
    from_ms = end_ms(played[-1], rendition) - kept_ms(asset, settings)
    return Window(
        tuple(s for s in played if end_ms(s, rendition) > from_ms),
        ended=len(played) == len(rendition.segments),
    )


def kept_ms(asset: Asset, settings: Settings) -> int:
    """How far back a live event of this asset really goes: `window_ms`, or three target durations if more."""
    return max(settings.window_ms, 3000 * target_duration_s(asset.renditions))


def end_ms(segment: Segment, rendition: Rendition) -> int:
    """When the segment's last tick has been played, in ms from the start of the presentation, rounded up."""
    return -(-segment.end_ticks * 1000 // rendition.timescale)
