"""A process that keeps a store busy until it is killed: ``python -m tests.edge.disk.busy FOLDER``.

Step by step it writes a body, refreshes and drops some, and notes the step as applied; a line tells of each
body that is written, so that all of the steps before are known to be done.
"""

import asyncio
import itertools
import sys
from pathlib import Path

from tests.edge.disk.samples import body_of, entry_of, opened, softly

SIZES = (100, 5_000, 60_000)


def size_of(serial: int) -> int:
    return SIZES[serial % len(SIZES)]


def refreshed_by(step: int) -> int | None:
    """The body that a step refreshes."""
    return step - 1 if step % 5 == 0 else None


def dropped_by(step: int) -> int | None:
    """The body that a step drops."""
    return step - 3 if step % 7 == 0 else None


async def main(folder: Path) -> None:
    async with opened(folder) as disk:
        for step in itertools.count(disk.found.highest + 1):
            written = disk.store.write(entry_of(step, size_of(step)), body_of(step, size_of(step)))
            if (serial := refreshed_by(step)) is not None:
                disk.store.refresh(softly(entry_of(serial, size_of(serial))))
            if (serial := dropped_by(step)) is not None:
                disk.store.drop(serial)
            disk.store.applied(step, "a log")
            if not await written:
                raise RuntimeError(disk.lost)
            print(step, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
