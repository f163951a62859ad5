"""Requests built field by field, most of them good, and then spoilt here and there.

Text mutated anywhere is hardly ever a request any more; what a reader of requests gets wrong lies close to
those that it accepts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tests.fuzz.inputs import Inputs

TARGETS: Final = (
    *("/a", "/a", "/a", "/a?b=1&c=2", "/big", "/v", "/n?x=1&y=2", "/swr", "/gone", "/moved", "/none"),
    *("/a?", "/a?c=2&b=1", "/a?b=1", "/a?b=1&b=2", "/n?y=2", "/n?y=2&x=9", "//a", "/a/", "/./a", "/A", "/"),
    *("/%61", "/a%20b", "/caf\xe9", "/a b", "/a#f", "/a?b#f", "/a\t", "*", "http://viewer/a", "//viewer/a"),
    *("/healthz", "/metrics?x", "/readyz", "a", "", "?a", "/a\x00", "/a\x7f", "/a?\x80", "/[", "/a?[]|^`{}"),
)
QUERIES: Final = (
    *("?CMCD=br%3D1", "?CMCD=x", "&CMCD=y", "?CMCD", "?cmcd=1", "?CMCD=1&CMCD=2", "?_HLS_throughput=9"),
    *("&_DASH_throughput=1", "?CMCD=a&b=1", "&b=1", "?", "&", "?&", "??CMCD=1", "?CMCD=\xff", "?CMCD=a b"),
    *("?CMCD=a#b", "?=", "?CMCD=%00", "?x=CMCD=1", "?CMCD=" + "a" * 90),
)
METHODS: Final = (
    "HEAD",
    "HEAD",
    "POST",
    "get",
    "GETT",
    "GE",
    "OPTIONS",
    "CONNECT",
    "PUT",
    "",
    "GET ",
    "\r\nGET",
)
VERSIONS: Final = (
    "HTTP/1.0",
    "HTTP/1.10",
    "HTTP/1.2",
    "HTTP/2",
    "http/1.1",
    "HTTP/1.1 ",
    "HTTP/1.",
    "HTTP/11",
    "",
)
HOSTS: Final = (
    *(
        "Host: other",
        "host: viewer",
        "HOST:viewer",
        "Host:\tviewer",
        "Host: viewer ",
        "Host: VIEWER",
        "Host:",
    ),
    *(
        "Host: viewer:80",
        "Host: viewer:",
        "Host: a/b",
        "Host: a b",
        "Host: a,b",
        "Host: [::1]:8",
        "Host : viewer",
    ),
    *(
        "Host: viewer\r\nHost: viewer",
        "Host: viewer\r\nhost: other",
        "Host: user@viewer",
        "Host: \xff",
        "Hos: a",
    ),
)
FIELDS: Final = (
    *("User-Agent: player", "User-Agent: player", "Accept: */*", "Accept-Encoding: gzip", "Referer: /x"),
    *("Accept-Language: de", "accept-language:de", "Accept-Language: fr, de;q=0.5", "Cookie: a=b", "X: y"),
    *("Range: bytes=2-4", "Range: bytes=2-4", "Range: bytes=90-", "Range: bytes=-3", "Range: bytes=0-1,3-4"),
    *(
        "range: bytes=2-4",
        "Range: bytes=a",
        "Range:",
        "Range: None",
        "If-None-Match: None",
        'If-Range: "v1"',
        'If-Range: "v0"',
    ),
    *('If-None-Match: "v1"', 'If-None-Match: "v0"', "If-None-Match: *", 'if-none-match: W/"v1"'),
    *("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", "If-Match: *", "If-Unmodified-Since: x"),
    *(
        "Connection: keep-alive",
        "Connection: close",
        "connection: Close",
        "Connection: Keep-Alive",
        "Connection:",
    ),
    *("Connection: close, x", "Connection: x", "Connection: upgrade", "Connection: keep-alive, close"),
    *(
        "Connection: close\r\nConnection: keep-alive",
        "Proxy-Connection: close",
        "Proxy-Connection: keep-alive",
    ),
    *("Keep-Alive: timeout=5", "TE: trailers", "Upgrade: websocket", "Upgrade: h2c", "HTTP2-Settings: AAM"),
    *(
        "Content-Length: 0",
        "Content-Length: 2",
        "Content-Length: +0",
        "Content-Length:",
        "content-length: 00",
    ),
    *("Transfer-Encoding: chunked", "Transfer-Encoding: identity", "transfer-encoding:", "Trailer: X"),
    *(
        "Content-Encoding: gzip",
        "Content-Type: a",
        "Content-Type: a\r\nContent-Type: b",
        "Expect: 100-continue",
    ),
    *("Authorization: Basic eDp5", "Proxy-Authorization: x", "Cache-Control: no-cache", "Cache-Control:"),
    *("Cache-Control: max-age=5", "Cache-Control: only-if-cached", "Pragma: no-cache", "Pragma: x"),
    *(
        "CDN-Loop: edge-1",
        "CDN-Loop: other",
        "Via: 1.1 edge-1",
        "Max-Forwards: 0",
        "Headwater-Peer: edge-1 x",
    ),
    *(
        "User-Agent: a\r\nUser-Agent: b",
        "ETag: a\r\nETag: b",
        "Server: a\r\nserver: b",
        "Max-Forwards: 1\r\nMax-Forwards: 1",
    ),
    *("Content-Location: a\r\nContent-Location: a", "Content-Range: a\r\nContent-Range: b", "X: y\r\nX: z"),
    *("Sec-WebSocket-Key1: x", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13", "Origin: http://x"),
    *("X-Forwarded-Host: other", "X-HTTP-Method-Override: POST", "Forwarded: host=x", "X:\xe9\xff", "X:\x00"),
    *(
        "X: a\r\n folded",
        "X: a\r\n\tfolded",
        " X: a",
        "X : a",
        "X",
        ": a",
        "X\xff: a",
        "X(y): a",
        "X:\x0b",
        "X:a\rb",
    ),
    *("X:" + "a" * 200, "X:\t", "X: \x7f", "X-Y_Z: 1", "!#$%&'*+.^_`|~: 1", "Date: x", "Priority: u=1, i"),
)
ENDS: Final = (
    "",
    "\r\n\r\n",
    "\r\nhi",
    "\n",
    "\r",
    "\r\n\x00",
    "\r\nGET /a HTTP/1.1\r\nHost: viewer\r\n\r\n",
)
LINE_ENDS: Final = ("\n", "\r", "\r\r\n", "\r\n\r\n", "\n\r", " \r\n", "")


class Requests(Inputs):
    """Of the ``corpus`` one in five is taken as it is, or with a byte or two changed."""

    def __iter__(self) -> Iterator[str]:
        random = self._random.random
        while True:
            chance = random()
            text = self._of(self._corpus) if chance < 0.2 else self._built()
            if chance < 0.08:
                text = self._with_another_byte(text)
            elif chance > 0.85:
                text = self._mutated(text)
            yield text + text if 0.5 < chance < 0.505 else text

    def _of(self, row: Sequence[str]) -> str:
        return row[int(self._random.random() * len(row))]

    def _built(self) -> str:
        """A request whose every part is good, with odds against each."""
        lines = [self._first_line(), self._or(0.1, "Host: viewer", HOSTS)]
        lines += [self._of(FIELDS) for _ in range(int(self._random.random() ** 2 * 5))]
        if self._random.random() < 0.05:
            self._random.shuffle(lines)
        text = "\r\n".join(lines)
        if self._random.random() < 0.03:
            text = text.replace("\r\n", self._of(LINE_ENDS), 1)
        return text + "\r\n" + self._or(0.04, "\r\n", ENDS)

    def _first_line(self) -> str:
        target = self._of(TARGETS[:7]) if self._random.random() < 0.6 else self._of(TARGETS)
        if self._random.random() < 0.3:
            target += self._of(QUERIES)
        space = self._or(0.01, " ", ("  ", "\t", ""))
        version = self._or(0.03, "HTTP/1.1", VERSIONS)
        return f"{self._or(0.1, 'GET', METHODS)}{space}{target}{space}{version}"

    def _or(self, odds: float, usual: str, others: Sequence[str]) -> str:
        return self._of(others) if self._random.random() < odds else usual

    def _with_another_byte(self, text: str) -> str:
        """Another, one more or one less."""
        at = int(self._random.random() * len(text))
        put = self._or(0.3, chr(int(self._random.random() * 256)), ("", "\r", "\n", " ", "\x00"))
        return text[:at] + put + text[at + (self._random.random() < 0.7) :]
