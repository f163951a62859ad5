"""The words of a viewing session: how a player behaves, what it asks of its driver, how it ends.

Shared by the player, its drivers (Locust users, the simulator) and their reports.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from manifests.classes import ObjectClass


class Outcome(StrEnum):
    """Why a session ended."""

    PLAYED_OUT = "played_out"
    """The asset was played to its end."""
    LEFT = "left"
    """The viewer had watched for as long as they wanted to, or was told to stop."""
    NO_MULTIVARIANT = "no_multivariant"
    """No edge gave a multivariant playlist that can be played."""
    NO_MEDIA_PLAYLIST = "no_media_playlist"
    """No edge gave the playlist of the chosen rendition."""
    NO_INIT = "no_init"
    """No edge gave the initialization segment."""
    NO_SEGMENT = "no_segment"
    """No edge gave the next media segment."""


class Failure(StrEnum):
    """Why a request failed."""

    STATUS = "status"
    """The status is not 200."""
    UNREACHABLE = "unreachable"
    """No connection, or it broke before the whole body was there."""
    TIMEOUT = "timeout"
    """The edge took too long."""
    BAD_PLAYLIST = "bad_playlist"
    """The body can't be played as the playlist that was asked for."""
    NOT_VOD = "not_vod"
    """The playlist has no EXT-X-ENDLIST: it is live, and this player plays VOD."""
    EMPTY = "empty"
    """A media object without bytes."""


class Problem(NamedTuple):
    """A failed request: why, and a line that names the URL."""

    failure: Failure
    detail: str


class Get(NamedTuple):
    """Fetch ``url`` whole. ``rendition`` is empty for the multivariant playlist."""

    url: str
    kind: ObjectClass
    rendition: str


class Wait(NamedTuple):
    """Nothing to do before ``until_ms``; ask again then."""

    until_ms: int


class Done(NamedTuple):
    """The session is over. ``problem`` is the last failure when that is why, else None."""

    outcome: Outcome
    problem: Problem | None = None


Action = Get | Wait | Done


class Qoe(NamedTuple):
    """What the viewer got. ``startup_ms + played_ms + stalled_ms`` is the length of the session.

    When playback never ``started``, ``startup_ms`` is how long the viewer waited in vain.
    """

    started: bool
    startup_ms: int
    played_ms: int
    stalled_ms: int
    stalls: int
    switches: int
    """Changes of the video rendition from one segment to the next."""
    average_bps: int
    """Nominal bit rate of the variants fetched, weighted by duration."""
    failures: int
    """Failed requests, those that another edge made good included."""

    @property
    def rebuffer_ratio(self) -> float:
        """stalled / (played + stalled), the ratio of the field (CTA-2066); 0 when nothing played."""
        watched_ms = self.played_ms + self.stalled_ms
        return self.stalled_ms / watched_ms if watched_ms else 0.0


@dataclass(frozen=True, slots=True)
class PlayerSettings:
    """How a player behaves. Raises ``ValueError`` naming the field that makes no sense."""

    startup_buffer_ms: int = 2_000
    """Media that must be buffered before playback begins."""
    resume_buffer_ms: int = 2_000
    """Media that must be buffered before playback goes on after a stall."""
    max_buffer_ms: int = 30_000
    """No segment is asked for while more than this is buffered."""
    safety_factor: float = 0.8
    """The share of the measured throughput that a variant's BANDWIDTH may take."""
    initial_bps: int = 1_000_000
    """Throughput assumed before the first segment has been measured."""
    max_rounds: int = 4
    """How often every edge is asked for one object before the session fails."""
    retry_ms: int = 500
    """Pause after the first round in which every edge failed; it doubles with each, and is jittered."""

    def __post_init__(self) -> None:
        for name in ("startup_buffer_ms", "resume_buffer_ms", "initial_bps", "max_rounds", "retry_ms"):
            if getattr(self, name) <= 0:
                raise ValueError(f"player setting {name} is {getattr(self, name)}: it must be above 0")
        if max(self.startup_buffer_ms, self.resume_buffer_ms) > self.max_buffer_ms:
            raise ValueError(
                f"player setting max_buffer_ms is {self.max_buffer_ms}: it can't be below"
                " startup_buffer_ms or resume_buffer_ms, or playback would never begin"
            )
        if not 0 < self.safety_factor <= 1:
            raise ValueError(
                f"player setting safety_factor is {self.safety_factor}: it must be above 0, up to 1"
            )
