"""Fields through the node and back, byte for byte."""

from hypothesis import given
from hypothesis import strategies as st

from edge.wire import received, sendable
from tests.edge.raw import RawServer, exchange, split
from tests.edge.scripted import edge_before

GET = b"GET /a HTTP/1.1\r\nHost: viewer\r\nConnection: close\r\n"


async def test_field_bytes_are_kept_on_both_ways() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Title: caf\xc3\xa9 \xe2\x82\xac\r\n\r\n"
    async with RawServer(answer).listening() as upstream, edge_before(upstream.url) as node:
        got = await exchange(node.url, GET + b"X-Name: Zo\xc3\xab\r\n\r\n")
        assert b"\r\nX-Title: caf\xc3\xa9 \xe2\x82\xac\r\n" in got
        assert b"\r\nX-Name: Zo\xc3\xab\r\n" in upstream.heads[0]


async def test_latin_1_is_handed_on_or_comes_out_as_the_utf_8_of_the_same_text() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Title: caf\xe9\r\n\r\n"
    async with RawServer(answer).listening() as upstream:
        async with edge_before(upstream.url) as node:
            assert b"\r\nX-Title: caf\xe9\r\n" in await exchange(node.url, GET + b"\r\n")
        async with edge_before(upstream.url, hot_path=False) as node:  # aiohttp has no way to hand it on
            assert b"\r\nX-Title: caf\xc3\xa9\r\n" in await exchange(node.url, GET + b"\r\n")


async def test_lines_of_one_name_stay_lines_in_their_order() -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nCache-Control: no-store\r\n"
        b"set-cookie: a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT\r\nSET-COOKIE: b=2\r\n\r\n"
    )
    async with RawServer(answer).listening() as upstream, edge_before(upstream.url) as node:
        _, fields, _ = split(await exchange(node.url, GET + b"\r\n"))
    cookies = [value for name, value in fields if name == "set-cookie"]
    assert cookies == ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1).map(str.strip))
def test_what_was_received_is_sent_as_the_same_text(text: str) -> None:
    headers = received([(b"x-title", text.encode())])
    [(name, value)] = sendable(headers)
    assert (name, value.strip(" \t").encode()) == ("X-Title", text.encode().strip(b" \t"))
