"""The form of a message's head, byte by byte: what does not have it exactly is refused (RFC 9112).

Two parsers who read one message differently are how requests are smuggled and caches poisoned. So nothing
is let pass that another could read in another way.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from caching import Headers
from edge.flaws import Flaw
from edge.settings import HeadLimits

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_VALUE = rb"[\t\x20-\x7e\x80-\xff]*+"
_FIELDS = rb"(?:" + _TOKEN + rb":" + _VALUE + rb"\r\n)*+\r\n"
_REQUEST = re.compile(rb"(" + _TOKEN + rb") [\x21\x22\x24-\x7e]++ HTTP/1\.([01])\r\n" + _FIELDS)
_RESPONSE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: " + _VALUE + rb")?+\r\n" + _FIELDS)
# Everything that the length of a body depends on, and whom a request is for; in a head in lower case. A tab
# beside a value stays, and makes it none: the parser behind does not strip it everywhere.
_TELLING = re.compile(rb"\n(content-length|transfer-encoding|host): *([^\r]*?) *\r")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)")
_FIELD = re.compile(rb"(" + _TOKEN + rb"):(" + _VALUE + rb")")
_NAMED = re.compile(_TOKEN + rb":", re.DOTALL)
_VERSION = re.compile(rb"HTTP/[0-9]+(?:\.[0-9]+)?")
_BODYLESS = (204, 304)
_SWITCHING = 101
HEAD_END = b"\r\n\r\n"


class Body(NamedTuple):
    """Where the body of a message ends. Without length and chunks: with the connection."""

    length: int | None
    chunked: bool = False


NO_BODY = Body(0)
UNTIL_CLOSE = Body(None)


class Answer(NamedTuple):
    """The head of a response, and what it says of the connection."""

    status: int
    headers: Headers
    body: Body
    persists: bool = True
    """Whether the connection stays for another request (RFC 9112 section 9.3)."""

    @property
    def is_interim(self) -> bool:
        """Whether another head must follow (RFC 9110 section 15.2). A 101 ends what can be understood."""
        return self.status < 200 and self.status != _SWITCHING


class Interim(NamedTuple):
    """A response before the final one."""

    status: int
    headers: Headers


def fields_of(head: bytes) -> Headers:
    """The fields of a head that was found to have no flaw."""
    _, *lines = head.removesuffix(HEAD_END).decode("latin-1").split("\r\n")
    fields = [line.partition(":") for line in lines]
    return Headers([(name, value) for name, _, value in fields])


def field_flaw(line: bytes) -> Flaw | None:
    """What is wrong with one field line, its end left out."""
    if _FIELD.fullmatch(line):
        return None
    if line[:1] in (b" ", b"\t"):
        return Flaw.FOLDED
    return Flaw.FIELD_VALUE if _NAMED.match(line) else Flaw.FIELD_NAME


def request_body(head: bytes, limits: HeadLimits) -> Body | Flaw:
    """How the body that follows a request's head ends, or what is wrong with the head."""
    found = _REQUEST.fullmatch(head)
    if found is None:
        return _request_flaw(head, limits)
    if (flaw := _too_large(head, limits)) is not None:
        return flaw
    lengths, codings, hosts = _telling(head)
    old = found[2] == b"0"
    if len(hosts) > 1 or (not hosts and not old):
        return Flaw.HOST
    return _body(lengths, codings, old, NO_BODY)


def response_answer(head: bytes, limits: HeadLimits, *, to_head: bool) -> Answer | Flaw:
    """What a response's head says, or what is wrong with it. ``to_head`` tells that HEAD was asked."""
    found = _RESPONSE.fullmatch(head)
    if found is None:
        return _response_flaw(head)
    if (flaw := _too_large(head, limits)) is not None:
        return flaw
    lengths, codings, _ = _telling(head)
    old = found[1] == b"0"
    body = _body(lengths, codings, old, UNTIL_CLOSE)
    if body is Flaw.CODING and b"chunked" not in codings[0] and len(codings) == 1:
        body = UNTIL_CLOSE  # section 6.3, rule 4: unlike a request's, its end is in no doubt
    status = int(found[2])
    if isinstance(body, Flaw):
        return body
    # RFC 9112 section 6.3: these end with their head, whatever it says of a length.
    if to_head or status < 200 or status in _BODYLESS:
        body = NO_BODY
    headers = fields_of(head)
    return Answer(status, headers, body, body != UNTIL_CLOSE and _persists(headers, old))


