"""What the log lacks after any crash between a change of storage and its events."""

from hypothesis import given
from hypothesis import strategies as st

from eventbus.events import AssetDeleted, AssetPublished, Event, Purged, Record, Scope
from origin.reconcile import deletion_events, missing_events, published

GONE: tuple[Event, ...] = (Purged(Scope.TAG, "asset:a"), AssetDeleted("a"))


def log(*events: Event) -> list[Record]:
    return [Record(position, 5, event) for position, event in enumerate(events, start=1)]


def test_a_log_in_line_with_storage_lacks_nothing() -> None:
    said = published(log(AssetPublished("a", "1"), AssetPublished("b", "2"), *deletion_events("a")))
    assert said == {"b": "2"}
    assert missing_events(said, {"b": "2"}) == []


def test_an_asset_that_was_committed_before_the_crash_is_published() -> None:
    assert missing_events({}, {"a": "1"}) == [AssetPublished("a", "1")]


def test_an_asset_that_was_removed_before_the_crash_is_purged_and_deleted() -> None:
    assert missing_events({"a": "1"}, {}) == [*GONE]


def test_a_deletion_told_by_half_is_told_again() -> None:
    said = published(log(AssetPublished("a", "1"), Purged(Scope.TAG, "asset:a")))
    assert missing_events(said, {}) == [*GONE]


def test_another_version_is_a_deletion_and_a_publication() -> None:
    assert missing_events({"a": "1"}, {"a": "2"}) == [*GONE, AssetPublished("a", "2")]


names = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("123"), max_size=4)


@given(names, names)
def test_what_is_appended_leaves_nothing_to_append(said: dict[str, str], stored: dict[str, str]) -> None:
    before: list[Event] = [AssetPublished(name, version) for name, version in said.items()]
    appended = missing_events(published(log(*before)), stored)
    assert published(log(*before, *appended)) == stored
    purged = {event.value for event in appended if isinstance(event, Purged)}
    replaced = {name for name, version in said.items() if stored.get(name) != version}
    assert purged == {f"asset:{name}" for name in replaced}
