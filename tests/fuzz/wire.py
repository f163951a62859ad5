"""What is fuzzed of the wire: messages as two parsers read them, whole and in pieces; and all targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.framing import RequestScan, ResponseScan
from edge.settings import HeadLimits
from tests.edge.test_parsers import REQUESTS as KNOWN_REQUESTS
from tests.edge.test_parsers import RESPONSES, agree_on_answer, agree_on_requests
from tests.fuzz.targets import TARGETS, Target, same

LIMITS: Final = HeadLimits()


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "ignore")


def check_requests(text: str) -> None:
    """Requests: our scan and aiohttp's parser end them at one place, however they come (RFC 9112)."""
    data = _bytes(text)
    agree_on_requests(data)
    whole, halves = RequestScan(LIMITS), RequestScan(LIMITS)
    middle = len(data) // 2
    passed, again = whole.feed(data), halves.feed(data[:middle]) + halves.feed(data[middle:])
    same("requests", (passed, whole.in_body), (again, halves.in_body))
    same("flaw", whole.flaw is None, halves.flaw is None)


def check_answers(text: str) -> None:
    """Answers: the same, to GET and to HEAD."""
    data = _bytes(text)
    middle = len(data) // 2
    for to_head in (False, True):
        agree_on_answer(data, to_head)
        whole, halves = (ResponseScan(LIMITS, to_head=to_head, max_interim=3) for _ in range(2))
        passed, again = whole.feed(data), halves.feed(data[:middle]) + halves.feed(data[middle:])
        same("answer", (passed, whole.ended, whole.interim), (again, halves.ended, halves.interim))
        same("flaw", whole.flaw is None, halves.flaw is None)


_WORDS: Final = (
    "\r\n",
    "\r\n\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Host: a\r\n",
    "HTTP/1.1",
    "HTTP/1.0",
    "GET / ",
    "chunked",
    "0\r\n\r\n",
    "5\r\nhello\r\n",
    ": ",
    ";",
    "\n",
    "\r",
)
REQUESTS: Final = Target(tuple(data.decode("latin-1") for data in KNOWN_REQUESTS), _WORDS, check_requests)
ANSWERS: Final = Target(tuple(data.decode("latin-1") for data in RESPONSES), _WORDS, check_answers)

ALL: Final[Mapping[str, Target]] = {**TARGETS, "requests": REQUESTS, "answers": ANSWERS}
