from __future__ import annotations

from dataclasses import replace

import pytest

from caching import Cache, CacheSettings, Dropped, NotStored, Record
from caching.filling import Filling
from caching.flights import Flight
from tests.caching.driver import Shelf
from tests.caching.samples import entry

SETTINGS = CacheSettings(capacity_bytes=100, max_object_bytes=60, entry_overhead_bytes=10)


class Story:
    """A filling just begun."""

    def __init__(self, not_stored: NotStored | None = None) -> None:
        self.shelf = Shelf()
        self.cache = Cache(SETTINGS, self.shelf.on_dropped)
        self.entry = replace(entry("/a", 1), size_bytes=None)
        self.flight = Flight(self.entry.key, 0, ())
        self.cache.flights.open(self.flight)
        self.shelf.open(1)
        self.record = Record(self.entry.key, 0)
        self.record.not_stored, self.record.stored = not_stored, not_stored is None
        self.filling = Filling(self.cache, self.flight, self.entry, self.record)

    @property
    def told(self) -> tuple[bool, NotStored | None]:
        """Whether it was stored, and why not."""
        assert len(self.cache.flights) == 0
        assert self.shelf.kept == ({1} if self.record.stored else set())
        return self.record.stored, self.record.not_stored


def test_a_whole_body_is_stored() -> None:
    story = Story()
    story.filling.arrived(50)
    assert story.told == (True, None)
    assert story.cache.index.variants(story.entry.key) == [replace(story.entry, size_bytes=50)]


@pytest.mark.parametrize(
    ("size_bytes", "why"), [(61, NotStored.TOO_LARGE), (10**9, NotStored.TOO_LARGE), (60, None)]
)
def test_too_large(size_bytes: int, why: NotStored | None) -> None:
    story = Story()
    story.filling.arrived(size_bytes)
    assert story.told == (why is None, why)


def test_what_outgrows_the_limit_is_no_longer_to_be_joined_nor_kept() -> None:
    story = Story()
    assert story.filling.grown(60) and len(story.cache.flights) == 1
    assert not story.filling.grown(61) and story.flight.outgrown and len(story.cache.flights) == 0
    assert not story.filling.grown(62)
    story.filling.arrived(70)
    assert story.told == (False, NotStored.TOO_LARGE)


def test_what_breaks_off_beyond_the_limit_was_too_large_first() -> None:
    story = Story()
    story.filling.grown(61)
    story.filling.broke_off()
    assert story.told == (False, NotStored.TOO_LARGE) and story.shelf.causes == [Dropped.FILL_FAILED]


def test_a_rule_that_forbade_is_remembered() -> None:
    story = Story(NotStored.NO_FRESHNESS)
    story.filling.arrived(50)
    assert story.told == (False, NotStored.NO_FRESHNESS)


def test_what_was_purged_meanwhile_is_not_stored() -> None:
    story = Story()
    story.flight.outdated = True
    story.filling.arrived(50)
    assert story.told == (False, NotStored.PURGED) and story.shelf.causes == [Dropped.PURGED]


def test_a_body_that_broke_off_is_not_kept() -> None:
    story = Story()
    story.filling.broke_off()
    assert story.told == (False, NotStored.FILL_FAILED) and story.shelf.causes == [Dropped.FILL_FAILED]


def test_the_policy_may_refuse() -> None:
    story = Story()
    story.cache.index.policy.resize(20)
    story.filling.arrived(50)
    assert story.told == (False, NotStored.NOT_ADMITTED)
