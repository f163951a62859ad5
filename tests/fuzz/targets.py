"""What is fuzzed: for each kind of parser a corpus, the words of its grammar, and a check of one input.

A check raises when a parser does, and when what was understood does not print back to the same meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple
from urllib.parse import quote_from_bytes

from caching.control import control_of
from caching.demand import demand_of
from caching.entry import Part
from caching.fields import (
    MAX_DELTA_S,
    format_http_date,
    parse_delta_s,
    parse_directives,
    parse_entity_tags,
    parse_http_date,
    split_list,
)
from caching.groups import groups_of
from caching.headers import Headers
from caching.key import DEFAULT_IGNORED_PARAMS, cache_key
from caching.loop import has_visited, mark_visit
from caching.messages import Request, ResponseHead
from caching.parts import arrived_of, unsatisfied_length
from caching.ranges import (
    Slice,
    Unsatisfiable,
    coalesce,
    if_range_holds,
    parse_range,
    resolve,
    select,
    to_field,
)
from caching.searches import BY_ALL, answers, search_of, variance_of
from caching.settings import CacheSettings
from caching.structured import Item, parse_dictionary, parse_item, parse_list
from caching.structured_print import print_dictionary, print_item, print_list
from caching.vary import preferred_language, selection_of, selects, vary_names
from edge.framing import RequestScan
from edge.responses import ResponseScan
from edge.settings import HeadLimits
from tests.fuzz import printers
from tests.fuzz.inputs import Inputs


class Target(NamedTuple):
    """``check`` takes one input and raises if a property does not hold."""

    corpus: Sequence[str]
    words: Sequence[str]
    check: Callable[[str], None]
    inputs: Callable[[Sequence[str], Sequence[str], int], Iterable[str]] = Inputs
    summary: Callable[[], str] | None = None
    """What came of the inputs, where that tells more than that nothing was found."""


SETTINGS: Final = CacheSettings()


def same(what: str, once: object, again: object) -> None:
    """A property of all parsers: what is understood prints back to the same meaning."""
    if once != again:
        raise AssertionError(f"{what}: {once!r} prints back as {again!r}")


def check_headers(text: str) -> None:
    """Directives, dates, seconds, lists and entity tags (RFC 9110 section 5.6, RFC 9111 section 1.2.2)."""
    found = parse_directives(text)
    same("directives", found, parse_directives(printers.directives(found)))
    at_ms = parse_http_date(text)
    if at_ms is not None:
        same("date", at_ms, parse_http_date(format_http_date(at_ms)))
        assert text.isascii(), "a date of other digits"
    delta_s = parse_delta_s(text)
    if delta_s is not None:
        same("seconds", delta_s, parse_delta_s(str(delta_s)))
        assert 0 <= delta_s <= MAX_DELTA_S, "seconds out of bounds"
    items = split_list(text)
    same("list", items, split_list(printers.listed(items)))
    tags = parse_entity_tags(text)
    same("entity tags", tags, parse_entity_tags(printers.listed(tags)))
    headers = Headers([("vary", text), ("cdn-loop", text)])
    names = vary_names(headers)
    if '"' not in text:  # a quoted string is no name; sorted among others it would end elsewhere
        same("vary", names, vary_names(Headers([("vary", printers.listed(names))])))
    asked = Headers([("cache-control", text), ("pragma", text), ("accept-language", text), ("x", text)])
    demand_of(Request("GET", "http", "cdn", "/", asked), SETTINGS)
    assert selects(selection_of(("accept-language", "x"), asked), asked), "a request selects its own variant"
    preferred_language(asked)
    control_of(Headers([("cdn-cache-control", text), ("cache-control", text)]), ("cdn-cache-control",))
    assert has_visited(mark_visit(headers, "me"), "me"), "a field that came hides our mark"


FORMS: Final[Sequence[tuple[str, Callable[[str], Any], Callable[[Any], str | None]]]] = (
    ("item", parse_item, print_item),
    ("list", parse_list, print_list),
    ("dictionary", parse_dictionary, print_dictionary),
)


def check_structured(text: str) -> None:
    """Structured Fields, each of the three forms (RFC 9651)."""
    for name, parse, show in FORMS:
        value = parse(text)
        if value is not None:
            assert text.isascii(), f"{name}: text that is not ASCII"
            printed = show(value)
            assert printed is not None, f"{name}: {value!r} cannot be printed"
            again = parse(printed)
            same(name, value, again)
            same(f"{name} in print", printed, show(again))  # equal values may be of different kinds
    check_groups(text)


def check_groups(text: str) -> None:
    """Cache-Groups, which is a List of Strings (RFC 9875)."""
    groups = groups_of(Headers([("cache-groups", text)]))
    printed = print_list([Item(group, {}) for group in groups])
    assert printed is not None, f"{groups} cannot be printed"
    same("groups", groups, groups_of(Headers([("cache-groups", printed)])))


SIZES: Final = (0, 1, 10, 1000, 2**20, 10**17)


def check_ranges(text: str) -> None:
    """Range, If-Range and Content-Range against representations of some sizes (RFC 9110 section 14)."""
    if_range_holds(Headers([("if-range", text)]), '"tag"', 784111777000)
    specs = parse_range(text)
    if specs:
        assert text.isascii(), "a position of other digits"
        same("range", specs, parse_range(to_field(specs)))
    headers = Headers([("range", text)])
    for size_bytes in SIZES:
        parts = coalesce(specs, size_bytes, gap_bytes=0)
        covered = sorted(parts)
        assert all(one.end <= other.offset for one, other in pairwise(covered)), f"{parts} overlap"
        for spec in specs:
            wanted = resolve(spec, size_bytes)
            if wanted is not None:
                assert 0 <= wanted.offset < wanted.end <= size_bytes, f"{wanted} of {size_bytes} bytes"
                holds = any(part.offset <= wanted.offset and wanted.end <= part.end for part in parts)
                assert holds, f"{wanted} is not among {parts}"
        part = select(headers, size_bytes, None, None)
        if isinstance(part, Slice):
            said = part.content_range(size_bytes)
            again = Headers([("range", said.partition("/")[0].replace(" ", "="))])
            same("range", part, select(again, size_bytes, None, None))
            arrived = arrived_of(ResponseHead(206, Headers([("content-range", said)]), 0))
            same("content-range", (Part(part.offset, size_bytes), part.length), arrived)
    check_content_range(text)


def check_content_range(text: str) -> None:
    """What a 206 and a 416 say (RFC 9110 section 14.4)."""
    arrived = arrived_of(ResponseHead(206, Headers([("content-range", text)]), 0))
    if arrived is not None:
        assert text.isascii(), "a position of other digits"
        said = Slice(arrived.part.first, arrived.length).content_range(arrived.part.complete_bytes)
        again = arrived_of(ResponseHead(206, Headers([("content-range", said)]), 0))
        same("content-range", arrived, again)
    length_bytes = unsatisfied_length(Headers([("content-range", text)]))
    if length_bytes is not None:
        told = Headers([("content-range", Unsatisfiable(length_bytes).content_range())])
        same("unsatisfied", length_bytes, unsatisfied_length(told))


AUTHORITIES: Final = ("cdn", "CDN.example", "cdn:8080", "[::1]:80", "")


def check_key(text: str) -> None:
    """A key that is taken apart makes itself again, and what may not matter does not (RFC 9111 section 2)."""
    cache_key(text, text, text, DEFAULT_IGNORED_PARAMS)
    check_search(text)
    target = "/" + text
    for authority in AUTHORITIES:
        key = cache_key("http", authority, target, DEFAULT_IGNORED_PARAMS)
        scheme, _, rest = key.partition("://")
        site, slash, path = rest.partition("/")
        same("key", key, cache_key(scheme, site, slash + path, DEFAULT_IGNORED_PARAMS))
    more = "&" if "?" in target else "?"
    same(
        "ignored",
        key,
        cache_key("HTTP", AUTHORITIES[-1], f"{target}{more}CMCD=br%3D1", DEFAULT_IGNORED_PARAMS),
    )
    path, question, query = target.partition("?")
    assert key.partition("://")[2].partition("?")[0] == path, "the path of a key is that of its request"
    if question:
        parts = query.split("&")
        turned = (
            "&".join([*parts[1:], parts[0]])
            if len({p.partition("=")[0] for p in parts}) == len(parts)
            else query
        )
        same("order", key, cache_key("http", AUTHORITIES[-1], f"{path}?{turned}", DEFAULT_IGNORED_PARAMS))


VARIANCES: Final = tuple(
    variance_of(Headers([("no-vary-search", text)]))
    for text in ("key-order", "params", 'params=("a" "CMCD")', 'key-order, params, except=("b" "")')
)


def check_search(text: str) -> None:
    """What counts of a query under No-Vary-Search, said again as a query."""
    for variance in (*VARIANCES, variance_of(Headers([("no-vary-search", text)]))):
        search = search_of(f"/?{text}", variance)
        query = "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in search)
        same("search", search, search_of(f"/?{query}", variance))
        if variance != BY_ALL:
            assert answers(f"/?{text}", f"/?{query}", variance), "a query answers what says the same"


LIMITS: Final = HeadLimits()
SHORT: Final = 80
"""Messages of fewer bytes are also sent byte by byte."""


def check_wire(text: str) -> None:
    """Messages as bytes: however they are cut on their way, the same is let through (RFC 9112)."""
    data = text.encode("utf-8", "surrogateescape")
    scans: list[Callable[[], RequestScan | ResponseScan]] = [
        lambda: RequestScan(LIMITS),
        lambda: ResponseScan(LIMITS, to_head=False, max_interim=2),
        lambda: ResponseScan(LIMITS, to_head=True, max_interim=2),
    ]
    for make in scans:
        at_once = make()
        passed = at_once.feed(data)
        third = len(data) // 3
        cuts = [[data[:third], data[third:-third], data[len(data) - third :]]] if third else []
        if len(data) < SHORT:
            cuts.append([data[at : at + 1] for at in range(len(data))])
        for pieces in cuts:
            scan = make()
            same("bytes let through", passed, b"".join([scan.feed(piece) for piece in pieces]))
            same("refused", at_once.flaw is not None, scan.flaw is not None)
            same("ended", at_once.ended, scan.ended)


HEADERS: Final = Target(
    corpus=(
        "max-age=3600, s-maxage=60",
        'public, max-age="10", private="set-cookie, x"',
        "no-cache, no-store, must-revalidate, stale-while-revalidate=30, stale-if-error=86400",
        'extension="a \\" b, c", immutable',
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Fri, 31 Dec 9999 23:59:60 GMT",
        "Thu, 29 Feb 2024 00:00:00 GMT",
        "0",
        "2147483648",
        '"abc", W/"def", "", *',
        'W/"a,b" , "c"',
        "Accept-Encoding, accept-language, *",
        "edge-1, edge-2; v=1, other",
        "a, , b,,c ,",
    ),
    words=(
        "max-age",
        "no-cache",
        "private",
        "W/",
        '""',
        '"',
        "\\",
        ", ",
        "=",
        "GMT",
        "Jan",
        "Mon, ",
        "1994",
        "*",
        "; ",
    ),
    check=check_headers,
)
RANGES: Final = Target(
    corpus=(
        "bytes=0-499",
        "bytes=500-",
        "bytes=-500",
        "bytes=0-0,-1",
        "bytes=0-,0-,0-,0-",
        "bytes= 1-2 , 3-4",
        "BYTES=9-9",
        "bytes=0-9223372036854775807",
        '"tag"',
        'W/"tag"',
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "seconds=1-2",
        "bytes=0-99,50-149,149-,-20",
        "bytes=5-5,4-4,3-3,900-",
        "bytes 0-499/1234",
        "bytes 10-10/*",
        "bytes 42-1233/1234",
        "bytes */1234",
    ),
    words=("bytes", "=", "-", ",", "0", "9", "bytes=", "bytes ", "0-", "-1", " ", "/", "*", "5-5,"),
    check=check_ranges,
)
KEY: Final = Target(
    corpus=(
        "vod/film/master.m3u8",
        "a?b=1&a=2&CMCD=br%3D1&b=0",
        "a?x&y=&=z&&x=1#f",
        "a/../b/./c;v=1",
        "%2e%2e/%2F%00?q=%3f",
        "a?token=1&_HLS_throughput=2",
        "/double//slash?",
        "",
    ),
    words=("?", "&", "=", "CMCD", "CMCD=", "#", "/", "..", "%2f", "%00", ";", "a", "b=", "://", "@", ":80"),
    check=check_key,
)

STRUCTURED: Final = Target(
    corpus=(
        "max-age=3600, stale-while-revalidate=60;x, must-revalidate",
        'a=1, b=2.5;q="x y";z, c=(1 2 "three");d=?0',
        '("foo" "bar");lvl=1, ("baz"), ()',
        "text/html;charset=utf-8, */*;q=0.1",
        ":cHJldGVuZCB0aGlzIGlzIGJpbmFyeSBjb250ZW50Lg==:",
        "@1659578233, ?1, -12.345",
        '%"f%c3%bc%c3%bc", "say \\"hi\\" \\\\"',
        'edge-1; hit; ttl=8; detail=fresh, "origin cache"; fwd=stale',
        "sha-256=:4REjxQ4yrqUVicfSKYNO/cF9zNj5ANbzgDZt3/h3Qxo=:",
        'key-order, params, except=("id" "page")',
        "999999999999999, 999999999999.999, -0, -0.0",
    ),
    words=(
        "=",
        "; ",
        ";",
        "(",
        ")",
        ", ",
        "?1",
        "?0",
        ":",
        "@",
        '%"',
        "%c3",
        '"',
        "\\",
        "*",
        "a",
        "Z",
        "1.5",
        "aGk=",
    ),
    check=check_structured,
)

WIRE: Final = Target(
    corpus=(
        "GET /a?b HTTP/1.1\r\nHost: cdn\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: cdn\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: x\r\n\r\n",
        "\r\nGET / HTTP/1.0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nuntil it closes",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    ),
    words=(
        *("\r\n", "\r\n\r\n", "\n", "\r", " ", ":", "HTTP/1.1", "HTTP/2", "Host: b", "0\r\n\r\n", "; "),
        *("Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "chunked, gzip", "100", "204", "f\r\n"),
    ),
    check=check_wire,
)

TARGETS: Final[Mapping[str, Target]] = {
    "headers": HEADERS,
    "structured": STRUCTURED,
    "ranges": RANGES,
    "key": KEY,
    "wire": WIRE,
}
