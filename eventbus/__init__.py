"""What happened, in order: events, the origin's durable log, subscriptions that resume from a position.

The hub and the subscriber need aiohttp: import them from `eventbus.hub` and `eventbus.subscriber`.
"""

from eventbus.events import (
    AssetDeleted,
    AssetPublished,
    Event,
    EventError,
    Heartbeat,
    Member,
    Purged,
    Record,
    Scope,
)
from eventbus.log import EventLog, LogError, LogTrouble
from eventbus.position import PositionFile
from eventbus.protocol import Applied, Reset

__all__ = [
    "AssetDeleted",
    "AssetPublished",
    "Event",
    "EventError",
    "Heartbeat",
    "Member",
    "Purged",
    "Record",
    "Scope",
    "EventLog",
    "LogError",
    "LogTrouble",
    "PositionFile",
    "Applied",
    "Reset",
]
