"""Connects to a host: to all its addresses, one a little after the other, until one answers (RFC 8305).

uvloop's own way tries the next address only when the one before has failed, which for one that says nothing
is when all time is over.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Iterable
from itertools import chain, zip_longest
from ssl import SSLContext
from typing import NamedTuple, TypeAlias, TypeVar

_DELAY_S = 0.25

P = TypeVar("P", bound=asyncio.Protocol)
_Attempt: TypeAlias = "asyncio.Task[tuple[asyncio.BaseTransport, P]]"


class Endpoint(NamedTuple):
    """Where upstream listens. ``tls`` is None for a connection in the clear."""

    host: str
    port: int
    tls: SSLContext | None = None


async def dial(endpoint: Endpoint, make: Callable[[], P]) -> P:
    """The protocol of a new connection. Raises OSError when no address can be connected to."""
    return await dial_one_of(await _addresses(endpoint), endpoint, make)


async def dial_one_of(addresses: Iterable[str], endpoint: Endpoint, make: Callable[[], P]) -> P:
    """The same, for the addresses that the host is known to have: whichever answers first."""
    addresses = deque(addresses)
    attempts: set[_Attempt[P]] = set()
    try:
        while True:
            if addresses:
                attempts.add(asyncio.create_task(_connect(endpoint, addresses.popleft(), make)))
            wait_s = _DELAY_S if addresses else None
            done, _ = await asyncio.wait(attempts, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            for attempt in done:
                attempts.remove(attempt)
                if attempt.exception() is None or not (attempts or addresses):
                    return attempt.result()[1]  # or raise why the last one failed
    finally:
        for attempt in attempts:
            attempt.add_done_callback(_drop)
            attempt.cancel()


async def _addresses(endpoint: Endpoint) -> list[str]:
    """The addresses of a host, each once, the two versions of IP in turn, the preferred one first."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    if not found:
        raise OSError(f"{endpoint.host} has no address")
    first = found[0][0]
    preferred = dict.fromkeys(str(info[4][0]) for info in found if info[0] == first)
    others = dict.fromkeys(str(info[4][0]) for info in found if info[0] != first)
    both = chain.from_iterable(zip_longest(preferred, others))
    return [address for address in both if address is not None]


async def _connect(
    endpoint: Endpoint, address: str, make: Callable[[], P]
) -> tuple[asyncio.BaseTransport, P]:
    name = None if endpoint.tls is None else endpoint.host
    loop = asyncio.get_running_loop()
    return await loop.create_connection(make, address, endpoint.port, ssl=endpoint.tls, server_hostname=name)


def _drop(attempt: _Attempt[P]) -> None:
    """Close a connection that came too late to be the one."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result()[0].close()
