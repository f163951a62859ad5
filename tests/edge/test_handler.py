"""What clients may ask, and in which form."""

import asyncio
import json
from pathlib import Path

import pytest

from caching import CacheSettings
from caching.badge import Badge
from edge import UpstreamSettings
from tests.edge.raw import RawServer, address_of, exchange, split
from tests.edge.scripted import SlowBody, edge_before, get, origin_and_edge
from tests.edge.tier import paths

OK = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nhi"
END = b"Host: viewer\r\nConnection: close\r\n\r\n"


async def ask(url: str, line: bytes, rest: bytes = END) -> tuple[str, dict[str, str], bytes]:
    """Status line, fields and body of one request on a connection of its own."""
    status, fields, body = split(await exchange(url, line + b" HTTP/1.1\r\n" + rest))
    return status, dict(fields), body


async def test_a_full_url_in_the_request_line_is_the_same_object_as_its_path() -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        await ask(node.url, b"GET http://anywhere:99/a%41?b=%42+")
        _, fields, body = await ask(node.url, b"GET /a%41?b=%42+")
        assert body == b"hi" and "; hit" in fields["cache-status"]
        assert [head.split(b" ")[1] for head in upstream.heads] == [b"/a%41?b=%42+"]


@pytest.mark.parametrize(
    ("line", "status", "error"),
    [(b"OPTIONS *", "400", "no-path"), (b"CONNECT viewer:443", "501", "tunnel")],
)
async def test_what_aims_at_nothing_is_refused_and_says_why(line: bytes, status: str, error: str) -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        said, fields, body = await ask(node.url, line)
        assert said.split(" ")[1] == status and json.loads(body)["error"] == error
        assert fields["cache-status"] == f"edge-1; detail={error}" and not upstream.heads
        await node.idle()


@pytest.mark.parametrize("line", [b"GET nowhere", b"GET /a b", b"GET /\xff", b"GET"])
async def test_what_is_no_request_is_refused_and_the_node_lives_on(line: bytes) -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        assert (await ask(node.url, line))[0].split(" ")[1] == "400"
        assert not upstream.heads and (await ask(node.url, b"GET /a"))[2] == b"hi"


@pytest.mark.parametrize("method", [b"PURGE", b"PROPFIND", b"TRACE", b"DELETE", b"PATCH"])
async def test_other_methods_are_upstreams_business(method: bytes) -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        for _ in range(2):
            _, fields, body = await ask(node.url, method + b" /a")
            assert body == b"hi" and "fwd=method" in fields["cache-status"]
        assert len(upstream.heads) == 2 and upstream.heads[0].startswith(method + b" /a ")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/healthz?a=1"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_node_answers_for_itself(method: str, path: str) -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        status, _, body = await ask(node.url, f"{method} {path}".encode())
        assert status == "HTTP/1.1 200 OK" and (body == b"") == (method == "HEAD")
        assert not upstream.heads
        await ask(node.url, f"POST {path}".encode())
        assert len(upstream.heads) == 1  # only reading is the node's own


async def test_a_fenced_node_lives_and_is_not_ready() -> None:
    now_ms = [5_000]
    async with origin_and_edge(now_ms=lambda: now_ms[0]) as (_, node):
        node.cache.lease_until_ms = 6_000
        assert (await get(node.url + "/readyz"))[0] == 200
        now_ms[0] = 6_000
        status, body, _ = await get(node.url + "/readyz")
        assert status == 503 and "lease" in json.loads(body)["why"]
        assert (await get(node.url + "/healthz"))[0] == 200


async def test_every_host_is_the_origins_site_unless_it_is_kept() -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        for host in (b"a", b"b:81", b""):
            await ask(node.url, b"GET /a", b"Host: " + host + b"\r\nConnection: close\r\n\r\n")
        site = upstream.url.removeprefix("http://").encode()
        assert len(upstream.heads) == 1 and b"\r\nHost: " + site + b"\r\n" in upstream.heads[0]


VERBATIM = (
    b'/a;x /a%2fb /a%2Fb /%00 //a //a//b /./a /../a /a/../b /%2e%2e/a /a\\b /a? /a?b?c /a"<>^`{|} /a%zz /a%'
    b" /a?x=[] /[a] /a?=&& /:80/ /@x //u@h/x /a&b /a:b /a?b=/../c /a'()*!$,~-_. /// // /a?b;c /a?%23"
    b" /%23 /? /a?? /http://x/y /%68ealthz //healthz /a /a/ /A /%61"
).split()


