"""CDN-Loop, Via and Max-Forwards: where a request has been, and how much further it may go.

RFC 8586, RFC 9110 sections 7.6.2 and 7.6.3. Called by the Exchange.
"""

from __future__ import annotations

import re

from caching.fields import parse_delta_s, split_list
from caching.headers import Headers
from caching.messages import Request
from caching.reasons import Reason

# RFC 8586 section 2: cdn-info = cdn-id *( OWS ";" OWS parameter ), as a list.
_PARAMETER = r'[ \t]*;[ \t]*[^\s,;="]+=(?:[^\s,;="]+|"(?:[^"\\]|\\.)*")'
_MEMBER = re.compile(rf"([^\s,;\"]+)(?:{_PARAMETER})*")


def ended_by(request: Request, node_name: str) -> tuple[int, Reason] | None:
    """What ends a request here, with the status that says so; None when it may go on."""
    if has_visited(request.headers, node_name):
        return 508, Reason.LOOP
    return (501, Reason.MAX_FORWARDS) if _forwards_left(request) == 0 else None


def has_visited(headers: Headers, node_name: str) -> bool:
    """Whether a request has been through this node (RFC 8586 section 2); names have no case."""
    if "cdn-loop" not in headers:
        return False
    return node_name.lower() in (name.lower() for name in visits(headers))


def visits(headers: Headers) -> list[str]:
    """The names of the nodes that a request has been through, in order, their parameters left out.

    A field that is not well-formed is cut at every comma: a quote that is opened and never closed must not
    hide the names behind it.
    """
    value = headers.get("cdn-loop") or ""
    members = split_list(value)
    if not all(_MEMBER.fullmatch(member) for member in members):
        members = value.split(",")
    return [name for member in members if (name := member.partition(";")[0].strip())]


def mark_visit(headers: Headers, node_name: str) -> Headers:
    """The headers to send on, with this node's name added to CDN-Loop and Via."""
    marks = (("cdn-loop", node_name), ("via", f"1.1 {node_name}"))
    return headers.replacing((name, _appended(headers.get(name), value)) for name, value in marks)


def _appended(value: str | None, item: str) -> str:
    return f"{value}, {item}" if value else item


def with_fewer_forwards(request: Request) -> Request:
    """The request with the hop to come taken off its Max-Forwards, if it has one that counts."""
    left = _forwards_left(request)
    if left is None:
        return request
    return request._replace(headers=request.headers.replacing([("max-forwards", str(left - 1))]))


def _forwards_left(request: Request) -> int | None:
    """Only these two methods count hops; one who says it in a way that is no number is passed over."""
    if request.method not in ("OPTIONS", "TRACE"):
        return None
    return parse_delta_s(request.headers.get("max-forwards"))
