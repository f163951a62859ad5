"""A body in pages of the kernel's, from where it goes to a socket without being copied (``sendfile``).

For a large object copying is most of what a hit costs: out of such pages 64 KiB go at nearly twice the
rate. Each takes two descriptors, so only what is asked for again and again is kept so, and no more than the
system allows.
"""

from __future__ import annotations

import mmap
import os
import resource
from collections.abc import Callable

LEAST_BYTES = 32 * 1024
"""For less than this the calls cost more than the copying."""

# Of the descriptors of the process: the others are for connections.
_SHARE = 4
_EACH = 2


class Pages:
    """Bytes that never change. ``view`` shows them; ``fileno`` names them for sendfile, from ``start`` on."""

    __slots__ = ("fileno", "start", "view")

    _kept = 0

    def __init__(self, fileno: int, start: int, view: memoryview) -> None:
        self.fileno, self.start, self.view = fileno, start, view
        Pages._kept += 1

    def __del__(self) -> None:
        os.close(self.fileno)
        Pages._kept -= 1


def pages_of(body: bytes | memoryview) -> Pages | None:
    """A body laid in pages; None where that would not pay, or nothing more is to be had."""
    if not _pays(len(body)) or not hasattr(os, "memfd_create"):
        return None
    try:
        fileno = os.memfd_create("headwater-body", os.MFD_CLOEXEC)
        try:
            os.truncate(fileno, len(body))
            pages = mmap.mmap(fileno, len(body))
        except OSError:
            os.close(fileno)
            raise
    except OSError:  # no descriptors, or no memory of this kind
        return None
    pages[:] = body
    return Pages(fileno, 0, memoryview(pages).toreadonly())


def pages_of_file(opened: Callable[[], tuple[int, int]], view: memoryview) -> Pages | None:
    """A body that lies in a file: ``opened`` opens that, and says where in it the body begins."""
    if not _pays(len(view)):
        return None
    try:
        return Pages(*opened(), view)
    except OSError:  # no descriptors, or no file any more
        return None


def _pays(size_bytes: int) -> bool:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // _SHARE // _EACH
    return size_bytes >= LEAST_BYTES and Pages._kept < most
