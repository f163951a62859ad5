"""Where each message on a connection begins and ends, by the strictest reading (RFC 9112 sections 6 and 7).

A scan is fed what has arrived, and gives back what may be passed to the parser: a head when it is there
whole and has been looked at, a body as it comes. It holds back what it cannot judge yet, and after a flaw
lets nothing more through.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from enum import Enum, auto

from edge.flaws import Flaw
from edge.heads import HEAD_END, Body, field_flaw, request_body, unfinished_flaw
from edge.settings import HeadLimits

# Fifteen digits are a petabyte; extensions mean nothing to anybody, and long ones only cost.
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[\t\x20-\x7e\x80-\xff]*+)?\r\n")
_MAX_CHUNK_LINE_BYTES = 256
_MAX_TRAILER_BYTES = 8192


class _Due(Enum):
    """What the next line of a chunked body must be."""

    SIZE = auto()
    DATA_END = auto()
    TRAILER = auto()


class BodyScan:
    """Finds the end of one body. ``flaw`` says why it cannot be found.

    More than ``max_bytes`` of chunks is a flaw; 0 for no limit.
    """

    def __init__(self, body: Body, max_bytes: int = 0) -> None:
        self.ended = body.length == 0
        self.flaw: Flaw | None = None
        self.endless = body.length is None and not body.chunked
        """It ends with the connection, which no scan can see."""
        self._chunked = body.chunked
        self._left = body.length or 0
        """Bytes of the body, or of a chunk, that are still to come."""
        self._due = _Due.SIZE
        self._trailer_bytes = 0
        self._max_bytes = max_bytes
        self._chunk_bytes = 0
        """Of all chunks so far."""
        self.skipped = False
        """What was taken last is a trailer field, which nobody here wants (RFC 9110 section 6.5.1)."""

    @property
    def in_content(self) -> bool:
        """Whether the next byte is of the content, and not of what is around chunks."""
        return self._left > 0 or self.endless

    def take(self, data: bytes, start: int) -> int:
        """Where a piece of the body from ``start`` on ends: at ``start``, while it cannot be judged."""
        self.skipped = False
        if self.endless:
            return len(data)
        if self._left:
            step = min(self._left, len(data) - start)
            self._left -= step
            self.ended = self._left == 0 and not self._chunked
            return start + step
        stop = data.find(b"\n", start, start + _MAX_CHUNK_LINE_BYTES) + 1
        if stop:
            self._on_line(data[start:stop])
        elif len(data) - start >= _MAX_CHUNK_LINE_BYTES:
            self.flaw = Flaw.CHUNK
        return start if self.flaw is not None or not stop else stop

    def _on_line(self, line: bytes) -> None:
        if self._due is _Due.SIZE:
            self._on_size(line)
        elif self._due is _Due.TRAILER:
            self._on_trailer(line)
        elif line == b"\r\n":
            self._due = _Due.SIZE
        else:
            self.flaw = Flaw.CHUNK

    def _on_size(self, line: bytes) -> None:
        found = _CHUNK_SIZE.fullmatch(line)
        if found is None:
            self.flaw = Flaw.CHUNK
            return
        self._left = int(found[1], 16)
        self._chunk_bytes += self._left
        if 0 < self._max_bytes < self._chunk_bytes:
            self.flaw = Flaw.BODY_TOO_LARGE
        self._due = _Due.DATA_END if self._left else _Due.TRAILER

    def _on_trailer(self, line: bytes) -> None:
        self._trailer_bytes += len(line)
        if line == b"\r\n":
            self.ended = True
        elif field_flaw(line.removesuffix(b"\r\n")) or self._trailer_bytes > _MAX_TRAILER_BYTES:
            self.flaw = Flaw.CHUNK
        else:
            self.skipped = True


class Scan(ABC):
    """One direction of a connection; ``flaw`` is why nothing more is let through."""

    def __init__(self, limits: HeadLimits, max_body_bytes: int = 0) -> None:
        self.flaw: Flaw | None = None
        self._limits = limits
        self._max_body_bytes = max_body_bytes
        self.ended = False
        """The last message has come to its end."""
        self._held = b""
        self._skipped = False
        self._body: BodyScan | None = None

    @property
    def in_body(self) -> bool:
        return self._body is not None

    @property
    def at_rest(self) -> bool:
        """Whether the next byte is the first of a message."""
        return self._body is None and not self._held and self.flaw is None

    @property
    def in_head(self) -> bool:
        """Whether a head has begun to come, and has not come to its end."""
        return self._body is None and bool(self._held)

    def feed(self, data: bytes) -> bytes:
        """What of all that has arrived may be passed on now."""
        looked_at = len(self._held)
        data = self._held + data if self._held else data
        passed: list[bytes] = []
        begin = start = 0
        while start < len(data) and self.flaw is None and not self.ended:
            stop = self._take(data, start, looked_at)
            if stop == start:
                break
            if self._skipped:
                self._skipped = False
                passed.append(data[begin:start])
                begin = stop
            start = stop
        self._held = data[start:]
        passed.append(data[begin:start])
        return passed[0] if len(passed) == 1 else b"".join(passed)

    def _take(self, data: bytes, start: int, looked_at: int) -> int:
        if self._body is None:
            return self._take_head(data, start, looked_at)
        stop = self._body.take(data, start)
        self.flaw, self._skipped = self._body.flaw, self._body.skipped
        if self._body.ended:
            self._body = None
            self._on_end()
        return stop

    def _take_head(self, data: bytes, start: int, looked_at: int) -> int:
        found = data.find(HEAD_END, max(start, looked_at - len(HEAD_END)))
        if found < 0:
            self.flaw = unfinished_flaw(data[start:], looked_at - start, self._limits)
            return start
        stop = found + len(HEAD_END)
        self._on_head(data[start:stop])
        return start if self.flaw is not None else stop

    def _begin(self, body: Body) -> None:
        if body.length == 0:
            self._on_end()
        else:
            self._body = BodyScan(body, self._max_body_bytes)

    @abstractmethod
    def _on_head(self, head: bytes) -> None:
        """A whole head has come: begin its body, or note its flaw."""

    @abstractmethod
    def _on_end(self) -> None:
        """A message has come to its end."""


class RequestScan(Scan):
    """What a client sends: one request after the other, with bodies up to ``max_body_bytes``; 0 for any."""

    def _take_head(self, data: bytes, start: int, looked_at: int) -> int:
        # RFC 9112 section 2.2: an empty line before a request is to be ignored, as the parser does.
        if data.startswith(b"\r\n", start):
            return start + 2
        return super()._take_head(data, start, looked_at)

    def _on_head(self, head: bytes) -> None:
        body = request_body(head, self._limits)
        if isinstance(body, Flaw):
            self.flaw = body
        elif 0 < self._max_body_bytes < (body.length or 0):
            self.flaw = Flaw.BODY_TOO_LARGE
        else:
            self._begin(body)

    def _on_end(self) -> None:
        """Another may follow."""
