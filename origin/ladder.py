"""Which renditions a source is encoded to: the ladder.

Rungs go down from the source's own height (or the cap) through the usual ones; a source too small for three
of them gets fractions of its own height, since a player needs something to switch between. Nothing is made
larger than its source. Heights are those of the shorter side, so that portrait pictures get the same rungs.
Pure arithmetic, called by `publish`.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

USUAL_HEIGHTS = (1080, 720, 480, 240)
MIN_RUNGS = 3
MIN_BPS = 40_000
MAX_FPS, MIN_FPS = 60, 5


@dataclass(frozen=True, slots=True)
class LadderSettings:
    """How the ladder is chosen.

    max_height: no rung's shorter side is longer, in pixels.
    reference_bps: what 1280x720 at 30 frames a second gets; other rungs are scaled from it.
    audio_bps: for stereo; mono gets two thirds.
    """

    max_height: int = 1080
    reference_bps: int = 2_400_000
    audio_bps: int = 96_000

    def __post_init__(self) -> None:
        if self.max_height < 144 or self.reference_bps < 10_000 or self.audio_bps < 8_000:
            raise ValueError(f"max_height >= 144, reference_bps >= 10000 and audio_bps >= 8000, not {self}")


class VideoRung(NamedTuple):
    """One picture rendition to encode; its width and height are even."""

    id: str
    width: int
    height: int
    bitrate_bps: int


class AudioRung(NamedTuple):
    """The sound rendition to encode."""

    id: str
    channels: int
    bitrate_bps: int


class Ladder(NamedTuple):
    """What to encode. All pictures share one constant frame rate, and so the places of key frames."""

    videos: tuple[VideoRung, ...]
    audio: AudioRung | None
    frame_rate: Fraction


def choose_ladder(
    width: int, height: int, frame_rate: Fraction, channels: int, settings: LadderSettings
) -> Ladder:
    """The ladder for a source of square pixels; `channels` is 0 when it has no sound."""
    rate = steady_rate(frame_rate)
    top = min(width, height, settings.max_height) // 2 * 2
    videos = tuple(_rung(width, height, side, rate, settings) for side in _sides(top))
    if not channels:
        return Ladder(videos, None, rate)
    if channels == 1:
        return Ladder(videos, AudioRung("audio", 1, settings.audio_bps * 2 // 3), rate)
    return Ladder(videos, AudioRung("audio", 2, settings.audio_bps), rate)


def steady_rate(frame_rate: Fraction) -> Fraction:
    """The constant rate to encode at: halved until at most MAX_FPS, and not below MIN_FPS."""
    while frame_rate > MAX_FPS:
        frame_rate /= 2
    return max(frame_rate, Fraction(MIN_FPS))


def _sides(top: int) -> list[int]:
    """Shorter sides from the top down; a step is at least a quarter, so that switching is worth it."""
    usual = [top, *(side for side in USUAL_HEIGHTS if side * 4 <= top * 3)]
    return usual if len(usual) >= MIN_RUNGS else [top, _even(top * 2 / 3), _even(top / 2)]


def _rung(width: int, height: int, side: int, rate: Fraction, settings: LadderSettings) -> VideoRung:
    scale = side / min(width, height)
    fitted = [min(_even(length * scale), length // 2 * 2) for length in (width, height)]
    # Small pictures need more bits a pixel than large ones: a power law, and 0.9 is the customary exponent.
    pixel_rate_ratio = float(fitted[0] * fitted[1] * rate / (1280 * 720 * 30))
    kbps = round(settings.reference_bps * pixel_rate_ratio**0.9 / 1000)
    return VideoRung(f"{side}p", fitted[0], fitted[1], max(MIN_BPS, 1000 * kbps))


def _even(length: float) -> int:
    """The even number nearest to it; 4:2:0 pictures have no odd sides."""
    return 2 * round(length / 2)
