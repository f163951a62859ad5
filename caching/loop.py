"""CDN-Loop and Via: where a request has been, so that it never goes round (RFC 8586, RFC 9110 7.6.3)."""

from __future__ import annotations

import re

from caching.fields import split_list
from caching.headers import Headers

# RFC 8586 section 2: cdn-info = cdn-id *( OWS ";" OWS parameter ), as a list.
_PARAMETER = r'[ \t]*;[ \t]*[^\s,;="]+=(?:[^\s,;="]+|"(?:[^"\\]|\\.)*")'
_MEMBER = re.compile(rf"([^\s,;\"]+)(?:{_PARAMETER})*")


def has_visited(headers: Headers, node_name: str) -> bool:
    """Whether a request has been through this node (RFC 8586 section 2); names have no case."""
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
