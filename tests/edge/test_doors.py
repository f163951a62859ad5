"""Listening sockets: bound, shared, and closed without turning anybody away."""

import asyncio
import socket

import pytest

from edge.doors import Doors, bound

HOST = "127.0.0.1"


class Greeting(asyncio.Protocol):
    """Says hello and leaves."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport) or hasattr(transport, "write")
        transport.write(b"hello")
        transport.close()


def test_an_address_that_is_taken_is_named() -> None:
    (taken,) = bound(HOST, 0)
    port = taken.getsockname()[1]
    with taken, pytest.raises(OSError, match=f"^.*{HOST}:{port}: .*address already in use"):
        bound(HOST, port)


def test_a_host_that_is_none_is_an_error() -> None:
    with pytest.raises(OSError, match=r"nowhere\.invalid"):
        bound("nowhere.invalid", 0)


def test_all_addresses_of_a_host_have_one_port() -> None:
    sockets = bound("localhost", 0)
    try:
        assert len({listening.getsockname()[1] for listening in sockets}) == 1
    finally:
        for listening in sockets:
            listening.close()


def test_a_port_can_be_shared() -> None:
    (first,) = bound(HOST, 0, shares_port=True)
    (second,) = bound(HOST, first.getsockname()[1], shares_port=True)
    with first, second:
        assert first.getsockname() == second.getsockname()


async def test_whoever_was_connected_before_the_doors_close_is_let_in() -> None:
    doors = Doors()
    (listening,) = bound(HOST, 0)
    address = listening.getsockname()
    await doors.open([listening], Greeting)
    # The loop does not look at its sockets meanwhile.
    waiting = [socket.create_connection(address) for _ in range(100)]
    await doors.close(50)
    for client in waiting:
        with client:
            client.setblocking(False)
            assert await asyncio.get_running_loop().sock_recv(client, 10) == b"hello"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


async def test_a_shared_door_stays_open_for_the_others() -> None:
    doors = Doors()
    (listening,) = bound(HOST, 0)
    with listening:
        await doors.open([listening.dup()], Greeting, shared=True)
        await doors.close(50)
        with socket.create_connection(listening.getsockname()):
            listening.accept()[0].close()
