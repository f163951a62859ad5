"""An answer put together from parts: the ranges of an object that is not stored whole, or several at once.

    begin      too many ranges: Refuse. Otherwise the first stretch is looked for
    a stretch  is stored: Serve it. Is on its way: Follow. Is missing: Follow one's own lead, which fetches
               the aligned block in the background. May not be stored or combined: Fetch the rest in the
               client's own words, and Relay it
    go_on      what was to be sent has been: the next stretch, or the end

The first stretch tells the length of the whole and the validator; the head of the answer goes out with it.
All that follow must have the same, or the answer breaks off (RFC 9111 section 3.4): versions are never mixed.

**What a range costs.** Of an origin that honours Range, the bytes asked for never exceed those sent to
clients by more than ``excess_blocks(ranges)`` blocks for each request: for each range, what is cut off of its
first and of its last block; one that a client leaves in the middle of, or that breaks off there; and one that
told of the length or of another version, and was of no other use. What is not wanted next is never asked for.
"""

from __future__ import annotations

from caching.actions import Action, Fetch, Follow, Refuse, Relay, Serve
from caching.block import ENDLESS, BlockExchange, Stretch
from caching.cache import Cache
from caching.entry import Entry
from caching.exchange import Exchange
from caching.forward import without_own_words
from caching.messages import ResponseHead
from caching.multipart import Multipart
from caching.opening import GAP_BYTES, as_it_came, look_ahead, open_answer
from caching.parts import Likeness, arrived_of, likeness_of, strong_validator, unsatisfied_length
from caching.ranges import Slice, Spec, block_of, coalesce, to_field
from caching.reasons import Failure, Outcome, Reason
from caching.reply import Reply
from caching.settings import MIB
from caching.wanted import Wanted

_FROM_CACHE = (Outcome.HIT, Outcome.STALE, Outcome.REVALIDATED, Outcome.COLLAPSED)


def excess_blocks(ranges: int) -> int:
    """By how many blocks what is asked of the origin for one request may exceed what its client is sent."""
    return 2 * ranges + 2


