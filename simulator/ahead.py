"""The next pieces of a stream, worked out on another thread while this one uses the last.

Worth it where the work leaves the interpreter's lock alone: compiled draws, decompression, reading.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")
_END: Final = object()


def ahead(items: Iterable[T], depth: int = 2) -> Iterator[T]:
    """The items in their order, up to ``depth`` of them waiting; what their making raises is raised here."""
    source = iter(items)

    def step() -> T | object:
        return next(source, _END)

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        waiting = deque(pool.submit(step) for _ in range(depth))
        while (item := waiting.popleft().result()) is not _END:
            waiting.append(pool.submit(step))
            yield item  # type: ignore[misc]