def _persists(headers: Headers, old: bool) -> bool:
    """What Connection says of it; HTTP/1.0 has to say that it does (RFC 9112 section 9.3)."""
    said = headers.get("connection")
    if said is None:
        return not old
    options = [option.strip(" \t") for option in said.lower().split(",")]
    return "close" not in options and (not old or "keep-alive" in options)


def unfinished_flaw(start: bytes, new_from: int, limits: HeadLimits) -> Flaw | None:
    """What is wrong already with a head that has not come to its end; up to ``new_from`` it was looked at."""
    if _BARE.search(start, max(0, new_from - 2)):
        return Flaw.LINE_END
    if len(start) > limits.max_head_bytes:
        return Flaw.HEAD_TOO_LARGE
    if len(start) > limits.max_line_bytes and b"\r\n" not in start[: limits.max_line_bytes + 2]:
        return Flaw.TARGET_TOO_LONG
    return None


def _telling(head: bytes) -> tuple[list[bytes], list[bytes], list[bytes]]:
    lengths: list[bytes] = []
    codings: list[bytes] = []
    hosts: list[bytes] = []
    by_name = {b"content-length": lengths, b"transfer-encoding": codings, b"host": hosts}
    for name, value in _TELLING.findall(head.lower()):
        by_name[name].append(value)
    return lengths, codings, hosts


def _body(lengths: list[bytes], codings: list[bytes], old: bool, otherwise: Body) -> Body | Flaw:
    if codings:
        if lengths:
            return Flaw.LENGTH_AND_CODING
        if old:
            return Flaw.CODING_IN_1_0
        return Body(None, chunked=True) if codings == [b"chunked"] else Flaw.CODING
    if not lengths:
        return otherwise
    if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0]):
        return Flaw.LENGTH
    return Body(int(lengths[0]))


def _too_large(head: bytes, limits: HeadLimits) -> Flaw | None:
    if head.index(b"\r\n") > limits.max_line_bytes:
        return Flaw.TARGET_TOO_LONG
    # The first line and the last, empty one are no fields.
    too_large = len(head) > limits.max_head_bytes or head.count(b"\r\n") - 2 > limits.max_fields
    return Flaw.HEAD_TOO_LARGE if too_large else None


def _request_flaw(head: bytes, limits: HeadLimits) -> Flaw:
    """Why a head is none of a request; slow, for what is refused."""
    if _BARE.search(head):
        return Flaw.LINE_END
    line, *fields = head.removesuffix(HEAD_END).split(b"\r\n")
    method, _, rest = line.partition(b" ")
    target, space, version = rest.rpartition(b" ")
    if len(line) > limits.max_line_bytes:
        return Flaw.TARGET_TOO_LONG
    if not space or not re.fullmatch(_TOKEN, method) or not _VERSION.fullmatch(version):
        return Flaw.START_LINE
    if version not in (b"HTTP/1.0", b"HTTP/1.1"):
        return Flaw.VERSION
    if not re.fullmatch(rb"[\x21\x22\x24-\x7e]+", target):
        return Flaw.TARGET
    return _first_flaw(fields)


def _response_flaw(head: bytes) -> Flaw:
    if _BARE.search(head):
        return Flaw.LINE_END
    line, *fields = head.removesuffix(HEAD_END).split(b"\r\n")
    if not _RESPONSE.fullmatch(line + HEAD_END):
        other = re.match(rb"HTTP/(?!1\.[01] )[0-9]", line)
        return Flaw.VERSION if other else Flaw.START_LINE
    return _first_flaw(fields)


def _first_flaw(fields: list[bytes]) -> Flaw:
    return next((flaw for line in fields if (flaw := field_flaw(line)) is not None), Flaw.UNREADABLE)
