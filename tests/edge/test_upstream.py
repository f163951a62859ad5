"""Asking upstream over real connections: whom, in which words, and what goes wrong on the way."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import pytest

from caching import Failure, Fetch, Headers, Request
from caching.badge import Badge
from caching.tier import may_ask_peer
from edge import EdgeSettings, UpstreamSettings
from edge.counters import Counters
from edge.heads import Interim
from edge.membership import Membership
from edge.upload import Upload
from edge.upstream import Answer, Upstream, UpstreamError, _trusting
from tests.edge.raw import RawServer, split
from tests.edge.tier import until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
PATIENT = UpstreamSettings()
QUICK = UpstreamSettings(head_timeout_ms=250, peer_head_timeout_ms=200, read_timeout_ms=200)
KEYS = [f"http://site/{number}" for number in range(100)]


class Asker:
    """A node's client side, with one peer at most."""

    def __init__(
        self, origin_url: str, peer_url: str | None = None, limits: UpstreamSettings = PATIENT
    ) -> None:
        peers = {} if peer_url is None else {"edge-2": peer_url}
        self.now_ms = 0
        self.interim: list[Interim] = []
        self.counters = Counters()
        self.membership = Membership("edge-1", 1, peers, limits.peer_retry_ms)
        self.badge = Badge("edge-1", "shared")
        settings = EdgeSettings(origin_url=origin_url, upstream=limits)
        self.upstream = Upstream(settings, self.membership, self.badge, self.counters, lambda: self.now_ms)
        owned = (key for key in KEYS if peer_url is None or self.membership.peer_for(key, 0) is not None)
        self.key = next(owned)

    async def ask(
        self,
        *fields: tuple[str, str],
        method: str = "GET",
        target: str = "/a",
        origin_only: bool = False,
        body: Upload | None = None,
    ) -> Answer:
        request = Request(method, "http", "site.example:81", target, Headers(fields))
        fetch = Fetch(method, Headers(fields), origin_only or not may_ask_peer(request))
        return await self.upstream.ask(fetch, request, self.key, body=body, on_interim=self.interim.append)

    async def read(self, *fields: tuple[str, str]) -> bytes:
        """The whole body, and the connection given back."""
        answer = await self.ask(*fields)
        try:
            return b"".join([piece async for piece in answer.body()])
        finally:
            answer.close()


@asynccontextmanager
async def asker(
    origin: RawServer, peer: RawServer | None = None, limits: UpstreamSettings = PATIENT
) -> AsyncIterator[Asker]:
    async with origin.listening(), nullcontext() if peer is None else peer.listening():
        made = Asker(origin.url, None if peer is None else peer.url, limits)
        yield made
        made.upstream.stop()


async def failure_of(origin: RawServer, limits: UpstreamSettings = PATIENT) -> Failure:
    async with asker(origin, limits=limits) as one:
        with pytest.raises(UpstreamError) as raised:
            await one.read()
    return raised.value.failure


