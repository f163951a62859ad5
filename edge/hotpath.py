"""The hot path: a fresh object in memory, asked for plainly, is answered at once with bytes that lie ready.

No parser runs and nothing is awaited: the first line and the header block are looked up as they came
(``edge.blocks``), and the answer is one that the rules gave before (``edge.prepared``). What is not found
here takes the way of every request, and leaves its answer behind for the next. So the rules stand in
``caching`` alone; that their answer is still right is held by ``Prepared`` and ``Shelf``.
"""

from __future__ import annotations

from caching import Exchange, Serve
from caching.key import cache_key
from caching.reasons import Reason
from edge.blocks import LINE, Blocks, Plain
from edge.bodies import Body
from edge.client import piece_of
from edge.prepared import Lines, Prepared, Shelf
from edge.shell import Shell


class Hotpath:
    """A node's prepared answers, and the requests that they are for."""

    def __init__(self, shell: Shell) -> None:
        self._settings = shell.settings
        self._cache = shell.cache
        self._hit = shell.cache.index.policy.hit
        self._shelf = Shelf(shell.settings.prepared_objects)
        self._blocks = {scheme: Blocks(shell.settings, scheme) for scheme in ("http", "https")}
        shell.cache.index.on_changed = self._shelf.on_changed

    def blocks(self, scheme: str) -> Blocks:
        """Those of the connections of a scheme."""
        return self._blocks[scheme]

    def find(self, data: bytes, blocks: Blocks, now_ms: int) -> Prepared | None:
        """What to answer some bytes with, if they are a request for which an answer lies ready."""
        end = data.find(b"\r\n")
        block = blocks.known.get(data[end:])
        if block is None or block.lines is None:
            return None
        line = data[:end]
        prepared = block.lines.get(line)
        if prepared is None and (prepared := self._by_key(line, block.lines)) is None:
            return None
        if prepared.selection and not block.selects(prepared.selection):
            return None
        if not prepared.from_ms <= now_ms < prepared.until_ms and not prepared.renew(now_ms):
            return None
        lease_ms = self._cache.lease_until_ms
        if lease_ms is not None and now_ms >= lease_ms:
            return None
        self._hit(prepared.id)
        return prepared

    def _by_key(self, line: bytes, lines: Lines) -> Prepared | None:
        """A line that differs from others for the same key in what the key leaves out, such as CMCD."""
        if b"?" not in line or not lines or len(line) > self._settings.heads.max_line_bytes:
            return None
        found = LINE.fullmatch(line)
        return None if found is None else lines.get(self._named(*found.groups()))

    def _named(self, method: bytes, target: bytes) -> bytes:
        """The first line that stands for all lines for a key."""
        site, ignored_params = "http://-", self._settings.cache.ignored_params
        key = cache_key("http", "-", target.decode("latin-1"), ignored_params)
        return b"%b %b HTTP/1.1" % (method, key.removeprefix(site).encode("latin-1"))

    def learn(self, plain: Plain, exchange: Exchange, serve: Serve, body: Body | None) -> None:
        """Keep an answer that was just given, if every such request would be given it."""
        lines, entry, reply = plain.block.lines, serve.entry, serve.reply
        if lines is None or exchange.record.reason is not Reason.FRESH or reply.status == 416:
            return
        if self._cache.index.sole(exchange.key) is not entry or not plain.block.selects(entry.selection):
            return
        file = None
        if body is not None and reply.body is not None:
            body.into_pages()
            file = None if body.pages is None else (body.pages, body.pages.start + max(0, reply.body.offset))
        piece, asked = piece_of(reply, body), exchange.request.headers.get("range")
        assert piece is not None, "it was just sent"
        prepared = Prepared(plain.method, exchange.key, entry, reply, piece, asked=asked, file=file)
        name = self._named(plain.method.encode(), plain.target.encode("latin-1"))
        self._shelf.put(exchange.key, lines, name, prepared)

    def close(self) -> None:
        """Answer nothing any more, and forget everything."""
        self._shelf.clear()
        for blocks in self._blocks.values():
            blocks.close()

    def __len__(self) -> int:
        """How many answers lie ready."""
        return len(self._shelf)
