"""A request as it goes over the wire to upstream, made of what a Fetch says."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from caching import Fetch
from caching.headers import Pair
from caching.invalidation import is_safe
from edge.heads import Interim
from edge.upload import Upload
from edge.wire import head_bytes

OnInterim = Callable[[Interim], None]

# Fields of the connection to upstream, which this node says for itself.
_OUR_OWN = ("host", "content-length", "expect")
# RFC 9110 section 9.2.2: what may be done twice, besides all that changes nothing.
_IDEMPOTENT = ("DELETE", "PUT")
# Those whose requests have no content as a rule: of others a length is told even when it is 0 (section 8.6).
_WITHOUT_CONTENT = ("GET", "HEAD", "OPTIONS", "TRACE")


class Call(NamedTuple):
    """What is sent to upstream, and how long it is waited for."""

    head: bytes
    to_head: bool
    """HEAD is asked: no body will come."""
    limit_s: float
    """How long the response's head may take."""
    on_interim: OnInterim | None = None
    may_repeat: bool = False
    """Whether it does no harm if it comes twice."""
    upload: Upload | None = None
    chunked: bool = False
    """Whether the upload is sent in chunks, for nobody has said how long it is."""
    expects_continue: bool = False
    """Whether the upload waits for a 100 (RFC 9110 section 10.1.1)."""


def call_of(
    fetch: Fetch,
    target: str,
    fields: tuple[Pair, ...],
    upload: Upload | None,
    on_interim: OnInterim | None,
    limit_ms: int,
) -> Call:
    """``fields`` are those that come first, Host among them. Raises ValueError for what no head can hold."""
    if upload is not None:
        return _call_with(upload, fetch, target, fields, on_interim, limit_ms)
    pairs = [*fields, *fetch.headers.without(_OUR_OWN)]
    method = fetch.method
    if method not in _WITHOUT_CONTENT:
        pairs.append(("content-length", "0"))
    may_repeat = is_safe(method) or method in _IDEMPOTENT
    head = head_bytes(f"{method} {target} HTTP/1.1", pairs)
    return Call(head, method == "HEAD", limit_ms / 1000, on_interim, may_repeat)


def _call_with(
    upload: Upload,
    fetch: Fetch,
    target: str,
    fields: tuple[Pair, ...],
    on_interim: OnInterim | None,
    limit_ms: int,
) -> Call:
    length = fetch.headers.get("content-length")
    framing = ("transfer-encoding", "chunked") if length is None else ("content-length", length)
    pairs = [*fields, *fetch.headers.without(_OUR_OWN), framing]
    expects_continue = (fetch.headers.get("expect") or "").lower() == "100-continue"
    if expects_continue:
        pairs.append(("expect", "100-continue"))
    return Call(
        head_bytes(f"{fetch.method} {target} HTTP/1.1", pairs),
        to_head=False,
        limit_s=limit_ms / 1000,
        on_interim=on_interim,
        upload=upload,
        chunked=length is None,
        expects_continue=expects_continue,
    )
