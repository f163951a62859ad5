"""What the kernel tells of a client that reads little, on a real connection."""

import asyncio
import socket
import sys
from typing import cast

import pytest

from edge.taking import taking_of
from tests.edge.tier import until

SENT = b"x" * 2**22


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other kernels do not tell")
async def test_what_the_kernel_has_taken_the_client_has_not() -> None:
    accepted: asyncio.Future[asyncio.Transport] = asyncio.get_running_loop().create_future()

    class Sender(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted.set_result(cast(asyncio.Transport, transport))  # uvloop's is no subclass

    server = await asyncio.get_running_loop().create_server(Sender, "127.0.0.1", 0)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(server.sockets[0].getsockname())
        client.setblocking(False)
        transport = await accepted
        begun = taking_of(transport)
        assert begun is not None and begun.is_all
        transport.write(b"hello")
        assert await asyncio.get_running_loop().sock_recv(client, 64) == b"hello"
        await until(lambda: taking_of(transport) == (begun.taken_bytes + 5, True))
        transport.write(SENT)
        await until(lambda: (taking_of(transport) or begun).taken_bytes > begun.taken_bytes + 5)
        taking = taking_of(transport)
        assert taking is not None and not taking.is_all
        assert taking.taken_bytes < 65_536 < len(SENT) - transport.get_write_buffer_size()
    server.close()
    transport.abort()
    await asyncio.sleep(0)
    assert taking_of(transport) is None
