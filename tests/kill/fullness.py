"""A disk that is full long before its capacity: a small file system in memory."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kill.report import Report
from tests.kill.run import Run, Setup

_SIZE = "4m"


class MountError(Exception):
    """The small file system could not be had."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own with room for 4 MiB. Raises MountError without the right to mount."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise MountError("there is no mount command") from None
    if done.returncode:
        raise MountError(f"a small file system cannot be mounted: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


async def full_disk(setup: Setup) -> Report:
    """Load, a few kills among it, on a file system a quarter as large as the disk is told to be."""
    with small_disk(setup.folder / "disk"):
        return await Run(setup._replace(kills=min(setup.kills, 5), least_s=1, most_s=3)).run()
