"""An HLS player as a state machine: it says what to fetch or how long to wait, and is told what came.

A driver loops: ``next`` names one action, the driver does it, and hands the answer to ``on_response`` or
``on_error``. One request is under way at a time. The player takes the rendition that the measured throughput
allows, fills its buffer up to a limit, and goes to another edge when one fails. Same seed and answers, same
actions: it reads no clock and does no IO. Locust users drive it in real time (``users.py``), the simulator
in virtual time. It plays VOD.
"""

from collections.abc import Sequence
from random import Random

from loadtest.failover import Failover
from loadtest.playback import Playback, State
from loadtest.presentation import Presentation, Wanted
from loadtest.session import Action, Done, Failure, Get, Outcome, PlayerSettings, Problem, Qoe, Wait
from loadtest.throughput import Throughput
from manifests.classes import ObjectClass

_WITHOUT = {
    ObjectClass.MULTIVARIANT: Outcome.NO_MULTIVARIANT,
    ObjectClass.MEDIA_PLAYLIST: Outcome.NO_MEDIA_PLAYLIST,
    ObjectClass.INIT: Outcome.NO_INIT,
    ObjectClass.SEGMENT: Outcome.NO_SEGMENT,
}
_PLAYLISTS = (ObjectClass.MULTIVARIANT, ObjectClass.MEDIA_PLAYLIST)


class Player:
    """One viewer of the asset at ``path``, such as ``/vod/clip/master.m3u8``, who pressed play at ``now_ms``.

    ``edges`` are base URLs, of which ``rng`` makes this viewer's own order; ``watch_ms`` is how long the
    viewer stays, counted from ``now_ms`` on, or None for the whole asset. Raises ``ValueError`` without
    edges.
    """

    def __init__(
        self,
        edges: Sequence[str],
        path: str,
        *,
        now_ms: int,
        rng: Random,
        watch_ms: int | None = None,
        settings: PlayerSettings | None = None,
    ) -> None:
        self._settings = settings or PlayerSettings()
        self._leaves_ms = None if watch_ms is None else now_ms + watch_ms
        self._failover = Failover(edges, rng, self._settings.max_rounds, self._settings.retry_ms)
        self._presentation = Presentation(path)
        self._playback = Playback(now_ms, self._settings.startup_buffer_ms, self._settings.resume_buffer_ms)
        self._throughput = Throughput()
        self._failures = 0
        self._asked: tuple[Wanted, Get] | None = None
        self._done: Done | None = None

    def next(self, now_ms: int) -> Action:
        """What to do now. Raises ``RuntimeError`` while a request is unanswered."""
        if self._asked:
            raise RuntimeError(f"the answer to {self._asked[1].url} is still due")
        self._playback.advance(self._viewed(now_ms))
        if self._done:
            return self._done
        if self._playback.state is State.ENDED:
            return self._finish(Done(Outcome.PLAYED_OUT), now_ms)
        if self._leaves_ms is not None and now_ms >= self._leaves_ms:
            return self._finish(Done(Outcome.LEFT), now_ms)
        if now_ms < self._failover.retry_at_ms:
            return Wait(self._viewed(self._failover.retry_at_ms))
        return self._ask(now_ms)

    def on_response(
        self, status: int, body: str | bytes, size_bytes: int, started_ms: int, now_ms: int
    ) -> Problem | None:
        """The request that began at ``started_ms`` was answered in full, with ``size_bytes`` of body.

        ``body`` is read for playlists only. Returns what is wrong with the answer, if anything.
        """
        wanted, get = self._answered()
        problem = _unusable(get, status, size_bytes) or self._presentation.accept(wanted, body)
        if problem:
            self._on_problem(problem, get, now_ms)
            return problem
        self._failover.succeeded()
        if get.kind is ObjectClass.SEGMENT:
            self._throughput.add(size_bytes, now_ms - started_ms)
        self._playback.extend(self._presentation.playable_ms, self._viewed(now_ms))
        return None

    def on_error(self, failure: Failure, detail: str, now_ms: int) -> Problem:
        """The request had no answer, or not a whole one."""
        _, get = self._answered()
        problem = Problem(failure, f"{get.url}: {detail}")
        self._on_problem(problem, get, now_ms)
        return problem

    def stop(self, now_ms: int) -> Done:
        """End the session now, whatever it is doing."""
        self._asked = None
        return self._done or self._finish(Done(Outcome.LEFT), now_ms)

    @property
    def qoe(self) -> Qoe:
        """What the viewer got up to the last call."""
        playback = self._playback
        return Qoe(
            started=playback.started,
            startup_ms=playback.startup_ms,
            played_ms=playback.played_ms,
            stalled_ms=playback.stalled_ms,
            stalls=playback.stalls,
            switches=self._presentation.switches,
            average_bps=self._presentation.average_bps,
            failures=self._failures,
        )

    def _ask(self, now_ms: int) -> Action:
        excess_ms = self._playback.buffered_ms - self._settings.max_buffer_ms
        wanted = self._presentation.wanted(self._budget_bps())
        if wanted is None:
            self._playback.complete(now_ms)
            return Wait(self._viewed(self._playback.dry_at_ms))
        if excess_ms > 0:
            return Wait(self._viewed(now_ms + excess_ms))
        get = Get(self._failover.url(wanted.path), wanted.kind, wanted.rendition)
        self._asked = wanted, get
        return get

    def _answered(self) -> tuple[Wanted, Get]:
        if not self._asked:
            raise RuntimeError("an answer, but no request is under way")
        asked, self._asked = self._asked, None
        return asked

    def _on_problem(self, problem: Problem, get: Get, now_ms: int) -> None:
        self._failures += 1
        if not self._failover.failed(now_ms):
            self._finish(Done(_WITHOUT[get.kind], problem), now_ms)

    def _finish(self, done: Done, now_ms: int) -> Done:
        self._done = done
        self._playback.leave(self._viewed(now_ms))
        return done

    def _budget_bps(self) -> float:
        measured_bps = self._throughput.bps
        return self._settings.safety_factor * (
            self._settings.initial_bps if measured_bps is None else measured_bps
        )

    def _viewed(self, at_ms: int) -> int:
        """The moment as far as the viewer is there to see it."""
        return at_ms if self._leaves_ms is None else min(at_ms, self._leaves_ms)


def _unusable(get: Get, status: int, size_bytes: int) -> Problem | None:
    if status != 200:
        return Problem(Failure.STATUS, f"{get.url}: status {status}")
    if not size_bytes and get.kind not in _PLAYLISTS:
        return Problem(Failure.EMPTY, f"{get.url}: a {get.kind} without bytes")
    return None
