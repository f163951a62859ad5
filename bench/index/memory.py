"""Where the bytes of an index are: a walk over all that it holds, and the process's resident memory.

The walk counts each thing once, with whatever comes to it first; its size is rounded up as CPython's
allocator does. What it cannot see (pages half used, tables that grew) is in the resident memory only.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from caching.index import CacheIndex
from caching.purges import Purge, Scope

_GRAIN_BYTES: Final = 16
_CODE: Final = (type, ModuleType, FunctionType, MethodType, BuiltinFunctionType)


def resident_bytes(process: int | str = "self") -> int | None:
    """Memory of a process that is in RAM; None where the system has no ``/proc``."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def parts_of(index: CacheIndex) -> dict[str, int]:
    """Bytes by part: the entries' fields, the entries themselves, and each table that grows with them."""
    seen: set[int] = set()
    entries = index.matching(Purge(Scope.ALL))
    found = {"headers": _bytes_of((entry.headers for entry in entries), seen)}
    found["entries"] = _bytes_of(entries, seen)
    for name in CacheIndex.__slots__:
        if (size_bytes := _bytes_of([getattr(index, name)], seen)) >= len(entries):
            found[name.strip("_")] = size_bytes
    return found


def _bytes_of(roots: Iterable[Any], seen: set[int]) -> int:
    """Bytes of what can be reached from some roots and was not seen before."""
    return sum(-(-sys.getsizeof(thing) // _GRAIN_BYTES) * _GRAIN_BYTES for thing in _walk(roots, seen))


def _walk(roots: Iterable[Any], seen: set[int]) -> Iterator[Any]:
    waiting = list(roots)
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, _CODE):
            continue
        seen.add(id(thing))
        yield thing
        waiting += gc.get_referents(thing)
