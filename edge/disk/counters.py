"""What a disk tier counts: plain integers, read by the exporter when it is scraped."""

from __future__ import annotations

from collections import Counter

from caching.reasons import Lost


class DiskCounters:
    """Counts since the store was opened. Each is changed by one thread alone, and may be read by any."""

    def __init__(self) -> None:
        self.writes = 0
        """Files that appeared."""
        self.written_bytes = 0
        """Of their bodies."""
        self.write_failures: Counter[Lost] = Counter()
        """Bodies and refreshes that did not come to the disk, by why."""
        self.reads = 0
        """Bodies opened, mapped and verified."""
        self.read_bytes = 0
        self.lost: Counter[Lost] = Counter()
        """Bodies that had been on disk and could not be read back, by why."""
        self.refreshes = 0
        self.drops = 0
        self.remove_failures = 0
        """Files that should have gone and would not: tried again at the next start."""
        self.scrubbed_files = 0
        self.scrubbed_bytes = 0
        self.scrub_passes = 0
        """How often the scrubber has been through all of them."""
        self.found = 0
        """Bodies that were there at the start."""
        self.discarded = 0
        """Files that were removed at the start: corrupt, torn, or of unknown age."""
        self.opened_ms = 0.0
        """How long the start took."""
        self.queued_bytes = 0
        """Of bodies that wait to be written, at this moment."""

    def on_found(self, found: int, discarded: int, took_ms: float) -> None:
        self.found, self.discarded, self.opened_ms = found, discarded, took_ms
