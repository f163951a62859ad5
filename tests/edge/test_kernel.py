"""What the kernel does about listening sockets when it is told to."""

import socket
import sys
from collections.abc import Iterator

import pytest

from edge.doors import bound
from edge.kernel import let_nobody_begin, steer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel is told in Linux's words")
HOST = "127.0.0.1"


def test_nobody_begins_any_more_but_who_is_there_stays() -> None:
    (listening,) = bound(HOST, 0)
    with listening, socket.create_connection(listening.getsockname()) as there:
        assert let_nobody_begin([listening])
        with pytest.raises(TimeoutError):
            socket.create_connection(listening.getsockname(), timeout=0.05)
        served, _ = listening.accept()
        with served:
            served.sendall(b"hello")
            assert there.recv(10) == b"hello"
            there.sendall(b"and you")
            assert served.recv(10) == b"and you"


@pytest.fixture
def group() -> Iterator[list[socket.socket]]:
    """Three listening sockets on one port."""
    (first,) = bound(HOST, 0, shares_port=True)
    port = first.getsockname()[1]
    group = [first, *bound(HOST, port, shares_port=True), *bound(HOST, port, shares_port=True)]
    yield group
    for listening in group:
        listening.close()


def let_in(group: list[socket.socket], clients: int) -> list[int]:
    """How many of so many clients each socket of the group gets."""
    for _ in range(clients):
        socket.create_connection(group[0].getsockname()).close()
    counts = []
    for listening in group:
        listening.setblocking(False)
        counts.append(0)
        while True:
            try:
                listening.accept()[0].close()
            except BlockingIOError:
                break
            counts[-1] += 1
    return counts


@pytest.mark.parametrize("wanted", [[0], [1], [0, 2], [0, 1, 2]])
def test_clients_are_sent_to_the_sockets_that_are_wanted(
    group: list[socket.socket], wanted: list[int]
) -> None:
    assert steer(group, wanted)
    counts = let_in(group, 60)
    assert sum(counts) == 60
    for number, count in enumerate(counts):
        assert (count > 0) == (number in wanted)


def test_with_none_wanted_all_stays_as_it_was(group: list[socket.socket]) -> None:
    assert steer(group, [1])
    assert not steer(group, [])
    assert let_in(group, 10) == [0, 10, 0]


def test_what_is_no_socket_of_a_group_cannot_be_steered() -> None:
    with socket.socket(socket.AF_UNIX) as alone:
        assert not steer([alone], [0])
