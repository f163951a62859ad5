"""An address that several processes serve: nobody else has it, and nobody waits at a socket that has gone."""

import os
import socket
import sys

import pytest

from edge.doors import bound
from headwater.address import SharedAddress, close, reserved

HOST = "127.0.0.1"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="one socket for all elsewhere")


def test_a_reserved_port_refuses_until_someone_listens_who_shares_it() -> None:
    (kept,) = reserved(HOST, 0)
    address = kept.getsockname()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    (listening,) = bound(*address, shares_port=True)
    with listening:
        socket.create_connection(address).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    kept.close()


def test_a_port_that_somebody_has_is_an_error_that_names_it() -> None:
    first = SharedAddress(HOST, 0, 2)
    port = first.sockets[0].getsockname()[1]
    with pytest.raises(OSError, match=rf"127\.0\.0\.1:{port}: Address already in use"):
        SharedAddress(HOST, port, 2)
    with pytest.raises(OSError, match=f":{port}: Address already in use"):
        reserved(HOST, port)
    first.close()


def test_all_addresses_of_a_host_have_one_port() -> None:
    sockets = reserved("localhost", 0)
    assert len({each.getsockname()[1] for each in sockets}) == 1
    close(sockets)


def accepted(address: SharedAddress, number: int) -> int:
    """How many wait for one of the processes."""
    (fd,) = address.fds(number)
    count = 0
    with socket.socket(fileno=os.dup(fd)) as listening:
        listening.setblocking(False)
        while True:
            try:
                listening.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1


@LINUX
def test_clients_go_to_those_that_are_up() -> None:
    address = SharedAddress(HOST, 0, 3)
    where = address.sockets[0].getsockname()
    address.steer({1})
    for _ in range(10):
        socket.create_connection(where).close()
    assert [accepted(address, number) for number in range(3)] == [0, 10, 0]
    address.steer({0, 2})
    for _ in range(40):
        socket.create_connection(where).close()
    counts = [accepted(address, number) for number in range(3)]
    assert sum(counts) == 40 and counts[1] == 0 and all((counts[0], counts[2]))
    address.close()


@LINUX
def test_with_nobody_up_clients_wait() -> None:
    address = SharedAddress(HOST, 0, 2)
    where = address.sockets[0].getsockname()
    address.steer({1})
    address.steer(())
    socket.create_connection(where).close()
    assert accepted(address, 1) == 1
    address.let_nobody_begin()
    with pytest.raises(TimeoutError):
        socket.create_connection(where, timeout=0.05)
    address.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(where)
