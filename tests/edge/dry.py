"""A node without sockets: its cache, its hot path, and the rules that both must follow.

For what a socket adds nothing to: the fuzzer, and long rows of states. Each request is answered in two
ways at once, and both must come to the same.
"""

from __future__ import annotations

from enum import Enum

from caching import Exchange, Fetch, Headers, Outcome, Relay, Request, ResponseHead, Serve
from caching.reasons import Reason
from edge.answers import head_bytes
from edge.blocks import Plain
from edge.client import piece_of
from edge.hotpath import Hotpath
from edge.prepared import Prepared
from edge.settings import EdgeSettings
from edge.shell import Shell
from edge.target import Aim

T0_MS = 1_790_000_000_000
HIT = (Outcome.HIT, Reason.FRESH)


class Way(Enum):
    """How a request was taken."""

    LEFT = "left to aiohttp"
    DECIDED = "read, and the rules were asked"
    HIT = "read, and a fresh object found by the rules"
    PREPARED = "answered with what lay ready"


class Dry:
    """One node; its clock stands at ``now_ms``."""

    def __init__(self, settings: EdgeSettings) -> None:
        self.settings = settings
        self.now_ms = T0_MS
        self.shell = Shell(settings, lambda: self.now_ms)
        self.cache = self.shell.cache
        self.hotpath = Hotpath(self.shell)
        self.blocks = self.hotpath.blocks("http")

    def request_of(self, plain: Plain) -> Request:
        """What the rules are asked about a plain request."""
        headers = plain.block.headers
        from_peer = self.shell.badge.proves(headers)
        return Request(plain.method, *self.aim_of(plain), headers, from_peer, "127.0.0.1")

    @staticmethod
    def aim_of(plain: Plain) -> Aim:
        """The site and the path that it is for."""
        return plain.block.aim._replace(target=plain.target)

    def ask(self, data: bytes) -> Way:
        """Take some bytes as a connection's would be. Raises AssertionError if the two ways differ."""
        prepared = self.hotpath.find(data, self.blocks, self.now_ms)
        plain = self.blocks.read(data)
        if plain is None:
            assert prepared is None, "what is not plain was answered"
            return Way.LEFT
        exchange = Exchange(self.cache, self.request_of(plain))
        try:
            action = exchange.begin(self.now_ms)
            if not isinstance(action, Serve):
                assert prepared is None, f"answered, where the rules say {action!r}"
                return Way.DECIDED
            if action.refresh is not None:
                action.refresh.finish()
            return self._served(data, plain, exchange, action, prepared)
        finally:
            exchange.finish()

    def _served(
        self, data: bytes, plain: Plain, exchange: Exchange, serve: Serve, prepared: Prepared | None
    ) -> Way:
        is_hit = (exchange.record.outcome, exchange.record.reason) == HIT
        if prepared is not None:
            assert is_hit, f"answered, where the rules say {exchange.record!r}"
            self._same(plain, serve, prepared)
            return Way.PREPARED
        self.hotpath.learn(plain, exchange, serve, self.shell.bodies.get(serve.entry.serial))
        learned = self.hotpath.find(data, self.blocks, self.now_ms)
        if learned is not None:
            assert is_hit, f"learned from {exchange.record!r}"
            self._same(plain, serve, learned)
        return Way.HIT if is_hit else Way.DECIDED

    def _same(self, plain: Plain, serve: Serve, prepared: Prepared) -> None:
        """Byte for byte what the rules would have sent."""
        piece = piece_of(serve.reply, self.shell.bodies.get(serve.entry.serial))
        assert piece is not None and prepared.status == serve.reply.status
        head = head_bytes(serve.reply.status, serve.reply.headers, len(piece), to_head=plain.method == "HEAD")
        given, due = prepared.head + bytes(prepared.rest), head + bytes(piece)
        assert given == due, f"answered {given[:300]!r}, where the rules say {due[:300]!r}"
        assert (prepared.key, prepared.body_bytes) == (serve_key(self, plain), len(piece))

    def fill(
        self, request: Request, fields: dict[str, str], body: bytes = b"0123456789", status: int = 200
    ) -> Exchange:
        """Let a request bring a response from upstream, whatever is stored; the exchange, which is over."""
        exchange = Exchange(self.cache, request)
        try:
            action = exchange.begin(self.now_ms)
            if isinstance(action, Fetch):
                head = Headers((name.replace("_", "-"), value) for name, value in fields.items())
                action = exchange.on_head(ResponseHead(status, head), self.now_ms)
            if isinstance(action, Relay) and action.fill is not None:
                kept = self.shell.bodies.open(action.fill.serial)
                kept.append(body)
                exchange.on_filled(len(body))
                kept.commit()
            if isinstance(action, Serve) and action.refresh is not None:
                action.refresh.finish()
        finally:
            exchange.finish()
        return exchange


def serve_key(node: Dry, plain: Plain) -> str:
    """Under which key a request looks up."""
    return Exchange(node.cache, node.request_of(plain)).key


def plain_request(target: str, method: str = "GET", authority: str = "origin", **fields: str) -> Request:
    """A request for the origin's site."""
    pairs = [("host", "viewer"), *((name.replace("_", "-"), value) for name, value in fields.items())]
    return Request(method, "http", authority, target, Headers(pairs))
