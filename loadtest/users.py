"""Locust users that watch video: each drives a ``Player`` in real time over HTTP.

What Locust counts: requests by kind of object (multivariant, media_playlist, init, segment), and the viewers'
experience as entries of type "QoE" (see ``report.QoeRow``: Locust calls their values response times, and
adds them to its "Aggregated" row; our report keeps them apart). Imported by the locustfile and by nobody
else: ``import locust`` monkey-patches the process.
"""

from __future__ import annotations

from itertools import count
from random import Random
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, ClassVar, assert_never

import gevent
from locust import FastHttpUser, task
from locust.contrib.fasthttp import LocustBadStatusCode

from loadtest.player import Player
from loadtest.report import QOE, QoeRow
from loadtest.session import Done, Failure, Get, Outcome, Problem, Qoe, Wait
from loadtest.workload import viewings

if TYPE_CHECKING:
    from loadtest.settings import LoadtestSettings


def _now_ms() -> int:
    return monotonic_ns() // 1_000_000


class SessionFailedError(Exception):
    """A viewing ended for want of an object; the message says which and why."""


class Viewer(FastHttpUser):
    """Watches one asset after the other until the test ends. A subclass gives ``settings``."""

    abstract = True
    settings: ClassVar[LoadtestSettings]
    _serial: ClassVar[count[int]] = count()

    def __init__(self, environment: Any) -> None:
        self.host = self.settings.edges[0]
        self.network_timeout = self.connection_timeout = self.settings.timeout_ms / 1_000
        super().__init__(environment)
        self._rng = Random(f"{self.settings.seed}/{next(self._serial)}")
        self._wishes = viewings(
            self.settings.assets,
            self._rng,
            zipf_exponent=self.settings.zipf_exponent,
            mean_watch_ms=self.settings.mean_watch_ms,
        )

    def wait_time(self) -> float:
        """Seconds between two viewings. Never none: a tier that refuses at once mustn't be hammered."""
        return 1.0

    @task
    def watch(self) -> None:
        """One viewing. When Locust stops the user in the middle of it, what was seen so far still counts."""
        wish = next(self._wishes)
        player = Player(
            self.settings.edges,
            f"/vod/{wish.asset}/master.m3u8",
            now_ms=_now_ms(),
            rng=self._rng,
            watch_ms=wish.watch_ms,
            settings=self.settings.player,
        )
        try:
            self._drive(player)
        finally:
            self._account(player.stop(_now_ms()), player.qoe)

    def _drive(self, player: Player) -> None:
        while True:
            match player.next(_now_ms()):
                case Get() as get:
                    self._fetch(player, get)
                case Wait(until_ms):
                    gevent.sleep(max(0, until_ms - _now_ms()) / 1_000)
                case Done():
                    return
                case never:
                    assert_never(never)

    def _fetch(self, player: Player, get: Get) -> None:
        started_ms = _now_ms()
        with self.client.get(get.url, name=get.kind.value, catch_response=True) as response:
            now_ms = _now_ms()
            error = response.request_meta["exception"]
            problem: Problem | None
            if error is None or isinstance(error, LocustBadStatusCode):
                body = response.content or b""
                problem = player.on_response(response.status_code, body, len(body), started_ms, now_ms)
            else:
                cause = getattr(error, "original", error)  # geventhttpclient wraps what it would have retried
                failure = Failure.TIMEOUT if isinstance(cause, TimeoutError) else Failure.UNREACHABLE
                problem = player.on_error(failure, repr(cause), now_ms)
            if problem:
                response.failure(f"{problem.failure}: {problem.detail}")

    def _account(self, done: Done, qoe: Qoe) -> None:
        failed = done.outcome not in (Outcome.PLAYED_OUT, Outcome.LEFT)
        detail = f"{done.outcome}: {done.problem.detail}" if done.problem else done.outcome.value
        self._report(
            QoeRow.SESSION,
            qoe.startup_ms + qoe.played_ms + qoe.stalled_ms,
            SessionFailedError(detail) if failed else None,
        )
        if qoe.started:
            self._report(QoeRow.STARTUP, qoe.startup_ms)
            self._report(QoeRow.PLAYED, qoe.played_ms)
            self._report(QoeRow.STALLED, qoe.stalled_ms)
            self._report(QoeRow.REBUFFER, round(1_000 * qoe.rebuffer_ratio))

    def _report(self, row: QoeRow, value: int, error: Exception | None = None) -> None:
        self.environment.events.request.fire(
            request_type=QOE,
            name=row.value,
            response_time=value,
            response_length=0,
            exception=error,
            context={},
        )
