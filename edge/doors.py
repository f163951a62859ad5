"""The sockets on which a node lets clients in, and how they are closed without turning anybody away.

Whoever the system has connected believes that it is heard: when a listening socket is closed, all who wait in
its queue are reset. So the kernel is told first to let nobody begin to connect; those who have begun are let
in; then it is closed. A socket that other processes share is simply left to them.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

from edge.kernel import let_nobody_begin

BACKLOG = 1024
"""Who may wait to be let in."""


def bound(host: str, port: int, *, shares_port: bool = False) -> list[socket.socket]:
    """A listening socket for each address of a host, all on one port. Raises OSError if one cannot be had.

    With ``shares_port`` other sockets of this user may have the same port.
    """
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in dict.fromkeys(found):
            where = (str(address[0]), port)
            sockets.append(
                socket.create_server(where, family=family, backlog=BACKLOG, reuse_port=shares_port)
            )
            port = sockets[0].getsockname()[1]
    except OSError as error:
        for made in sockets:
            made.close()
        raise OSError(error.errno, f"{host}:{port}: {(error.strerror or str(error)).lower()}") from None
    return sockets


class Doors:
    """Those of one node."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._own: list[socket.socket] = []

    async def open(
        self, sockets: Sequence[socket.socket], make: Callable[[], asyncio.Protocol], *, shared: bool = False
    ) -> None:
        """Let clients in by these sockets, which are the doors' from now on."""
        loop = asyncio.get_running_loop()
        for listening in sockets:
            if not shared:
                self._own.append(listening.dup())
            self._servers.append(await loop.create_server(make, sock=listening, backlog=BACKLOG))

    async def close(self, within_ms: int) -> None:
        """Let in who has begun to connect, for so long, and nobody else."""
        if let_nobody_begin(self._own):
            await asyncio.sleep(within_ms / 1000)
        else:
            for _ in range(3):  # the loop looks at its sockets in each
                await asyncio.sleep(0)
        for server in self._servers:
            server.close()
        for listening in self._own:
            with suppress(OSError):
                listening.close()
        self._servers, self._own = [], []
