"""The origin of a case: says what the step has for it, and notes what it was sent. Every leg has one."""

from __future__ import annotations

from typing import NamedTuple

from caching import Failure, Headers, Request, ResponseHead
from caching.fields import format_http_date
from caching.integrity import expected_digest
from simulator.origin import SimObject, Table
from tests.scenarios.case import Answer, Interim, Step

_BODYLESS = (204, 304)
_TOO_OFTEN = Answer(status=500, headers=(("x-asked", "more often than the step allows"),))


class Asked(NamedTuple):
    """What the origin was sent. ``body`` is None where bodies of requests don't come along."""

    request: Request
    body: bytes | None = None


class Played(NamedTuple):
    """What it says to one request. ``whole`` is whether all of ``content`` is sent that there is."""

    head: ResponseHead
    content: bytes = b""
    whole: bool = True
    takes_ms: int = 0
    chunked: bool = False
    closes: bool = False
    interim: tuple[Interim, ...] = ()
    raw: bytes = b""

    @property
    def damaged(self) -> bool:
        """Whether the content is not what the head says its digest is."""
        digest = expected_digest(self.head)
        return self.whole and digest is not None and not digest.is_of(self.content)


class Script:
    """What is left of the step's answers."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: list[Answer] = []

    def load(self, step: Step) -> None:
        """Be ready for a step."""
        self.asked = []
        self._answers = [*step.answers]

    def answer(self, request: Request, now_ms: int, body: bytes | None = None) -> Played | Failure:
        """What the origin says to a request that reaches it at ``now_ms``; when it is down, none does."""
        answer = self._answers[0] if self._answers else _TOO_OFTEN
        if answer.failure is Failure.UNREACHABLE:
            return answer.failure
        # The site that is asked is Host on the wire, whatever the client wrote there.
        headers = request.headers.replacing([("host", request.authority)])
        self.asked.append(Asked(request._replace(headers=headers), body))
        if not answer.is_file or len(self._answers) > 1:
            self._answers = self._answers[1:]
        return answer.failure or _play(answer, request, now_ms)


def _play(answer: Answer, request: Request, now_ms: int) -> Played:
    head, content = _plain(answer, request, now_ms)
    if answer.is_file:
        head, content = _of_file(answer, request, now_ms)
    sent = content[: answer.breaks_after_bytes]
    whole = answer.breaks_after_bytes is None
    return Played(
        head, sent, whole, answer.takes_ms, answer.chunked, answer.closes, answer.interim, answer.raw
    )


def _plain(answer: Answer, request: Request, now_ms: int) -> tuple[ResponseHead, bytes]:
    """The answer as it stands, with the Date and the Content-Length that it does not mention."""
    told = {name.lower() for name, _ in answer.headers}.union(answer.without)
    more = []
    if "date" not in told:
        more.append(("date", format_http_date(now_ms + answer.takes_ms)))
    unsaid = answer.chunked or answer.closes
    if not unsaid and not told.intersection(("content-length", "transfer-encoding")):
        more += [("content-length", str(len(answer.body)))] if answer.status not in _BODYLESS else []
    bodyless = request.method == "HEAD" or answer.status in _BODYLESS
    return ResponseHead(answer.status, Headers((*answer.headers, *more))), b"" if bodyless else answer.body


def _of_file(answer: Answer, request: Request, now_ms: int) -> tuple[ResponseHead, bytes]:
    """What a server of files says, which knows conditions and ranges (RFC 9110 sections 13 and 14)."""
    item = SimObject(request.target, len(answer.body), Headers(answer.headers), answer.status)
    head, part = Table([item]).answer(request, now_ms + answer.takes_ms)
    if answer.chunked:
        head = head._replace(headers=head.headers.without(["content-length"]))
    return head, answer.body[part.offset : part.offset + part.length]
