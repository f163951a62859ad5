"""What a client got, in the form in which every leg hands it over, and how a case's requests are made."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from caching import Headers, Request
from edge.settings import EdgeSettings
from edge.target import Aimless, aim_of
from tests.scenarios.case import NODE, SITE, Case, Sent, Step
from tests.scenarios.script import Asked


class Got(NamedTuple):
    """A response. What is None could not be seen in that leg."""

    status: int
    headers: Headers
    size_bytes: int | None
    body: bytes | None = None
    broken: bool = False
    interim: tuple[int, ...] | None = None
    closed: bool | None = None


class Leg(Protocol):
    """One way of running a case."""

    async def take(self, step: Step) -> tuple[list[Got], list[Asked]]:
        """Take a step: what each client got, and what the origin was sent."""

    async def close(self) -> None:
        """Let go of everything."""


def request_of(sent: Sent, case: Case) -> Request | Aimless:
    """The request as the core is handed it, or why an edge hands it on to none."""
    headers = Headers(sent.headers)
    settings = EdgeSettings(origin_url=f"http://{SITE}", preserve_host=case.preserve_host)
    aim = aim_of(sent.method, sent.target, headers.get("host"), "http", settings)
    return aim if isinstance(aim, Aimless) else Request(sent.method, *aim, headers)


def refused(aimless: Aimless) -> Got:
    """What an edge says to a request that is for nothing."""
    return refusal(aimless.status, aimless.error)


def refusal(status: int, why: str) -> Got:
    """An error of the cache's own, which only the real edge puts into more words."""
    return Got(status, Headers([("cache-status", f"{NODE}; detail={why}")]), None)
