"""Connections to hosts whose addresses answer, refuse, or say nothing."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from edge.dial import Endpoint, dial, dial_one_of
from tests.edge.raw import RawServer, address_of
from tests.edge.tier import until


class Seen(asyncio.Protocol):
    """One that knows where it got to."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.peer = transport.get_extra_info("peername")[0]


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a listener on 127.0.0.2 that takes no more connections: who comes waits for ever."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.2", 0))
        listener.listen(0)
        with socket.create_connection(listener.getsockname()):
            yield listener.getsockname()[1]


async def test_a_name_is_looked_up() -> None:
    async with RawServer(b"").listening() as server:
        made = await dial(Endpoint("localhost", address_of(server.url)[1]), Seen)
        assert made.peer in ("127.0.0.1", "::1")
        made.transport.close()


async def test_what_refuses_is_an_error_of_the_system() -> None:
    async with RawServer(b"").listening() as gone:
        pass
    with pytest.raises(ConnectionRefusedError):
        await dial(Endpoint(*address_of(gone.url)), Seen)


async def test_a_name_that_nobody_knows_is_one_too() -> None:
    with pytest.raises(OSError):
        await dial(Endpoint("nobody.invalid", 80), Seen)


async def test_who_gives_up_leaves_no_attempt_behind(silent: int) -> None:
    before = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await dial(Endpoint("127.0.0.2", silent), Seen)
    await until(lambda: asyncio.all_tasks() == before)


async def test_of_several_addresses_one_that_says_nothing_holds_nobody_up(silent: int) -> None:
    before = asyncio.all_tasks()
    server = await asyncio.get_running_loop().create_server(Seen, "127.0.0.1", silent)
    made = await dial_one_of(["127.0.0.2", "127.0.0.1"], Endpoint("a.example", silent), Seen)
    assert made.peer == "127.0.0.1"
    made.transport.close()
    server.close()
    await until(lambda: asyncio.all_tasks() == before)


async def test_of_several_addresses_one_that_refuses_is_passed_over_at_once() -> None:
    async with RawServer(b"").listening() as server:
        _, port = address_of(server.url)
        made = await dial_one_of(["127.0.0.3", "::1", "127.0.0.1"], Endpoint("a.example", port), Seen)
        assert made.peer == "127.0.0.1"
        made.transport.close()


async def test_where_all_fail_the_last_one_says_why() -> None:
    async with RawServer(b"").listening() as gone:
        _, port = address_of(gone.url)
    with pytest.raises(ConnectionRefusedError):
        await dial_one_of(["127.0.0.3", "127.0.0.1"], Endpoint("a.example", port), Seen)
