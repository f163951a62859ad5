"""What a crash kept out of the log: the difference between what it says and what is in storage.

Storage and log can't change in one step. Each change is made in storage first and its events follow, so
after a crash the log may lack them; the origin appends at its start what is missing. An asset that is gone
was purged before it was said to be deleted, so saying both again is all that a half-told deletion needs.
Pure.
"""

from collections.abc import Iterable, Mapping

from eventbus.events import AssetDeleted, AssetPublished, Event, Purged, Record, Scope


def deletion_events(asset_id: str) -> tuple[Event, Event]:
    """What is said when an asset is gone, in this order."""
    return Purged(Scope.TAG, f"asset:{asset_id}"), AssetDeleted(asset_id)


def published(records: Iterable[Record]) -> dict[str, str]:
    """The assets (name to version) that are published, by what the log says."""
    said: dict[str, str] = {}
    for record in records:
        match record.event:
            case AssetPublished(asset_id=asset_id, version=version):
                said[asset_id] = version
            case AssetDeleted(asset_id=asset_id):
                said.pop(asset_id, None)
            case Purged():
                pass
    return said


def missing_events(said: Mapping[str, str], stored: Mapping[str, str]) -> list[Event]:
    """The events that bring what the log says in line with what is stored (both: name to version)."""
    events: list[Event] = []
    for asset_id in sorted(said.keys() - stored.keys()):
        events += deletion_events(asset_id)
    for asset_id, version in sorted(stored.items()):
        if said.get(asset_id) == version:
            continue
        if asset_id in said:
            events += deletion_events(asset_id)
        events.append(AssetPublished(asset_id, version))
    return events
