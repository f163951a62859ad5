"""How an answer from parts begins: its status and fields, and which bytes of the whole it will send.

One part is enough to say it: it has the fields, the validator and the length of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from caching.conditional import Precondition, evaluate
from caching.entry import Entry
from caching.headers import Headers
from caching.messages import Request
from caching.multipart import Multipart
from caching.parts import Parts, likeness_of
from caching.ranges import Slice, Spec, coalesce, if_range_holds, to_field
from caching.reply import Reply, make_reply

# RFC 9110 section 15.3.7.2: ranges nearer than the head of another part would cost are sent as one.
GAP_BYTES = 80

# How far it is looked ahead for what is stored, to say so in Cache-Status.
_LOOKS = 256


class Opening(NamedTuple):
    """``reply`` has the head, and no body when that is all of the answer."""

    reply: Reply
    spans: list[Slice]
    """What is to be sent of the whole, in order."""
    multipart: Multipart | None = None


def open_answer(request: Request, specs: Sequence[Spec], entry: Entry, now_ms: int) -> Opening | None:
    """Begin the answer to a GET for ``specs`` (none of them for the whole) with one part, or the whole.

    None when there is no way to answer from parts: the length of the whole is not known, or this part may
    not be combined with others and does not hold all that is wanted.
    """
    if entry.whole_bytes is None and entry.part is not None:
        return _unmeasured(request, specs, entry, now_ms)
    if entry.status not in (200, 206) or entry.whole_bytes is None:
        return Opening(make_reply(request, entry, now_ms), [])
    opening = _measured(request, specs, _whole_of(entry, entry.whole_bytes), now_ms)
    if entry.part is not None and opening.spans == [Slice(entry.start, entry.end - entry.start)]:
        # Word by word, should what upstream says of it contradict itself.
        opening = opening._replace(reply=_repeating(opening.reply, entry))
    alone = likeness_of(entry) is None
    if alone and not all(entry.start <= span.offset and span.end <= entry.end for span in opening.spans):
        return None
    return opening


def as_it_came(request: Request, entry: Entry, now_ms: int) -> Opening | None:
    """The answer to the one range of a request with a part that upstream gave for the very same words."""
    if entry.part is None or "if-range" in request.headers:
        return None
    return Opening(make_reply(request, entry, now_ms), [Slice(entry.start, entry.end - entry.start)])


def look_ahead(
    parts: Parts,
    key: str,
    request_headers: Headers,
    spans: Sequence[Slice],
    entry: Entry,
    slice_bytes: int,
) -> tuple[bool, bool]:
    """Whether some of ``spans`` is stored, besides what ``entry`` holds, and whether some is missing."""
    stored = missing = False
    like, looks = likeness_of(entry), 0
    for span in spans:
        position = span.offset
        while position < span.end and looks < _LOOKS and not (stored and missing):
            looks += 1
            part = parts.at(key, request_headers, position)
            if entry.start <= position < entry.end:
                position = entry.end
            elif part is not None and likeness_of(part) == like:
                stored, position = True, part.end
            else:
                missing, position = True, (position // slice_bytes + 1) * slice_bytes
    return stored, missing


def _measured(request: Request, specs: Sequence[Spec], whole: Entry, now_ms: int) -> Opening:
    reply = make_reply(request, whole, now_ms)
    if (
        request.from_peer
        and evaluate(request.headers, whole.etag, whole.last_modified_ms) is Precondition.FAILED
    ):
        return Opening(Reply(412, (("content-length", "0"),), None), [])
    if reply.body is None:
        return Opening(reply, [])
    is_selected = len(specs) > 1 and if_range_holds(request.headers, whole.etag, whole.last_modified_ms)
    size_bytes = whole.size_bytes or 0
    if not is_selected:
        return Opening(reply, [reply.body])
    spans = coalesce(specs, size_bytes, GAP_BYTES)
    if len(spans) > 1:
        return _several(reply, spans, whole, now_ms)
    only = Spec(spans[0].offset, spans[0].end - 1) if spans else Spec(size_bytes, None)
    single = request._replace(headers=request.headers.replacing([("range", to_field([only]))]))
    return Opening(make_reply(single, whole, now_ms), spans)


def _several(reply: Reply, spans: list[Slice], whole: Entry, now_ms: int) -> Opening:
    size_bytes = whole.size_bytes or 0
    seed = f"{whole.id} {whole.serial} {now_ms} {spans}"
    multipart = Multipart(spans, size_bytes, whole.headers.get("content-type"), seed)
    own = {"content-type": multipart.content_type, "content-length": str(multipart.size_bytes)}
    kept = tuple(pair for pair in reply.headers if pair[0] not in own)
    return Opening(reply._replace(status=206, headers=(*kept, *own.items())), spans, multipart)


def _unmeasured(request: Request, specs: Sequence[Spec], entry: Entry, now_ms: int) -> Opening | None:
    """From a part of a whole whose length nobody knows: only what it holds itself."""
    if len(specs) != 1 or specs[0].first is None or specs[0].last is None or "if-range" in request.headers:
        return None
    span = Slice(specs[0].first, specs[0].last + 1 - specs[0].first)
    if not entry.start <= span.offset < span.end <= entry.end:
        return None
    plain = request._replace(headers=request.headers.without(["range"]))
    reply = make_reply(plain, _whole_of(entry, span.length), now_ms)
    if reply.body is None:
        return Opening(reply, [])
    headers = (*reply.headers, ("content-range", span.content_range(None)))
    return Opening(reply._replace(status=206, headers=headers), [span])


def _whole_of(entry: Entry, size_bytes: int) -> Entry:
    """The whole that a part tells of."""
    length = ("content-length", str(size_bytes))
    headers = entry.headers.without(("content-range",)).replacing([length])
    return replace(entry, status=200, headers=headers, size_bytes=size_bytes, part=None)


def _repeating(reply: Reply, entry: Entry) -> Reply:
    """A reply with the Content-Range with which the part came."""
    told = entry.headers.get("content-range") or ""
    kept = ((name, told if name == "content-range" else value) for name, value in reply.headers)
    return reply._replace(headers=tuple(kept))
