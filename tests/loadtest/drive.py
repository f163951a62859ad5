"""A driver in virtual time: does what the player says, against a tier that is a function."""

from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from loadtest.player import Player
from loadtest.session import Done, Failure, Get, Wait
from manifests.classes import ObjectClass


class Answer(NamedTuple):
    """What a tier answers, and when; a ``failure`` instead of a response."""

    took_ms: int
    status: int = 200
    body: bytes = b""
    failure: Failure | None = None


Tier = Callable[[Get, int], Answer]


class Journal(NamedTuple):
    """What a session did: its end, and what was asked at which ms."""

    done: Done
    ended_ms: int
    gets: list[tuple[int, Get]]

    @property
    def paths(self) -> list[str]:
        return [urlsplit(get.url).path for _, get in self.gets]

    @property
    def pictures(self) -> list[str]:
        """The rendition of each video segment that was asked for."""
        return [
            get.rendition
            for _, get in self.gets
            if get.kind is ObjectClass.SEGMENT and get.rendition != "aac"
        ]


def steady(objects: Mapping[str, bytes], manifest_ms: int = 10, segment_ms: int = 100) -> Tier:
    """Every segment takes ``segment_ms``, everything else ``manifest_ms``; what isn't there is a 404."""

    def tier(get: Get, _now_ms: int) -> Answer:
        took_ms = segment_ms if get.kind is ObjectClass.SEGMENT else manifest_ms
        body = objects.get(urlsplit(get.url).path)
        return Answer(took_ms, 404) if body is None else Answer(took_ms, 200, body)

    return tier


def link(objects: Mapping[str, bytes], bps: Callable[[int], int]) -> Tier:
    """A link without latency whose rate depends on the moment."""

    def tier(get: Get, now_ms: int) -> Answer:
        body = objects[urlsplit(get.url).path]
        return Answer(len(body) * 8_000 // bps(now_ms), 200, body)

    return tier


def watch(player: Player, tier: Tier, now_ms: int = 0, stop_ms: int | None = None) -> Journal:
    """Drive the player to its end, or stop it at the first step at or after ``stop_ms``."""
    gets: list[tuple[int, Get]] = []
    for _ in range(10_000):
        if stop_ms is not None and now_ms >= stop_ms:
            return Journal(player.stop(now_ms), now_ms, gets)
        match player.next(now_ms):
            case Done() as done:
                return Journal(done, now_ms, gets)
            case Wait(until_ms):
                assert until_ms >= now_ms
                now_ms = until_ms
            case Get() as get:
                gets.append((now_ms, get))
                answer = tier(get, now_ms)
                started_ms, now_ms = now_ms, now_ms + answer.took_ms
                if answer.failure:
                    player.on_error(answer.failure, "as the test wants it", now_ms)
                else:
                    player.on_response(answer.status, answer.body, len(answer.body), started_ms, now_ms)
    raise AssertionError("the session didn't end")
