"""Bodies that are mapped, the least recently used let go first.

What is let go is unmapped when its last reader has let go of it too. A mapping holds a descriptor, and the
system limits both.
"""

from __future__ import annotations

import resource
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path


class Mappings:
    """Views of mapped bodies, by serial; at most ``limit`` of them. ``on_let_go`` is told which made room."""

    def __init__(self, limit: int, on_let_go: Callable[[int], None] = lambda serial: None) -> None:
        self.limit = limit
        self._on_let_go = on_let_go
        self._views: OrderedDict[int, memoryview] = OrderedDict()

    def get(self, serial: int) -> memoryview | None:
        view = self._views.get(serial)
        if view is not None:
            self._views.move_to_end(serial)
        return view

    def put(self, serial: int, view: memoryview) -> None:
        self._views[serial] = view
        if len(self._views) > self.limit:
            self._let_go()

    def drop(self, serial: int) -> None:
        self._views.pop(serial, None)

    def halve(self) -> None:
        """Let the less recently used half go, since the system has no more to give."""
        for _ in range((len(self._views) + 1) // 2):
            self._let_go()

    def _let_go(self) -> None:
        serial, _ = self._views.popitem(last=False)
        self._on_let_go(serial)

    def clear(self) -> None:
        self._views.clear()

    def __len__(self) -> int:
        return len(self._views)


def most_mappings(wanted: int) -> int:
    """As many as wanted, but no more than half of the mappings and descriptors that a process may have."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = [wanted, descriptors // 2 if descriptors > 0 else wanted, _max_map_count() // 2]
    return max(1, min(limits))


def _max_map_count() -> int:
    try:
        return int(Path("/proc/sys/vm/max_map_count").read_text())
    except (OSError, ValueError):
        return 65_530  # what Linux has unless it is told otherwise
