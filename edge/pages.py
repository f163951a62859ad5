"""A body in pages of the kernel's, from where it goes to a socket without being copied (``sendfile``).

For a large object copying is most of what a hit costs: out of such pages 64 KiB go at nearly twice the
rate. Each takes two descriptors, so only what is asked for again and again is kept so, and no more than the
system allows.
"""

from __future__ import annotations

import mmap
import os
import resource

LEAST_BYTES = 32 * 1024
"""For less than this the calls cost more than the copying."""

# Of the descriptors of the process: the others are for connections.
_SHARE = 4
_EACH = 2


class Pages:
    """Bytes, once written and never changed. ``view`` shows them, ``fileno`` names them for sendfile."""

    __slots__ = ("_map", "fileno", "view")

    _kept = 0

    def __init__(self, body: bytes | memoryview) -> None:
        self.fileno = os.memfd_create("headwater-body", os.MFD_CLOEXEC)
        Pages._kept += 1
        os.truncate(self.fileno, len(body))
        self._map = mmap.mmap(self.fileno, len(body))
        self._map[:] = body
        self.view = memoryview(self._map).toreadonly()

    def __del__(self) -> None:
        os.close(self.fileno)
        Pages._kept -= 1


def pages_of(body: bytes | memoryview) -> Pages | None:
    """A body in pages; None where that would not pay, or nothing more is to be had."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // _SHARE // _EACH
    if len(body) < LEAST_BYTES or Pages._kept >= most or not hasattr(os, "memfd_create"):
        return None
    try:
        return Pages(body)
    except OSError:  # no descriptors, or no memory of this kind
        return None
