"""Answers of every shape, one behind the other on one connection: each ends where it is expected to."""

import asyncio

import pytest

from edge.responses import ResponseScan
from edge.settings import HeadLimits
from tests.edge.raw import RawServer, address_of
from tests.edge.scripted import edge_before

STORED = b"Cache-Control: max-age=60\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
IN_CHUNKS = b"5\r\nhello\r\n0\r\n\r\n"
ANSWERS = {
    "/204": (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n" + STORED, b""),
    "/204/chunked": (b"HTTP/1.1 204 No Content\r\n" + CHUNKED + STORED, b""),
    "/304": (OK + b'Content-Length: 5\r\nETag: "a"\r\n' + STORED, b"hello"),
    "/205": (b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n", b""),
    "/empty": (OK + b"Content-Length: 0\r\n" + STORED, b""),
    "/length": (OK + b"Content-Length: 5\r\n", b"hello"),
    "/length/stored": (OK + b"Content-Length: 5\r\n" + STORED, b"hello"),
    "/chunked": (OK + CHUNKED, IN_CHUNKS),
    "/chunked/stored": (OK + CHUNKED + STORED, IN_CHUNKS),
    "/close": (OK + b"Connection: close\r\n", b"hello"),
    "/close/stored": (b"HTTP/1.0 200 OK\r\n" + STORED, b"hello"),
    "/hints": (b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"Content-Length: 5\r\n", b"hello"),
    "/broken": (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n", b"hello"),
}
METHODS = ("GET", "HEAD", "GET", "HEAD")
CALLS = [(method, path) for path in ANSWERS for method in METHODS]


async def answer(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    method, path, _ = head.decode().split(" ", 2)
    said, body = ANSWERS[path]
    writer.write(said + b"\r\n" + (b"" if method == "HEAD" else body))
    if path.startswith("/close"):
        writer.close()


def request(method: str, path: str) -> bytes:
    condition = 'If-None-Match: "a"\r\n' if path == "/304" else ""
    return f"{method} {path} HTTP/1.1\r\nHost: viewer\r\n{condition}\r\n".encode()


@pytest.mark.parametrize("ahead", [True, False], ids=["pipelined", "in turn"])
async def test_each_answer_ends_where_the_next_one_begins(ahead: bool) -> None:
    upstream = RawServer()
    upstream.talk = answer
    async with upstream.listening(), edge_before(upstream.url) as node:
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        if ahead:
            writer.write(b"".join(request(*call) for call in CALLS))
        rest = b""
        for method, path in CALLS:
            if not ahead:
                assert rest == b""
                writer.write(request(method, path))
            scan = ResponseScan(HeadLimits(), to_head=method == "HEAD", max_interim=1)
            body = b""
            while not scan.ended:
                data = rest or await reader.read(65_536)
                assert data, (method, path)
                rest = b""
                # One byte more at a time: what is behind the end must be left alone.
                for at in range(len(data)):
                    body += scan.feed(data[at : at + 1])
                    if scan.ended:
                        rest = data[at + 1 :]
                        break
            assert scan.flaw is None and scan.head is not None, (method, path)
            status = str(scan.head.status)
            expected = path[1:4] if path[1:4].isdigit() else "502" if path == "/broken" else "200"
            assert status == expected, (method, path)
            assert (b"hello" in body) == (method == "GET" and expected == "200" and path != "/empty")
            assert len(scan.interim) == (path == "/hints")
        writer.close()