async def test_upstream_gets_the_target_byte_for_byte_and_each_has_a_key_of_its_own() -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        for target in VERBATIM:
            assert (await ask(node.url, b"GET " + target))[2] == b"hi"
        assert [head.split(b" ")[1] for head in upstream.heads] == list(VERBATIM)
        await node.idle()
        assert len(node.cache.index) == len(VERBATIM)


async def test_what_would_name_another_target_goes_no_further_and_the_clients_address_does() -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        named = b"X-HTTP-Method-Override: DELETE\r\nX-Original-URL: /b\r\nX-Forwarded-Host: evil\r\n"
        await ask(node.url, b"GET /a", named + b"X-Forwarded-For: 10.0.0.1\r\n" + END)
        said = upstream.heads[0].lower()
        assert b"override" not in said and b"original" not in said and b"evil" not in said
        assert b"\r\nx-forwarded-for: 10.0.0.1, 127.0.0.1\r\n" in said


async def test_hosts_that_are_kept_are_sites_of_their_own() -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url, preserve_host=True) as node:
        for host in (b"a:80", b"A:80", b"b"):
            await ask(node.url, b"GET /a", b"Host: " + host + b"\r\nConnection: close\r\n\r\n")
        await ask(node.url, b"GET http://b/a")  # the Host beside it counts for nothing
        assert [dict(split(head)[1])["host"] for head in upstream.heads] == ["a", "b"]
        status, _, body = await ask(node.url, b"GET /a", b"Host: b/x\r\nConnection: close\r\n\r\n")
        assert status.split(" ")[1] == "400" and json.loads(body)["error"] == "bad-host"


async def test_the_body_of_a_get_goes_nowhere_and_ends_where_it_ends() -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        fat = b"GET /a HTTP/1.1\r\nHost: viewer\r\nContent-Length: 4\r\n\r\nbody"
        got = await exchange(node.url, fat + b"GET /b HTTP/1.1\r\n" + END)
        assert got.count(b"HTTP/1.1 200 OK") == 2
        first, second = upstream.heads
        assert b"Content-Length" not in first and second.startswith(b"GET /b ")


async def test_a_client_that_waits_to_be_told_to_send_its_body_is_told() -> None:
    async def take(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (b"\r\nexpect: 100-continue\r\n" in head.lower()) == (b"POST /old" not in head)
        if b"/silent" not in head:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.write(OK[:-2] + await reader.readexactly(2))

    upstream = RawServer()
    upstream.talk = take
    async with (
        upstream.listening(),
        edge_before(upstream.url, upstream=UpstreamSettings(continue_timeout_ms=50)) as node,
    ):
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(b"POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" + END)
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"ok")
        assert (await reader.read()).endswith(b"\r\n\r\nok")
        writer.close()
        for _ in range(2):  # and one that says nothing to it is not waited for
            silent = b"POST /silent HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
            assert (await exchange(node.url, silent + END + b"ok")).endswith(b"\r\n\r\nok")
        old = b"POST /old HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok"
        assert (await exchange(node.url, old)).startswith(b"HTTP/1.0 200 OK")  # which knows no 100


