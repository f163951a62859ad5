"""What a node does about the bus: applies purges, keeps its lease, learns who its peers are."""

from __future__ import annotations

from collections.abc import Callable

from caching import Cache, Purge, Scope, cache_key
from caching.purges import path_of
from edge.clock import Clock
from edge.counters import Counters
from edge.membership import Membership
from edge.settings import EdgeSettings
from edge.target import Aim, full_url
from eventbus.events import Heartbeat, Purged, Record
from eventbus.protocol import Reset


class Listener:
    """The node's handler of the bus (``eventbus.subscriber.Handler``); what returned holds."""

    def __init__(
        self,
        settings: EdgeSettings,
        cache: Cache,
        membership: Membership,
        counters: Counters,
        now_ms: Clock,
        write_up: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._cache = cache
        self._membership = membership
        self._counters = counters
        self._now_ms = now_ms
        self._write_up = write_up
        """Called before the position moves, which the access log tells of what went before."""

    def on_reset(self, position: int, why: Reset) -> None:
        """Purges may have been missed: nothing that is cached or being filled can be trusted."""
        self._write_up()
        self._cache.reset(position)

    def on_record(self, record: Record) -> None:
        self._write_up()
        if isinstance(record.event, Purged):
            purge = purge_of(record.event, self._settings)
            self._cache.apply_purge(purge, record.position, self._now_ms())
            self._counters.purges += 1
        else:
            self._cache.skip_to(record.position)

    def on_heartbeat(self, beat: Heartbeat) -> None:
        self._cache.lease_until_ms = beat.lease_from_ms + beat.max_staleness_ms
        self._membership.update((member.name, member.url, member.weight) for member in beat.members)


def purge_of(event: Purged, settings: EdgeSettings) -> Purge:
    """The purge in terms of this node's keys; never raises, since a purge may not be skipped.

    A full URL is brought to the key that a request for it would have here; a path stands for that path on
    every site. A prefix ends where its query begins, for keys have their parameters sorted: rather too
    much is purged than too little.
    """
    scope, url = Scope(event.scope.value), full_url(event.value)
    if scope not in (Scope.URL, Scope.PREFIX):
        return Purge(scope, event.value, event.soft)
    scheme, authority, target = url or Aim("", "", f"/{event.value.removeprefix('/')}")
    if not settings.preserve_host:
        scheme, authority = settings.origin_site
    target, _, _ = target.partition("#")
    if scope is Scope.PREFIX:
        target = target.partition("?")[0]
    key = cache_key(scheme, authority, target, settings.cache.ignored_params)
    return Purge(scope, path_of(key) if url is None else key, event.soft)
