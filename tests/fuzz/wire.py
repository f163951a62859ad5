"""Messages as two parsers read them, fuzzed too; and all that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.edge.test_parsers import REQUESTS as KNOWN_REQUESTS
from tests.edge.test_parsers import RESPONSES, agree_on_answer, agree_on_requests
from tests.fuzz.hotpath import HOT_PATH
from tests.fuzz.targets import TARGETS, Target


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "ignore")


def check_requests(text: str) -> None:
    """Requests: our scan and aiohttp's parser end them at one place (RFC 9112)."""
    agree_on_requests(_bytes(text))


def check_answers(text: str) -> None:
    """Answers: the same, to GET and to HEAD."""
    for to_head in (False, True):
        agree_on_answer(_bytes(text), to_head)


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

ALL: Final[Mapping[str, Target]] = {
    **TARGETS,
    "requests": REQUESTS,
    "answers": ANSWERS,
    "hot-path": HOT_PATH,
}
