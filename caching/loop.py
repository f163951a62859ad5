"""CDN-Loop and Via: where a request has been, so that it never goes round (RFC 8586, RFC 9110 7.6.3)."""

from __future__ import annotations

from caching.fields import split_list
from caching.headers import Headers


def has_visited(headers: Headers, node_name: str) -> bool:
    """Whether a request has been through this node (RFC 8586 section 2)."""
    return node_name in visits(headers)


def visits(headers: Headers) -> list[str]:
    """The names of the nodes that a request has been through, in order, their parameters left out."""
    return [visit.partition(";")[0].strip() for visit in split_list(headers.get("cdn-loop") or "")]


def mark_visit(headers: Headers, node_name: str) -> Headers:
    """The headers to send on, with this node's name added to CDN-Loop and Via."""
    marks = (("cdn-loop", node_name), ("via", f"1.1 {node_name}"))
    return headers.replacing((name, _appended(headers.get(name), value)) for name, value in marks)


def _appended(value: str | None, item: str) -> str:
    return f"{value}, {item}" if value else item
