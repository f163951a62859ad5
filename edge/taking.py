"""How much of what it was sent a client has taken, as the kernel knows it."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Final, NamedTuple

# tcp_info of <linux/tcp.h>: tcpi_unacked (segments), tcpi_bytes_acked (RFC 4898, ThruOctetsAcked) and
# tcpi_notsent_bytes, since Linux 4.6.
_TCP_INFO: Final[int | None] = getattr(socket, "TCP_INFO", None)
_TOLD: Final = struct.Struct("=24xI92xQ16xI")


class Taking(NamedTuple):
    """How far the other end of a connection has come."""

    taken_bytes: int
    """What it has acknowledged since the connection began."""
    is_all: bool
    """Whether the kernel has nothing left that it has not."""


def taking_of(transport: asyncio.Transport) -> Taking | None:
    """How far the client of a connection has come; None where nobody tells.

    The kernel may have taken megabytes from this process that a slow client has not.
    """
    wire = transport.get_extra_info("socket")
    if _TCP_INFO is None or wire is None:
        return None
    try:
        told = wire.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _TOLD.size)
    except (OSError, ValueError):  # of a socket that is closed already
        return None
    if len(told) < _TOLD.size:
        return None
    unacknowledged, taken_bytes, unsent_bytes = _TOLD.unpack(told)
    return Taking(taken_bytes, not unacknowledged and not unsent_bytes)
