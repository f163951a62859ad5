"""The next pieces of a stream, worked out on another thread while this one uses the last.

Worth it where the work leaves the interpreter's lock alone: compiled draws, decompression, reading.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class _End(NamedTuple):
    """What comes behind the last item: the error that ended them, if it was one."""

    error: BaseException | None


def ahead(items: Iterable[T], depth: int = 2) -> Iterator[T]:
    """The items in their order, up to ``depth`` of them waiting; what their making raises is raised here.

    Whoever stops early doesn't wait for the thread, which may be stuck in reading a silent pipe: it ends
    after the item that it is at.
    """
    made: SimpleQueue[T | _End] = SimpleQueue()
    room, over = threading.Semaphore(depth - 1), threading.Event()

    def work() -> None:
        try:
            for item in items:
                made.put(item)
                room.acquire()
                if over.is_set():
                    return
            made.put(_End(None))
        except BaseException as error:
            made.put(_End(error))

    threading.Thread(target=work, name="ahead", daemon=True).start()
    try:
        while not isinstance(item := made.get(), _End):
            room.release()
            yield item
        if item.error is not None:
            raise item.error
    finally:
        over.set()
        room.release()
