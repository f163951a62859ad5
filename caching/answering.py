"""How an exchange ends: the actions that answer its client, and the record of why.

The base of ``Exchange``, which knows when to answer with what. An exchange that has answered is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caching.actions import Refuse, Relay, Serve
from caching.cache import Cache
from caching.demand import demand_of
from caching.entry import Entry
from caching.flights import FlightState
from caching.freshness import Freshness, freshness_of
from caching.headers import Headers
from caching.key import cache_key, with_normal_site
from caching.leader import Leader, Step
from caching.messages import Request, ResponseHead
from caching.reasons import Failure, NotStored, Outcome, Reason
from caching.reply import Reply, make_reply, relayed_reply
from caching.status import with_status
from caching.tier import for_peer
from caching.validation import outdate

if TYPE_CHECKING:
    from caching.exchange import Exchange


class Answering(Leader):
    """One request, and what it is told."""

    def __init__(self, cache: Cache, request: Request) -> None:
        self.request = request = with_normal_site(request)
        key = cache_key(request.scheme, request.authority, request.target, cache.settings.ignored_params)
        super().__init__(cache, key)
        self.stored: Entry | None = None
        """The stored response that validation or an error may still bring back: keep its body."""
        self._demand = demand_of(request, cache.settings)
        self._judged: tuple[ResponseHead, Freshness] | None = None

    @property
    def only_if_cached(self) -> bool:
        """Whether its client wants nothing that is not stored (RFC 9111 section 5.2.1.7)."""
        return self._demand.only_if_cached

    def _freshness_of(self, head: ResponseHead, now_ms: int) -> Freshness:
        """The freshness of what upstream gives, worked out once for the rules and for the entry."""
        if self._judged is None or self._judged[0] is not head:
            self._judged = head, freshness_of(head, self._cache.settings, now_ms)
        return self._judged[1]

    def _serve(
        self, entry: Entry, outcome: Outcome, reason: Reason, now_ms: int, refresh: Exchange | None = None
    ) -> Serve:
        self._step = Step.DONE
        self.record.settle(outcome, reason)
        if self._cache.index.holds(entry):
            self._cache.index.policy.hit(entry.id)
        reply = make_reply(self.request, entry, now_ms)
        return Serve(entry, self.with_status(reply, entry.remaining_ms(now_ms), None, entry), refresh)

    def _stand_in(self, failure: Failure, now_ms: int) -> Serve | Refuse:
        """Answer although upstream failed: with something stale if that is allowed."""
        why = self._cache.why_stand_in(self.stored, failure, now_ms, self._demand)
        if why is None or self.stored is None:
            return self._refuse(failure.status, failure.reason)
        return self._serve(self.stored, Outcome.STALE, why, now_ms)

    def _relay_alone(self, head: ResponseHead) -> Relay:
        """Pass a response through to this client only."""
        self._cache.invalidate(self.request, head)
        self._step = Step.DONE
        return Relay(self.with_status(relayed_reply(self.request, head), None, head.headers, None), None)

    def _on_other_head(self, stored: Entry, head: ResponseHead, now_ms: int) -> Relay:
        """A HEAD of what is stored found something else: who follows for the body has to ask for it."""
        outdate(self._cache, stored, head.status, now_ms)
        self._decide(FlightState.ABANDONED)
        self.record.outcome, self.record.not_stored = Outcome.EXPIRED, NotStored.METHOD
        return self._relay_alone(head)

    def _refuse(self, status: int, reason: Reason) -> Refuse:
        self._step = Step.DONE
        self.record.settle(Outcome.REFUSED, reason)
        return Refuse(status, reason)

    def with_status(
        self, reply: Reply, ttl_ms: int | None, upstream: Headers | None, stored: Entry | None
    ) -> Reply:
        """A reply with what this cache says of it, to a peer more than to others."""
        reply = with_status(reply, self._cache.settings, self.record, ttl_ms, upstream)
        return for_peer(reply, self.record.position, stored) if self.request.from_peer else reply

    @property
    def routing_key(self) -> str:
        """By what the node of the tier is chosen that is asked for it."""
        return self.key

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.request.method} {self.key}, {self._step.value})"