async def never(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing, for as long as the other side waits."""
    await reader.read()


async def test_a_request_says_what_the_fetch_says_and_nothing_more() -> None:
    origin = RawServer(OK)
    async with asker(origin) as one:
        await one.read(("cdn-loop", "edge-1"), ("x-name", "Zo\xc3\xab"), ("cookie", "a=1"))
    line, fields, rest = split(origin.heads[0])
    assert line == "GET /a HTTP/1.1" and rest == b""
    assert sorted(fields) == [
        ("cdn-loop", "edge-1"),
        ("cookie", "a=1"),
        ("host", "site.example:81"),
        ("x-name", "Zo\xc3\xab"),
    ]


@pytest.mark.parametrize(
    "target", ["/a?b=%41&CMCD=bl%3D1+", "//a/./b/../c", "/%7Ea%2fb?c|d^{}", "/a?b=http://c/?d"]
)
async def test_the_target_is_sent_as_it_was_written(target: str) -> None:
    origin = RawServer(OK)
    async with asker(origin) as one:
        (await one.ask(target=target)).close()
    assert origin.heads[0].startswith(f"GET {target} HTTP/1.1\r\n".encode())


async def test_the_clients_framing_is_not_repeated_for_a_body_that_is_not_sent() -> None:
    origin = RawServer(OK)
    async with asker(origin) as one:
        await one.read(("content-length", "5"), ("expect", "100-continue"), ("host", "elsewhere"))
    assert split(origin.heads[0])[1] == [("host", "site.example:81")]


async def test_a_head_is_handed_over_line_by_line() -> None:
    origin = RawServer(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Encoding: gzip\r\n"
        b"X-Title: caf\xe9\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"
    )
    async with asker(origin) as one:
        answer = await one.ask()
        assert list(answer.head.headers) == [
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("content-encoding", "gzip"),
            ("x-title", "caf\xe9"),
            ("content-length", "4"),
        ]
        assert b"".join([piece async for piece in answer.body()]) == b"\x1f\x8b\x08\x00"  # as it came


async def test_what_one_client_was_given_is_not_sent_for_another() -> None:
    async with RawServer(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=1\r\n\r\n")).listening() as origin:
        one = Asker(origin.url.replace("127.0.0.1", "localhost"))  # for addresses no client keeps cookies
        for _ in range(2):
            await one.read()
        one.upstream.stop()
        assert len(origin.heads) == 2 and b"cookie" not in origin.heads[1].lower()


async def test_a_redirect_is_an_answer_like_any_other() -> None:
    origin = RawServer(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
    async with asker(origin) as one:
        answer = await one.ask()
        assert answer.head.status == 302 and len(origin.heads) == 1
        answer.close()


async def test_interim_answers_are_not_the_answer() -> None:
    origin = RawServer(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK)
    async with asker(origin) as one:
        answer = await one.ask()
        assert answer.head.status == 200 and "link" not in answer.head.headers
        assert b"".join([piece async for piece in answer.body()]) == b"hi"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("GET", OK),
        ("GET", CHUNKED),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
        ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"),
    ],
)
async def test_a_connection_serves_again_when_its_answer_was_read(method: str, answer: bytes) -> None:
    origin = RawServer(answer)
    async with asker(origin) as one:
        for _ in range(5):
            got = await one.ask(method=method)
            if got.head.status == 200 and method == "GET":
                assert b"".join([piece async for piece in got.body()]) == b"hi"
            got.close()
    assert origin.connections == 1 and len(origin.heads) == 5


async def test_a_connection_whose_answer_was_not_read_is_closed() -> None:
    origin = RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)
    async with asker(origin) as one:
        for _ in range(3):
            (await one.ask()).close()
    assert origin.connections == 3


async def test_a_pooled_connection_that_upstream_has_closed_is_no_failure() -> None:
    async with asker(closing_after(OK)) as one:
        assert [await one.read() for _ in range(4)] == [b"hi"] * 4


async def test_who_refuses_the_connection_is_unreachable() -> None:
    async with RawServer().listening() as gone:
        pass
    one = Asker(gone.url)
    with pytest.raises(UpstreamError) as raised:
        await one.ask()
    assert raised.value.failure is Failure.UNREACHABLE and gone.url in str(raised.value)
    one.upstream.stop()


async def test_who_says_nothing_has_timed_out() -> None:
    origin = RawServer()
    origin.talk = never
    assert await failure_of(origin, QUICK) is Failure.TIMEOUT


async def test_a_body_that_stalls_has_timed_out() -> None:
    async def stall(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK[:-1])
        await reader.read()

    origin = RawServer()
    origin.talk = stall
    assert await failure_of(origin, QUICK) is Failure.TIMEOUT


def closing_after(answer: bytes) -> RawServer:
    """An upstream that closes its connection behind an answer."""

    async def answer_and_close(head: bytes, reader: object, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    server = RawServer()
    server.talk = answer_and_close
    return server


@pytest.mark.parametrize("answer", [OK[:-1], CHUNKED[:-5]])
async def test_a_body_that_is_short_has_broken_off(answer: bytes) -> None:
    assert await failure_of(closing_after(answer)) is Failure.ABORTED


@pytest.mark.parametrize(
    "answer",
    [
        b"this is not HTTP\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Title: a\x01b\r\nContent-Length: 9\r\n\r\nunread",
        b"HTTP/1.1 200 OK\r\nX-Title: a\x7f\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 099 What\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 600 What\r\nContent-Length: 9\r\n\r\nunread",
    ],
)
async def test_what_is_no_answer_is_invalid(answer: bytes) -> None:
    assert await failure_of(RawServer(answer)) is Failure.INVALID


async def test_no_answer_of_no_use_keeps_its_connection() -> None:
    origin = RawServer(b"HTTP/1.1 600 What\r\nContent-Length: 9\r\n\r\nunread")
    async with asker(origin) as one:
        with pytest.raises(UpstreamError, match="600"):
            await one.ask()
        await until(lambda: origin.open == 0)


async def test_each_failure_is_counted_once_and_bytes_as_they_come() -> None:
    origin = RawServer(OK)
    async with asker(origin, limits=QUICK) as one:
        await one.read()
        origin.answer = b"nonsense\r\n\r\n"
        with pytest.raises(UpstreamError):
            await one.read()
        origin.talk = never
        with pytest.raises(UpstreamError):
            await one.read()
    assert one.counters.upstream_requests == {"origin": 3}
    assert one.counters.upstream_failures == {"origin": 2}
    assert one.counters.upstream_bytes == {"origin": 2}


async def test_a_body_that_breaks_off_counts_and_its_peer_is_passed_over() -> None:
    origin, peer = RawServer(OK), closing_after(OK[:-1])
    async with asker(origin, peer) as one:
        with pytest.raises(UpstreamError):
            await one.read()
        assert one.counters.upstream_failures == {"peer": 1}
        assert await one.read() == b"hi"
    assert len(peer.heads) == len(origin.heads) == 1


async def test_the_owner_is_asked_and_its_position_believed() -> None:
    origin, peer = RawServer(OK), RawServer(OK.replace(b"\r\n\r\n", b"\r\nHeadwater-Position: 7\r\n\r\n"))
    async with asker(origin, peer) as one:
        answer = await one.ask()
        assert answer.source.peer == "edge-2" and answer.head.position == 7
        answer.close()
    assert not origin.heads
    assert split(peer.heads[0])[1] == [
        ("host", "site.example:81"),
        ("headwater-peer", str(one.badge.field and one.badge.field[1])),
    ]


@pytest.mark.parametrize("said", [b"", b"\r\nHeadwater-Position: -1", b"\r\nHeadwater-Position: 7, 8"])
async def test_a_peer_that_says_no_position_is_behind_everything(said: bytes) -> None:
    origin, peer = RawServer(OK), RawServer(OK.replace(b"\r\n\r\n", said + b"\r\n\r\n"))
    async with asker(origin, peer) as one:
        answer = await one.ask()
        assert answer.head.position == 0
        answer.close()


async def test_the_origin_is_never_behind_whatever_it_says() -> None:
    origin = RawServer(OK.replace(b"\r\n\r\n", b"\r\nHeadwater-Position: 7\r\n\r\n"))
    async with asker(origin) as one:
        answer = await one.ask()
        assert answer.head.position is None and answer.source.kind == "origin"
        answer.close()


async def test_the_owner_is_passed_by_where_that_is_asked_for() -> None:
    origin, peer = RawServer(OK), RawServer(OK)
    async with asker(origin, peer) as one:
        (await one.ask(origin_only=True)).close()
    assert len(origin.heads) == 1 and not peer.heads


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PURGE", "OPTIONS"])
async def test_what_may_not_be_repeated_goes_to_the_origin_once(method: str) -> None:
    origin, peer = RawServer(), RawServer(OK)
    origin.talk = peer.talk = never
    async with asker(origin, peer, QUICK) as one:
        with pytest.raises(UpstreamError):
            await one.ask(method=method)
    assert len(origin.heads) == 1 and not peer.heads


@pytest.mark.parametrize("trouble", ["silent", "invalid", "closing", "refusing"])
async def test_a_peer_in_trouble_is_passed_over_for_a_while(
    trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def close(head: bytes, reader: object, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    origin, peer = RawServer(OK), RawServer(b"nonsense\r\n\r\n")
    if trouble != "invalid":
        peer.talk = never if trouble == "silent" else close
    async with asker(origin, peer, QUICK) as one:
        if trouble == "refusing":
            peer.stop()
        for _ in range(2):
            answer = await one.ask()
            assert answer.source.peer is None
            answer.close()
        assert one.counters.upstream_failures == {"peer": 1}
        assert one.counters.upstream_requests == {"peer": 1, "origin": 2}
        [warning] = caplog.messages
        assert "edge-2" in warning and peer.url in warning
        one.now_ms += QUICK.peer_retry_ms
        (await one.ask()).close()
        assert one.counters.upstream_requests["peer"] == 2


async def test_an_upload_is_sent_as_it_comes_with_its_length_or_in_chunks() -> None:
    bodies: list[bytes] = []

    async def take(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chunked = b"chunked" in head
        bodies.append(await (reader.readuntil(b"0\r\n\r\n") if chunked else reader.readexactly(6)))
        writer.write(OK)

    async def upload() -> AsyncIterator[bytes]:
        yield b"rep"
        yield b"ort"

    origin = RawServer()
    origin.talk = take
    async with asker(origin) as one:
        typed = ("content-type", "x/y")
        (await one.ask(("content-length", "6"), typed, method="POST", body=Upload(upload()))).close()
        (await one.ask(typed, method="PUT", body=Upload(upload()))).close()
    assert bodies == [b"report", b"3\r\nrep\r\n3\r\nort\r\n0\r\n\r\n"]
    first, second = (dict(split(head)[1]) for head in origin.heads)
    assert first["content-length"] == "6" and "transfer-encoding" not in first
    assert second["transfer-encoding"] == "chunked" and "content-length" not in second
    assert first["content-type"] == second["content-type"] == "x/y"


async def test_an_upload_that_breaks_off_is_not_whole_for_upstream() -> None:
    ended = asyncio.Event()

    async def take(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with pytest.raises(asyncio.IncompleteReadError):
            await reader.readuntil(b"0\r\n\r\n")
        ended.set()

    async def upload() -> AsyncIterator[bytes]:
        yield b"rep"
        raise ConnectionResetError("the client left")

    origin = RawServer()
    origin.talk = take
    async with asker(origin) as one:
        with pytest.raises(UpstreamError):
            await one.ask(method="POST", body=Upload(upload()))
        await ended.wait()


async def test_an_upload_may_take_longer_than_an_answer_as_long_as_it_goes_on() -> None:
    async def take(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"0\r\n\r\n")
        writer.write(OK)

    async def upload() -> AsyncIterator[bytes]:
        for _ in range(5):
            begun = asyncio.get_running_loop().time()
            await until(lambda begun=begun: asyncio.get_running_loop().time() > begun + 0.1)
            yield b"piece"

    origin = RawServer()
    origin.talk = take
    async with asker(origin, limits=QUICK) as one:
        (await one.ask(method="PUT", body=Upload(upload()))).close()
    assert len(origin.heads) == 1


CERTIFICATES = Path(__file__).parent / "certificates"


@asynccontextmanager
async def secure_origin() -> AsyncIterator[tuple[RawServer, str]]:
    """An origin that speaks TLS, and its base URL."""
    origin, context = RawServer(OK), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "one.pem", CERTIFICATES / "one.key")
    server = await asyncio.start_server(origin._serve, "127.0.0.1", 0, ssl=context, limit=2**20)
    yield origin, f"https://localhost:{server.sockets[0].getsockname()[1]}"
    server.close()


@pytest.mark.parametrize("trusted", [True, False])
async def test_an_origin_is_asked_over_tls_if_its_certificate_is_trusted(
    trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / ("one.pem" if trusted else "two.pem")))
    _trusting.cache_clear()
    async with secure_origin() as (origin, url):
        one = Asker(url)
        if trusted:
            assert [await one.read() for _ in range(2)] == [b"hi"] * 2
            assert origin.connections == 1 and len(origin.heads) == 2
        else:
            with pytest.raises(UpstreamError) as raised:
                await one.read()
            assert raised.value.failure is Failure.UNREACHABLE and not origin.heads
        one.upstream.stop()
    _trusting.cache_clear()
