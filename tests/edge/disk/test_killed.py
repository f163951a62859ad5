"""A process that is killed while its store is busy, again and again over the same folder."""

import asyncio
import random
import sys
from pathlib import Path

from tests.edge.disk.busy import dropped_by, refreshed_by, size_of
from tests.edge.disk.samples import Disk, body_of, entry_of, leftovers, opened, softly

ROOT = Path(__file__).parents[3]
KILLS = 4


async def killed_after(folder: Path, lines: int) -> int:
    """Have a store kept busy, and kill its process; the last body that it said was written."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.edge.disk.busy", str(folder), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = [await process.stdout.readline() for _ in range(lines)]
    process.kill()
    said += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    return max(int(line) for line in said if line.endswith(b"\n"))


class Expected:
    """What must be there, over all kills so far."""

    def __init__(self) -> None:
        self.kept: set[int] = set()
        """Bodies that were there after the last kill."""
        self.cut: set[int] = set()
        """Steps that a kill may have left half done."""

    async def check(self, disk: Disk, written: int) -> None:
        """What was done is there, what was undone is not, and every body is as it was written."""
        found, position = set(disk.entries), disk.found.position
        # A step is known to be done when the next one's body is written, or when its position is there.
        assert position >= written - 1 and disk.found.log_id == "a log"
        self.cut |= set(range(position + 1, disk.found.highest + 1))
        done = set(range(1, position + 1)) - self.cut
        dropped, perhaps = ({dropped_by(step) for step in steps} for steps in (done, self.cut))
        assert not dropped & found
        assert self.kept | {step for step in done if step <= written} | {written} <= found | dropped | perhaps
        refreshed = {refreshed_by(step) for step in done}
        for serial, entry in disk.entries.items():
            plain = entry_of(serial, size_of(serial))
            assert entry == softly(plain) or (entry == plain and serial not in refreshed)
            assert await disk.store.read(serial) == body_of(serial, size_of(serial))
        self.kept = found


async def test_what_was_done_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    drawn, expected = random.Random(5), Expected()
    for _ in range(KILLS):
        written = await killed_after(tmp_path, drawn.randint(1, 60))
        async with opened(tmp_path) as disk:
            await expected.check(disk, written)
            assert disk.lost == [] and leftovers(tmp_path) == []
    assert len(expected.kept) > KILLS
