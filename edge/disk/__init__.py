"""Bodies on disk, which survive the process: a folder of files, read back only with the right checksum.

``docs/disk.md`` tells what the files look like and what they survive.
"""

from edge.disk.counters import DiskCounters
from edge.disk.files import occupied_bytes
from edge.disk.recovery import Found, Kept
from edge.disk.store import DiskStore

__all__ = ["DiskCounters", "DiskStore", "Found", "Kept", "occupied_bytes"]
