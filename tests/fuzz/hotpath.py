"""The hot path's reader beside aiohttp's parser and the strict reading, and its answers beside the rules'.

What it accepts must be one plain request to all three. What is answered meanwhile lies ready for those that
come after it, so the same requests and those that differ by a byte are looked up as well.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Final
from zlib import crc32

from aiohttp.http_parser import HttpRequestParser, RawRequestMessage
from aiohttp.http_writer import HttpVersion11

from caching import CacheSettings, Request
from edge.blocks import Plain
from edge.framing import RequestScan
from edge.heads import NO_BODY, request_body
from edge.settings import EdgeSettings, HeadLimits
from edge.target import Aim, aim_of
from edge.wire import received
from tests.edge.dry import T0_MS, Dry, Way, plain_request
from tests.edge.test_parsers import protocol
from tests.fuzz.requests import FIELDS, Requests
from tests.fuzz.targets import Target

FRESH: Final = {
    "cache_control": "max-age=60",
    "etag": '"v1"',
    "last_modified": "Sun, 06 Nov 1994 08:49:37 GMT",
}
OWN_PATHS: Final = ("/healthz", "/readyz", "/metrics")
MOMENTS_MS: Final = (0, 0, 1, 999, 1_000, 30_500, 59_999, 60_000, 59_000, 90_000)

ways: Final[Counter[Way]] = Counter()
"""How the inputs so far were taken."""


def _node(settings: EdgeSettings, authority: str) -> Dry:
    """One with something of each kind in its cache."""
    node = Dry(settings)
    for target, fields, body, status in (
        ("/a", FRESH, b"0123456789", 200),
        ("/a?b=1&c=2", {**FRESH, "age": "7"}, b"query", 200),
        ("/big", {**FRESH, "content_length": "40000"}, b"b" * 40_000, 200),
        ("/v", {**FRESH, "vary": "accept-language, accept-encoding", "content_language": "de"}, b"v", 200),
        ("/n?x=1&y=2", {**FRESH, "no_vary_search": 'params=("x")'}, b"n", 200),
        ("/swr", {"cache_control": "max-age=1, stale-while-revalidate=60"}, b"swr", 200),
        ("/gone", {"cache_control": "max-age=60", "content_type": "x/\xe9"}, b"", 410),
        ("/moved", {"cache_control": "max-age=60", "location": "/a"}, b"", 301),
        ("/none", {"cache_control": "max-age=60", "content_length": "3"}, b"", 204),
    ):
        node.fill(plain_request(target, authority=authority, accept_language="de"), fields, body, status)
    return node


@cache
def nodes() -> tuple[Dry, ...]:
    """A usual one, and one with narrow limits that has a site for each Host and hears no demands."""
    deaf = CacheSettings(honour_request_directives=False, cache_status_key=True)
    narrow = HeadLimits(max_line_bytes=80, max_head_bytes=280, max_fields=4)
    strict = EdgeSettings("http://origin", cache=deaf, heads=narrow, preserve_host=True)
    return _node(EdgeSettings("http://origin"), "origin"), _node(strict, "viewer")


def check(text: str) -> None:
    """Whatever is accepted is one plain request, and gets what the rules say."""
    data = text.encode("latin-1", "replace")
    drawn = crc32(data)
    node = nodes()[drawn % 2]
    node.now_ms = T0_MS + MOMENTS_MS[drawn // 2 % len(MOMENTS_MS)]
    way = node.ask(data)
    ways[way] += 1
    plain = node.blocks.read(data)
    assert (plain is None) is (way is Way.LEFT), "read in another way the second time"
    if plain is not None:
        agree(node, data, plain)


def agree(node: Dry, data: bytes, plain: Plain) -> None:
    """Raises AssertionError if aiohttp or the strict reading take it for anything else."""
    heads = node.settings.heads
    assert request_body(data, heads) is NO_BODY, "a flaw"
    scan = RequestScan(heads)
    assert scan.feed(data) == data and scan.at_rest, "not one message"
    message = parsed(data, heads)
    assert (message.method, message.path) == (plain.method, plain.target)
    assert message.version == HttpVersion11 and not message.upgrade and not message.chunked
    assert message.should_close is plain.block.closes, "another idea of when the connection ends"
    aim = aim_of(message.method, message.path, message.headers.get("Host"), "http", node.settings)
    assert isinstance(aim, Aim), f"for nothing: {aim!r}"
    asked = Request(message.method, *aim, received(message.raw_headers))
    ours = node.request_of(plain)
    assert ours == asked._replace(from_peer=ours.from_peer, client=ours.client), f"{ours!r}, not {asked!r}"


def parsed(data: bytes, heads: HeadLimits) -> RawRequestMessage:
    """The one message that aiohttp's parser, set up as it is behind an Inlet, makes of some bytes."""
    room = 2 * heads.max_head_bytes
    parser = HttpRequestParser(
        protocol(),
        protocol()._loop,
        2**16,
        max_line_size=room,
        max_field_size=room,
        max_headers=2 * heads.max_fields,
        auto_decompress=False,
    )
    messages, upgraded, tail = parser.feed_data(data)
    assert len(messages) == 1 and not upgraded and not tail, f"{len(messages)} messages"
    message, payload = messages[0]
    assert payload.is_eof(), "a body"
    return message


def summary() -> str:
    """How many inputs went which way."""
    return ", ".join(
        f"{count:,} {way.value}" for way, count in sorted(ways.items(), key=lambda one: one[0].name)
    )


CORPUS: Final = (
    "GET /a HTTP/1.1\r\nHost: viewer\r\n\r\n",
    "HEAD /a HTTP/1.1\r\nHost: viewer\r\n\r\n",
    "GET /a?CMCD=x HTTP/1.1\r\nHost: viewer\r\n\r\n",
    "GET /a?b=1&c=2&CMCD=y HTTP/1.1\r\nHost: viewer\r\n\r\n",
    "GET /big HTTP/1.1\r\nHost: viewer\r\n\r\n",
    "GET /swr HTTP/1.1\r\nHost: viewer\r\n\r\n",
    "GET /v HTTP/1.1\r\nHost: viewer\r\nAccept-Language: de\r\n\r\n",
    "GET /v HTTP/1.1\r\nHost: viewer\r\nAccept-Language: fr\r\n\r\n",
    "GET /n?x=1&y=2 HTTP/1.1\r\nHost: viewer\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: viewer\r\nRange: bytes=2-4\r\n\r\n",
    'GET /a HTTP/1.1\r\nHost: viewer\r\nIf-None-Match: "v1"\r\nUser-Agent: player\r\n\r\n',
    "GET /a HTTP/1.1\r\nHost: viewer\r\nConnection: close\r\n\r\n",
)

HOT_PATH: Final = Target(
    CORPUS, (*(f"{field}\r\n" for field in FIELDS), "/a", "CMCD=", "?"), check, Requests, summary
)