async def test_an_upload_that_upstream_does_not_want_is_not_asked_of_the_client() -> None:
    refused = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"
    async with RawServer(refused).listening() as upstream, edge_before(upstream.url) as node:
        for number in range(2):
            reader, writer = await asyncio.open_connection(*address_of(node.url))
            writer.write(b"PUT /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            got = await reader.readuntil(b"\r\n\r\n")
            assert got.startswith(b"HTTP/1.1 413 ") and b"\r\nConnection: close\r\n" in got
            assert upstream.connections == number + 1  # none is used again: who knows what it waits for
            writer.close()


async def test_an_upload_streams_and_one_that_breaks_off_never_looks_whole() -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def take(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.put_nowait(await reader.readexactly(4))
        heard.put_nowait(await reader.read())

    upstream = RawServer()
    upstream.talk = take
    async with upstream.listening(), edge_before(upstream.url) as node:
        _, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(b"POST /a HTTP/1.1\r\nHost: viewer\r\nContent-Length: 8\r\n\r\nhalf")
        assert await heard.get() == b"half"  # before the rest is there
        writer.transport.abort()
        assert await heard.get() == b""
        await node.idle()


async def test_requests_sent_ahead_are_answered_in_their_order() -> None:
    async with origin_and_edge() as (origin, node):
        for number in range(5):
            origin.says(f"/{number}", f"<{number}>".encode(), cache_control="max-age=60")
        ahead = b"".join(b"GET /%d HTTP/1.1\r\nHost: viewer\r\n\r\n" % number for number in range(4))
        got = await exchange(node.url, ahead + b"GET /4 HTTP/1.1\r\n" + END)
        assert [got.index(b"<%d>" % number) for number in range(5)] == sorted(
            got.index(b"<%d>" % number) for number in range(5)
        )


async def test_an_upgrade_is_declined_and_not_passed_on() -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        wish = b"Host: viewer\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nX-Mine: 1\r\n\r\n"
        status, _, body = await ask(node.url, b"GET /a", wish)
        assert status == "HTTP/1.1 200 OK" and body == b"hi"
        assert b"upgrade" not in upstream.heads[0].lower() and b"\r\nX-Mine: 1\r\n" in upstream.heads[0]


def badge(name: str, secret: str = "shared") -> bytes:
    field = Badge(name, secret).field
    assert field is not None
    return f"{field[0]}: {field[1]}\r\n".encode()


async def test_only_who_proves_to_be_of_the_tier_is_told_a_position(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    async with (
        RawServer(OK).listening() as upstream,
        edge_before(upstream.url, token="shared", access_log=log) as node,
    ):
        node.membership.update([("edge-2", "http://127.0.0.1:9", 1)])
        node.cache.skip_to(5)
        forged = b"CDN-Loop: edge-2\r\nHeadwater-Peer: edge-2\r\n"
        for shown, told in (
            (badge("edge-2"), "5"),
            (forged, None),
            (badge("edge-2", "guessed"), None),
            (b"", None),
        ):
            _, fields, _ = await ask(node.url, b"GET /a", shown + END)
            assert fields.get("headwater-position") == told
        assert b"peer" not in upstream.heads[0].lower()
        await node.idle()
    who = [json.loads(line)["who"] for line in log.read_text().splitlines()]
    assert who == ["peer", "client", "client", "client"]


async def test_what_a_peer_asks_for_is_asked_of_no_other_peer() -> None:
    async with (
        RawServer(OK).listening() as upstream,
        RawServer(OK).listening() as owner,
        edge_before(upstream.url, token="shared") as node,
    ):
        node.membership.update([("edge-2", owner.url, 1), ("edge-3", "http://127.0.0.1:9", 1)])
        path = next(
            path
            for path in paths()
            if node.membership.peer_for(upstream.url + path, 0) == ("edge-2", owner.url)
        )
        # edge-3 takes this node for the owner, for it knows of other members.
        await ask(node.url, b"GET " + path.encode(), badge("edge-3") + END)
        assert len(upstream.heads) == 1 and not owner.heads


async def test_a_request_that_was_here_before_is_refused() -> None:
    named = CacheSettings(node_name="edge-7")
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url, cache=named) as node:
        status, _, body = await ask(node.url, b"GET /a", b"CDN-Loop: x, edge-7;v=2\r\n" + END)
        assert status.split(" ")[1] == "508" and json.loads(body)["error"] == "loop"
        assert not upstream.heads


async def test_a_fill_too_many_is_refused_and_told_when_to_come_again() -> None:
    few = CacheSettings(node_name="edge-7", max_fills=1)
    async with origin_and_edge(cache=few) as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"})
        reading = asyncio.create_task(get(node.url + "/a"))
        await slow.asked.wait()
        status, fields, body = await ask(node.url, b"GET /b")
        assert status.split(" ")[1] == "503" and json.loads(body)["error"] == "fills-limit"
        assert fields["retry-after"] == "1"
        metrics = (await get(node.url + "/metrics"))[1]
        assert b"headwater_edge_fills 1.0" in metrics and b"headwater_edge_max_fills 1.0" in metrics
        assert b'outcome="refused",reason="fills-limit",who="client"} 1.0' in metrics
        slow.pieces.put_nowait(None)
        assert (await reading)[0] == 200
        assert (await get(node.url + "/b"))[0] == 404