class Gathering:
    """One client's answer on its way. It takes the place of ``exchange``, whose record it keeps."""

    def __init__(self, cache: Cache, exchange: Exchange, wanted: Wanted) -> None:
        self._cache, self._exchange, self._wanted = cache, exchange, wanted
        self._request, self._record = exchange.request, exchange.record
        settings = cache.settings
        self._slice_bytes = min(settings.slice_bytes or MIB, settings.max_object_bytes)
        self._block: BlockExchange | None = None
        self._entry: Entry | None = None
        """What was last sent from: the next span may lie in it too."""
        self._held: Entry | None = None
        """What the answer began with, if something else is to be sent first. The driver holds its body."""
        self._begun = False
        self._went_on = False
        """Whether anything of the answer has been sent."""
        self._like: Likeness | None = None
        self._spans: list[Slice] = []
        """What is still to be sent, in order."""
        self._spans_before: list[Slice] = []
        """The same before the last piece was taken from it."""
        self._multipart: Multipart | None = None
        self._looked_behind = False
        self._unkept = False
        """Whether upstream gave something that may not be stored: the rest is better asked for at once."""

    @property
    def stored(self) -> Entry | None:
        """The stored part that validation or an error may still bring back: keep its body."""
        return None if self._block is None else self._block.stored

    def begin(self, now_ms: int) -> Action:
        """Look for the first stretch."""
        if len(self._wanted.specs) > self._cache.settings.max_ranges:
            return self._refuse(416, Reason.TOO_MANY_RANGES)
        block = BlockExchange(self._cache, self._request, self._first_stretch())
        if self._cache.unsliced.knows(self._exchange.key, now_ms) and not block.finds(now_ms):
            return self._in_own_words(now_ms)
        return self._run(block, now_ms)

    def on_flight(self, now_ms: int) -> Action:
        """The flight that brings the stretch was decided."""
        assert self._block is not None
        return self._obey(self._block.on_flight(now_ms), now_ms)

    def on_head(self, head: ResponseHead, now_ms: int) -> Action:
        """Upstream answers the client's own words; in the middle of an answer, with the rest of a span."""
        if not self._begun:
            return self._exchange.on_head(head, now_ms)
        arrived = arrived_of(head) if head.status == 206 else None
        span = self._spans[0]
        if arrived is None or arrived.part.first != span.offset or arrived.length > span.length:
            return self._break()
        validator = strong_validator(head.headers)
        if validator is None or Likeness(validator, arrived.part.complete_bytes or 0) != self._like:
            return self._break()
        action = self._exchange.on_head(head, now_ms)
        if not isinstance(action, Relay):
            return action
        return Relay(self._next_reply(Slice(0, arrived.length), Reply(206, (), None)), None)

    def on_failure(self, failure: Failure, now_ms: int) -> Action:
        """Upstream could not be asked in the client's own words."""
        return self._exchange.on_failure(failure, now_ms)

    def go_on(self, now_ms: int) -> Action | None:
        """The last reply was sent: what follows it, or None at the end."""
        self._went_on = True
        if not self._spans:
            return None
        position = self._spans[0].offset
        for entry in (self._entry, self._held):
            if entry is not None and entry.start <= position < entry.end:
                return Serve(entry, self._piece(entry, Reply(206, (), None)))
        if self._like is None:
            return self._break()
        block = BlockExchange(self._cache, self._request, self._stretch_at(position, self._like))
        if self._unkept and not block.finds(now_ms):
            return self._in_own_words(now_ms)
        return self._run(block, now_ms)

    def on_unreadable(self, entry: Entry, now_ms: int) -> Action | None:
        """The body of ``entry`` is not to be had: it leaves, and is fetched like what was never there."""
        self._cache.lose(entry)
        self._entry = self._held = None
        if not self._went_on:
            self._begun = False
            return self.begin(now_ms)
        self._spans = self._spans_before
        return self.go_on(now_ms)

    def finish(self) -> None:
        """The driver lets go, whatever had happened."""
        if self._block is not None:
            self._block.finish()
        self._exchange.finish()

    def _run(self, block: BlockExchange, now_ms: int) -> Action:
        self._block = block
        return self._obey(block.begin(now_ms), now_ms)

    def _obey(self, action: Action, now_ms: int) -> Action:
        """What the block's exchange asks for, as it concerns the whole answer."""
        match action:
            case Serve():
                return self._take(action, now_ms)
            case Follow():
                self._held = None
                return action
            case Refuse(status, reason):
                return self._refuse(status, reason)
            case Fetch():
                return self._in_own_words(now_ms)
            case other:
                raise RuntimeError(f"a block cannot ask for {other!r}")

    def _first_stretch(self) -> Stretch:
        """Where to begin, by what is known of the object so far."""
        index, key, headers = self._cache.index, self._exchange.key, self._request.headers
        specs, gap = self._wanted.specs, self._wanted.gap
        known = index.parts.newest(key, headers) or self._exchange.stored
        like = None if known is None else likeness_of(known)
        if gap is not None:
            # What fills the gap should not drive out what it is to be put beside.
            for part in index.parts.of(key):
                if index.holds(part):  # one may go for another that is written to disk now
                    index.policy.hit(part.id)
            return Stretch(None, to_field([gap]), like, or_whole=True)
        size_bytes = None if known is None else known.whole_bytes
        spans = [] if size_bytes is None else coalesce(specs, size_bytes, GAP_BYTES)
        firsts = [span.offset for span in spans] or [spec.first for spec in specs if spec.first is not None]
        suffix = max((spec.last or 0 for spec in specs), default=0)
        if firsts or not specs or suffix > self._slice_bytes:
            return self._stretch_at(firsts[0] if firsts else self._wanted.start, like)
        return Stretch(None, to_field([Spec(None, suffix)]), like)

    def _stretch_at(self, position: int, like: Likeness | None) -> Stretch:
        """The block of a position."""
        size_bytes = None if like is None else like.complete_bytes
        block = block_of(position, self._slice_bytes, size_bytes)
        ends = [_end_of(spec) for spec in self._wanted.specs]
        number = position // self._slice_bytes
        enough = max(ends, default=ENDLESS)
        return Stretch(position, to_field([block]), like, enough, begun=self._begun, block=number)

    def _take(self, serve: Serve, now_ms: int) -> Action:
        """A stretch is there, or arriving: begin the answer with it, or go on with it."""
        assert self._block is not None
        entry = serve.entry
        if self._begun:
            if likeness_of(entry) != self._like or not entry.start <= self._spans[0].offset < entry.end:
                return self._break()
            self._note(self._block)
            return serve._replace(reply=self._piece(entry, Reply(206, (), None)))
        if (elsewhere := self._elsewhere(entry)) is not None and not self._looked_behind:
            self._looked_behind = True
            block = BlockExchange(self._cache, self._request, self._stretch_at(elsewhere, None))
            return self._run(block, now_ms)
        opening = open_answer(self._request, self._wanted.specs, entry, now_ms)
        if opening is None and self._block.stretch.position is None and len(self._wanted.specs) == 1:
            opening = as_it_came(self._request, entry, now_ms)
        if opening is None:
            return self._in_own_words(now_ms)
        self._spans, self._multipart, self._like = list(opening.spans), opening.multipart, likeness_of(entry)
        if self._settle(self._block, entry) and self._exchange.only_if_cached:
            return self._refuse(504, Reason.ONLY_IF_CACHED)
        received = None if self._block.lead is None else self._block.lead.received
        reply = self._exchange.with_status(opening.reply, entry.remaining_ms(now_ms), received, entry)
        if not self._spans:
            return serve._replace(reply=reply)
        self._begun = True
        return serve._replace(reply=self._piece(entry, reply))

    def _elsewhere(self, entry: Entry) -> int | None:
        """Where one of several ranges begins, when the first lay behind the end and upstream said so."""
        size_bytes = unsatisfied_length(entry.headers) if entry.status == 416 else None
        spans = [] if size_bytes is None else coalesce(self._wanted.specs, size_bytes, GAP_BYTES)
        return spans[0].offset if spans else None

    def _settle(self, block: BlockExchange, entry: Entry) -> bool:
        """Enter in the record how the answer comes about, as far as can be seen from its beginning.

        Whether some of it is missing.
        """
        record, first = self._record, block.record
        record.position, record.not_stored, record.stored = first.position, first.not_stored, first.stored
        record.settle(first.outcome, first.reason)
        self._note(block)
        parts, request = self._cache.index.parts, self._request
        some_stored, some_missing = look_ahead(
            parts, self._exchange.key, request.headers, self._spans, entry, self._slice_bytes
        )
        if (some_missing if first.outcome in _FROM_CACHE else some_stored) and self._spans:
            record.settle(Outcome.MISS, Reason.PARTIAL)
        return some_missing

    def _note(self, block: BlockExchange) -> None:
        """Enter that a stretch was fetched, if it was."""
        if block.lead is not None:
            self._unkept = block.lead.unkept
            self._record.forwarded, self._record.forwarded_status = True, block.record.forwarded_status
            if self._record.outcome is Outcome.HIT and self._begun:
                self._record.settle(Outcome.MISS, Reason.PARTIAL)

    def _piece(self, entry: Entry, reply: Reply) -> Reply:
        """Send from an entry what it has of the next span: nothing, if the answer only begins with it."""
        self._spans_before = list(self._spans)
        self._entry, span = entry, self._spans[0]
        if not entry.start <= span.offset < entry.end:
            self._held = entry
            return reply._replace(body=Slice(0, 0), more=True)
        length = min(entry.end, span.end) - span.offset
        if self._block is not None and self._block.lead is not None and entry is self._block.lead.brought:
            self._record.upstream_bytes += length
        return self._next_reply(Slice(span.offset - entry.start, length), reply)

    def _next_reply(self, body: Slice, reply: Reply) -> Reply:
        """Send a slice of some body, which is the beginning of the next span."""
        span, before, after = self._spans[0], b"", b""
        if body.length == span.length:
            del self._spans[0]
        else:
            self._spans[0] = Slice(span.offset + body.length, span.length - body.length)
        if self._multipart is not None:
            before = self._multipart.head_at(span.offset)
            after = b"" if self._spans else self._multipart.end
        begun = not reply.headers
        return reply._replace(body=body, before=before, after=after, begun=begun, more=bool(self._spans))

    def _in_own_words(self, now_ms: int) -> Fetch:
        """Ask for what the client wants in his own words; in the middle of an answer, for a span's rest."""
        if not self._begun:
            return self._exchange.in_own_words(Reason.UNSLICED, now_ms)
        assert self._like is not None
        rest = Spec(self._spans[0].offset, self._spans[0].end - 1)
        fields = (("range", to_field([rest])), self._like.condition)
        headers = without_own_words(self._request).headers.replacing(fields)
        return self._exchange.in_own_words(Reason.UNSLICED, now_ms, headers)

    def _break(self) -> Refuse:
        """End in the middle of the answer, and forget what it was put together from."""
        if self._like is not None:
            self._cache.forget_parts(self._exchange.key, self._like)
        return self._refuse(502, Reason.CHANGED_MIDWAY)

    def _refuse(self, status: int, reason: Reason) -> Refuse:
        self._record.settle(Outcome.REFUSED, reason)
        return Refuse(status, reason)


def _end_of(spec: Spec) -> int:
    """The position behind a range, before it is known where the whole ends."""
    return ENDLESS if spec.first is None or spec.last is None else spec.last + 1
