"""Which requests this node reads itself: it reads them as aiohttp would, and leaves the rest alone."""

import pytest

from caching import CacheSettings
from edge import EdgeSettings
from edge.blocks import Blocks
from edge.settings import HeadLimits

ORIGIN = "http://origin.test:8000"


def blocks(scheme: str = "http", *, listens: bool = True, **settings: object) -> Blocks:
    cache = CacheSettings(honour_request_directives=listens)
    return Blocks(EdgeSettings(origin_url=ORIGIN, cache=cache, **settings), scheme)  # type: ignore[arg-type]


def message(fields: str = "", line: str = "GET /a?b=1 HTTP/1.1", host: str = "Host: viewer\r\n") -> bytes:
    return f"{line}\r\n{host}{fields}\r\n".encode("latin-1")


def test_a_plain_request_is_read_and_its_block_is_known_from_then_on() -> None:
    known = blocks()
    first = known.read(message("User-Agent: player\r\n"))
    assert first is not None and (first.method, first.target) == ("GET", "/a?b=1")
    assert list(first.block.headers) == [("host", "viewer"), ("user-agent", "player")]
    assert first.block.aim[:2] == ("http", "origin.test:8000") and not first.block.closes
    again = known.read(message("User-Agent: player\r\n", "HEAD /c HTTP/1.1"))
    assert again is not None and again.method == "HEAD" and again.block is first.block


def test_the_site_is_the_hosts_where_it_is_preserved() -> None:
    plain = blocks("https", preserve_host=True).read(message())
    assert plain is not None and plain.block.aim[:2] == ("https", "viewer")


LEFT_ALONE = {
    "another method": message(line="POST /a HTTP/1.1"),
    "another version": message(line="GET /a HTTP/1.0"),
    "a full URL": message(line="GET http://viewer/a HTTP/1.1"),
    "a fragment": message(line="GET /a#b HTTP/1.1"),
    "a space in the target": message(line="GET /a b HTTP/1.1"),
    "bytes above ASCII in the target": message(line="GET /caf\xe9 HTTP/1.1"),
    "no version": message(line="GET /a"),
    "a tab": message(line="GET\t/a HTTP/1.1"),
    "an empty line before": b"\r\n" + message(),
    "no Host": message(host=""),
    "two Hosts": message("Host: other\r\n"),
    "a Host that is none": message(host="Host: a/b\r\n"),
    "a body": message("Content-Length: 2\r\n") + b"hi",
    "a body of nothing": message("Content-Length: 0\r\n"),
    "chunks": message("Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "an expectation": message("Expect: 100-continue\r\n"),
    "another protocol": message("Connection: Upgrade\r\nUpgrade: websocket\r\n"),
    "a Connection that names fields": message("Connection: keep-alive, x-secret\r\n"),
    "the connection of a proxy": message("Proxy-Connection: close\r\n"),
    "a handshake that aiohttp refuses": message("Sec-WebSocket-Key1: x\r\n"),
    "a field twice that may come once": message("User-Agent: a\r\nuser-agent: b\r\n"),
    "a folded line": message("X-A: 1\r\n folded\r\n"),
    "a bare line feed": message("X-A: 1\n"),
    "a space before the colon": message("X-A : 1\r\n"),
    "a control character": message("X-A: \x01\r\n"),
    "half a head": message()[:-1],
    "two requests": message() + message(),
    "a request and half of the next": message() + b"GET",
    "nothing": b"",
}


@pytest.mark.parametrize("data", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_what_is_not_plain_is_left_alone(data: bytes) -> None:
    known = blocks()
    assert known.read(data) is None
    assert known.read(message()) is not None and known.read(data) is None  # nor when others were read before


NO_ANSWERS = {
    "Authorization: Basic eDp5",
    "Cache-Control: no-cache",
    "Pragma: no-cache",
    'If-Match: "a"',
    "If-Unmodified-Since: Thu, 01 Jan 2026 00:00:00 GMT",
    "CDN-Loop: edge-2",
    "Headwater-Peer: edge-2=00",
    "Connection: close",
}


@pytest.mark.parametrize("field", sorted(NO_ANSWERS))
def test_no_answers_are_prepared_for_who_says_what_the_rules_look_at(field: str) -> None:
    plain = blocks().read(message(f"{field}\r\n"))
    assert plain is not None and plain.block.lines is None
    assert plain.block.closes is (field == "Connection: close")


def test_directives_that_are_not_heard_do_not_matter() -> None:
    plain = blocks(listens=False).read(message("Cache-Control: no-cache\r\n"))
    assert plain is not None and plain.block.lines is not None


def test_blocks_share_answers_where_these_depend_on_nothing_that_they_differ_in() -> None:
    known = blocks(preserve_host=True)

    def lines(fields: str, host: str = "Host: viewer\r\n") -> object:
        plain = known.read(message(fields, host=host))
        assert plain is not None
        return plain.block.lines

    assert lines("User-Agent: a\r\n") is lines("User-Agent: b\r\n")
    distinct = {
        id(lines(*said))
        for said in (
            ("",),
            ("", "Host: other\r\n"),
            ("Range: bytes=0-1\r\n",),
            ("Range: bytes=0-2\r\n",),
            ('If-None-Match: "a"\r\n',),
            ("If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT\r\n",),
            ('Range: bytes=0-1\r\nIf-Range: "a"\r\n',),
            ("Range: None\r\n",),  # which is not the same as none
        )
    }
    assert len(distinct) == 8


def test_the_limits_hold_whatever_was_read_before() -> None:
    known = blocks(heads=HeadLimits(max_line_bytes=40, max_head_bytes=120))
    assert known.read(message(line=f"GET /{'a' * 40} HTTP/1.1")) is None
    assert known.read(message()) is not None
    assert known.read(message(f"X-A: {'a' * 80}\r\n")) is None  # too long with the longest line


def test_blocks_are_bounded_in_number() -> None:
    known = blocks()
    for number in range(5_000):
        assert known.read(message(f"X-A: {number}\r\n")) is not None
    assert len(known.known) == 4096
    known.close()
    assert known.read(message()) is None and not known.known


def test_what_a_block_selects_is_not_remembered_without_end() -> None:
    plain = blocks().read(message("Accept-Language: de\r\n"))
    assert plain is not None
    for number in range(1_000):
        assert not plain.block.selects((("accept-language", f"x-{number}"),))
    assert plain.block.selects((("accept-language", " de@1000"),))
    assert len(plain.block._selected) <= 64
