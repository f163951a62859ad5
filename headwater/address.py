"""An address that several processes serve, each from a listening socket of its own.

The sockets are held here, so that who waits at one is not lost when its process ends: the next one has it.
The kernel sends each who connects to one of those that are up, at random. One socket for all would be
simpler, and gives connections to whoever happens to be woken first: of 200 at once, four processes got from 2
to 111 each, where by chance it is 37 to 60. Players keep their connections, so that would last.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from edge.doors import BACKLOG
from edge.kernel import let_nobody_begin, steer


def reserved(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of a host, all on one port that nobody has; none listens. Raises OSError.

    From now on others of this user may have the port, too.
    """
    sockets: list[socket.socket] = []
    try:
        for family, address in _addresses(host):
            sockets.append(made := socket.socket(family, socket.SOCK_STREAM))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _bind(made, address, port)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            port = sockets[0].getsockname()[1]
    except OSError as error:
        close(sockets)
        raise OSError(error.errno, f"{host}:{port}: {error.strerror or error}") from None
    return sockets


class SharedAddress:
    """Listening sockets for several processes. Raises OSError when the address cannot be had."""

    def __init__(self, host: str, port: int, processes: int) -> None:
        first = reserved(host, port)
        rows = [first]
        if sys.platform == "linux":
            rows += [_beside(first) for _ in range(processes - 1)]
        for row in rows:
            for each in row:
                each.listen(BACKLOG)
        # Elsewhere the newest of several would be sent all: one for all of them is better.
        self._rows = [rows[number % len(rows)] for number in range(processes)]
        self._all = [each for row in rows for each in row]

    @property
    def sockets(self) -> Sequence[socket.socket]:
        """Those of the first process, which stand for the address."""
        return self._rows[0]

    def fds(self, number: int) -> tuple[int, ...]:
        """What one of the processes accepts from."""
        return tuple(each.fileno() for each in self._rows[number])

    def steer(self, up: Iterable[int]) -> None:
        """Send whoever connects to one of these processes; with none of them, people wait for one."""
        wanted = sorted(up)
        if len(self._all) > len(self.sockets):
            for group in zip(*self._rows, strict=True):
                steer(group, wanted)

    def let_nobody_begin(self) -> None:
        """Pass over who would connect now; who has begun is let in."""
        let_nobody_begin(self._all)

    def close(self) -> None:
        close(self._all)


def close(sockets: Iterable[socket.socket]) -> None:
    """Close them all."""
    for each in sockets:
        with suppress(OSError):
            each.close()


def _addresses(host: str) -> list[tuple[int, str]]:
    found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((int(family), str(address[0])) for family, _, _, _, address in found))


def _beside(others: Sequence[socket.socket]) -> list[socket.socket]:
    """Sockets on the same addresses."""
    sockets: list[socket.socket] = []
    for other in others:
        sockets.append(made := socket.socket(other.family, socket.SOCK_STREAM))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        _bind(made, *other.getsockname()[:2])
    return sockets


def _bind(made: socket.socket, address: str, port: int) -> None:
    if made.family is socket.AF_INET6:  # and not IPv4 by the same socket
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind((address, port))
