"""When this process looks for garbage in cycles, so that no request waits for a look at the whole index.

Nearly everything here is freed when the last reference to it goes. For the rest CPython looks at all
containers there are now and then, and stands still meanwhile: for 0.7 s with a million stored objects,
though no cycle goes through any of them. So what a full collection has found alive is frozen, and the next
one looks only at what has come since: 17 ms at most, however many are stored. What is frozen is freed like
anything else when the last reference to it goes, but a cycle that dies after it was frozen stays. Neither
requests nor connections leave any behind; for those that nobody thought of, a thorough collection looks at
everything again once a day.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from typing import Any, Final

_log = logging.getLogger(__name__)

_OLDEST: Final = 2
_THOROUGH_EVERY_S: Final = 24 * 3600.0


class Collector:
    """The garbage collection of this process, of which there is one, between ``start`` and ``stop``."""

    def __init__(self) -> None:
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Freeze what there is, and what each full collection leaves."""
        gc.collect()
        gc.freeze()
        gc.callbacks.append(self._on_collection)
        self._wait()

    def stop(self) -> None:
        """Leave everything to CPython again."""
        gc.callbacks.remove(self._on_collection)
        gc.unfreeze()
        if self._next is not None:
            self._next.cancel()

    def look_at_everything(self) -> None:
        """Collect what is frozen, too, and stand still for as long as it takes."""
        began_s = time.perf_counter()
        gc.unfreeze()
        found = gc.collect()
        _log.info("a thorough collection of %d objects took %.3f s", found, time.perf_counter() - began_s)
        self._wait()

    def _wait(self) -> None:
        self._next = asyncio.get_running_loop().call_later(_THOROUGH_EVERY_S, self.look_at_everything)

    def _on_collection(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "stop" and info["generation"] == _OLDEST:
            gc.freeze()
