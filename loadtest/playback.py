"""The viewer's side of a player: what is buffered, what plays, what stalls, and for how long.

Every moment between the request to play and the end belongs to exactly one of starting, playing and
stalled, so ``startup + played + stalled`` is the length of the session, to the millisecond; the instant at
which a buffer runs dry is computed, however late the caller looks. Time comes from the caller and never goes
back. The player feeds it; it knows nothing of HTTP.
"""

from enum import Enum


class State(Enum):
    """What the viewer sees."""

    STARTING = "starting"
    """Nothing yet: too little is buffered to begin."""
    PLAYING = "playing"
    """The picture moves."""
    STALLED = "stalled"
    """It played, ran dry, and waits for enough to go on."""
    ENDED = "ended"
    """Everything was played, or the viewer left."""


class Playback:
    """The playhead and the time accounts of one session that began at ``began_ms``.

    ``startup_buffer_ms`` must be buffered to begin, ``resume_buffer_ms`` to go on after a stall.
    """

    __slots__ = (
        "_complete",
        "_end_ms",
        "_now_ms",
        "_resume_buffer_ms",
        "_startup_buffer_ms",
        "played_ms",
        "stalled_ms",
        "stalls",
        "started",
        "startup_ms",
        "state",
    )

    def __init__(self, began_ms: int, startup_buffer_ms: int, resume_buffer_ms: int) -> None:
        self._now_ms = began_ms
        self._startup_buffer_ms = startup_buffer_ms
        self._resume_buffer_ms = resume_buffer_ms
        self._end_ms = 0
        self._complete = False
        self.state = State.STARTING
        self.started = False
        self.startup_ms = 0
        self.played_ms = 0
        self.stalled_ms = 0
        self.stalls = 0

    @property
    def buffered_ms(self) -> int:
        """Media ahead of the playhead. The playhead stands at ``played_ms``, since nobody seeks."""
        return self._end_ms - self.played_ms

    @property
    def dry_at_ms(self) -> int:
        """When a playing buffer runs dry unless it is extended."""
        return self._now_ms + self.buffered_ms

    def advance(self, now_ms: int) -> None:
        """Let time pass until ``now_ms``; an earlier moment than the last changes nothing."""
        elapsed_ms = max(0, now_ms - self._now_ms)
        self._now_ms += elapsed_ms
        match self.state:
            case State.STARTING:
                self.startup_ms += elapsed_ms
            case State.STALLED:
                self.stalled_ms += elapsed_ms
            case State.PLAYING:
                self._play(elapsed_ms)

    def extend(self, end_ms: int, now_ms: int) -> None:
        """Media is playable up to ``end_ms`` on the asset's timeline (a smaller value changes nothing)."""
        self.advance(now_ms)
        self._end_ms = max(self._end_ms, end_ms)
        self._start_if_ready()

    def complete(self, now_ms: int) -> None:
        """No more media will come: play what there is, and end when it runs out instead of stalling."""
        self.advance(now_ms)
        self._complete = True
        self._start_if_ready()

    def leave(self, now_ms: int) -> None:
        """The viewer closes the player."""
        self.advance(now_ms)
        self.state = State.ENDED

    def _play(self, elapsed_ms: int) -> None:
        short_ms = elapsed_ms - self.buffered_ms
        if short_ms < 0 or (short_ms == 0 and not self._complete):
            self.played_ms += elapsed_ms
            return
        self.played_ms = self._end_ms
        if self._complete:
            self._now_ms -= short_ms  # the session ended at that instant
            self.state = State.ENDED
        else:
            self.stalls += 1
            self.stalled_ms += short_ms
            self.state = State.STALLED

    def _start_if_ready(self) -> None:
        wanted_ms = {State.STARTING: self._startup_buffer_ms, State.STALLED: self._resume_buffer_ms}
        if self.state in wanted_ms and (self._complete or self.buffered_ms >= wanted_ms[self.state]):
            self.state = State.PLAYING
            self.started = True

    def __repr__(self) -> str:
        return (
            f"<Playback {self.state.value}: startup {self.startup_ms} ms, played {self.played_ms} ms,"
            f" stalled {self.stalled_ms} ms in {self.stalls} stalls, {self.buffered_ms} ms buffered>"
        )
