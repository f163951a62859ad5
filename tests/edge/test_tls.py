"""A node that speaks TLS: what its clients see, and what waits in memory for slow ones."""

import asyncio
import shutil
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from edge import EdgeNode
from edge.settings import ClientLimits
from tests.edge.raw import address_of, split
from tests.edge.scripted import SlowBody, get, origin_and_edge
from tests.edge.secure import ONE, ONE_KEY, TWO, TWO_KEY, connect, listening, trusting
from tests.edge.tier import until

MIB = 2**20
GET = b"GET /a HTTP/1.1\r\nHost: viewer\r\n\r\n"


async def secure_get(node: EdgeNode, path: str) -> tuple[int, bytes, str]:
    """Status, body and Cache-Status, over a connection of its own."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{node.tls_url}{path}", ssl=trusting()) as response,
    ):
        return response.status, await response.read(), response.headers["Cache-Status"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_request_is_answered_over_tls_with_http_1_1(version: ssl.TLSVersion) -> None:
    async with origin_and_edge(tls=listening()) as (origin, node):
        origin.says("/a", b"hello", cache_control="max-age=60")
        context = trusting()
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["h2", "http/1.1"])
        reader, writer = await connect(node.tls_url, context)
        spoken = writer.get_extra_info("ssl_object")
        assert spoken.selected_alpn_protocol() == "http/1.1"
        for _ in range(2):
            writer.write(GET)
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 OK\r\n")
        writer.close()


@pytest.mark.parametrize("size", [1, 16_384, 65_536, 65_537, 5 * MIB])
async def test_bodies_of_all_sizes_come_whole(size: int) -> None:
    async with origin_and_edge(tls=listening()) as (origin, node):
        body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        origin.says("/a", body, cache_control="max-age=60")
        assert (await secure_get(node, "/a"))[:2] == (200, body)
        assert (await secure_get(node, "/a"))[:2] == (200, body)


async def test_plain_and_secure_are_two_doors_to_one_cache_unless_the_host_is_kept() -> None:
    async with origin_and_edge(tls=listening()) as (origin, node):
        origin.says("/a", b"hello", cache_control="max-age=60")
        await get(node.url + "/a")
        assert "hit" in (await secure_get(node, "/a"))[2]


async def test_the_scheme_stands_in_keys_where_the_host_is_kept() -> None:
    async with origin_and_edge(tls=listening(), preserve_host=True) as (origin, node):
        origin.says("/a", b"hello", cache_control="max-age=60")
        keys: list[str] = []
        node.on_record(lambda record: keys.append(record.key))
        await get(node.url + "/a")
        await secure_get(node, "/a")
        assert keys == [f"{node.url}/a", f"{node.tls_url}/a"]
        assert node.url.startswith("http://") and str(node.tls_url).startswith("https://")


async def test_an_upload_goes_through_piece_by_piece() -> None:
    async with origin_and_edge(tls=listening()) as (origin, node):
        received: list[bytes] = []

        async def take(request: web.BaseRequest) -> web.StreamResponse:
            received.append(await request.read())
            return web.Response(status=204)

        origin.answers["/a"] = take
        upload = b"upload" * 100_000
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{node.tls_url}/a", data=upload, ssl=trusting()) as response,
        ):
            assert response.status == 204
        assert received == [upload]


async def test_a_slow_reader_holds_no_copy_of_what_it_reads() -> None:
    async with origin_and_edge(tls=listening()) as (origin, node):
        origin.says("/a", b"x" * 16 * MIB, cache_control="max-age=60")
        await get(node.url + "/a")
        reader, writer = await connect(node.tls_url, limit=1024)
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")
        assert node._server is not None
        (connection,) = node._server._tls
        assert connection.get_write_buffer_size() > 8 * MIB
        below = connection._tcp.get_write_buffer_size()  # type: ignore[attr-defined]
        assert below + connection._outgoing.pending <= MIB // 4  # type: ignore[attr-defined]
        assert len(await reader.readexactly(16 * MIB)) == 16 * MIB
        writer.close()


async def test_a_client_that_takes_nothing_is_cut_off_as_without_tls() -> None:
    async with origin_and_edge(tls=listening(), clients=ClientLimits(stall_timeout_ms=200)) as (origin, node):
        origin.says("/a", b"x" * 16 * MIB, cache_control="max-age=60")
        await get(node.url + "/a")
        reader, writer = await connect(node.tls_url, limit=1024)
        writer.write(GET)
        await until(lambda: node.counters.cut_off["client-stalled"] == 1)
        with pytest.raises((ConnectionResetError, ssl.SSLError)):
            while await reader.read(MIB):
                pass
            raise ConnectionResetError
        writer.close()


async def test_a_body_that_breaks_off_is_no_whole_one() -> None:
    async with origin_and_edge(tls=listening()) as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"})
        reading = asyncio.create_task(secure_get(node, "/a"))
        await slow.asked.wait()
        slow.pieces.put_nowait(b"half")
        slow.pieces.put_nowait(b"break")
        with pytest.raises(aiohttp.ClientError):
            await reading


async def test_a_refused_request_is_told_why_before_the_connection_ends() -> None:
    async with origin_and_edge(tls=listening()) as (_, node):
        reader, writer = await connect(node.tls_url)
        writer.write(b"GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + b"x" * 100_000)
        status, _, body = split(await reader.read())
        assert " 400 " in status and b"host" in body
        writer.close()


async def test_a_record_that_was_tampered_with_ends_the_connection_and_is_counted() -> None:
    async with origin_and_edge(tls=listening()) as (_, node):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
        assert node.tls_url is not None
        reader, writer = await asyncio.open_connection(*address_of(node.tls_url))
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                incoming.write(await reader.read(65_536))
        client.write(GET)
        sealed = bytearray(outgoing.read())
        sealed[-1] ^= 1
        writer.write(sealed)
        await until(lambda: node.counters.tls_failures["broken"] == 1)
        writer.close()
        assert node.arrived == 0


async def test_a_renewed_certificate_is_shown_to_new_connections_alone(tmp_path: Path) -> None:
    chain, key = Path(shutil.copy(ONE, tmp_path / "a.pem")), Path(shutil.copy(ONE_KEY, tmp_path / "a.key"))
    async with origin_and_edge(tls=listening(certificate=chain, key=key)) as (origin, node):
        origin.says("/a", b"hello", cache_control="max-age=60")
        reader, writer = await connect(node.tls_url, trusting(ONE))
        shutil.copy(TWO, chain)
        shutil.copy(TWO_KEY, key)
        node.reload_certificate()
        _, newer = await connect(node.tls_url, trusting(TWO))
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect(node.tls_url, trusting(ONE))
        writer.write(GET)
        assert b"hello" in await reader.readuntil(b"hello")
        for connection in (writer, newer):
            connection.close()
        text = (await get(node.url + "/metrics"))[1].decode()
        assert "headwater_edge_certificate_expires_seconds 4." in text
        assert 'headwater_edge_tls_failures_total{why="client-' in text  # left, or refused


def ask_blocking(url: str) -> ssl.SSLSocket:
    """A client that reads all that came before the end; uvloop's own loses what it has not read by then."""
    connection = socket.create_connection(address_of(url))
    client = trusting().wrap_socket(connection, server_hostname="localhost", suppress_ragged_eofs=False)
    client.sendall(GET)
    return client


def rest_of(client: ssl.SSLSocket) -> bytes:
    """All until a farewell; raises if there is none."""
    pieces = []
    while piece := client.recv(MIB):
        pieces.append(piece)
    return b"".join(pieces)


async def test_a_body_under_way_ends_whole_when_the_node_goes() -> None:
    async with origin_and_edge(tls=listening(), linger_ms=50, drain_ms=60_000) as (origin, node):
        origin.says("/a", b"x" * 16 * MIB, cache_control="max-age=60")
        await get(node.url + "/a")
        client = await asyncio.to_thread(ask_blocking, str(node.tls_url))
        head = await asyncio.to_thread(client.recv, 1024)
        stopping = asyncio.create_task(node.stop())
        while node.why_not_ready() is None:
            await asyncio.sleep(0)
        body = split(head + await asyncio.to_thread(rest_of, client))[2]
        assert body == b"x" * 16 * MIB
        client.close()
        await stopping
