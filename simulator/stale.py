"""Throw away machine code that may be older than its source.

Numba keeps what it compiled beside the source, and compiles anew when the function's own file has changed.
Our loops call functions of other files, and of a change there it takes no notice. So a change of any file
that Numba compiles discards all that was compiled before it.
"""

from __future__ import annotations

from pathlib import Path


def discard_stale(folder: Path) -> int:
    """Remove indexes of compiled code older than the newest source that uses Numba; how many they were.

    A folder that may not be written to is left as it is: then nothing in it changes either.
    """
    newest_ns = max(
        (path.stat().st_mtime_ns for path in folder.rglob("*.py") if is_compiled(path)), default=0
    )
    stale = [path for path in folder.rglob("*.nbi") if modified_ns(path) < newest_ns]
    return sum(removed(path) for path in stale)


def is_compiled(source: Path) -> bool:
    text = source.read_bytes()
    return b"import numba" in text or b"from numba" in text or b"import compiled" in text


def modified_ns(path: Path) -> int:
    """When it was written; 0 when another process has just removed it."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def removed(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
