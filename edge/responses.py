"""Reads what upstream sends to one request, by the strictest reading (RFC 9112 sections 6 and 7).

Interim responses, the final one, and nothing more: what comes beyond the end of an answer goes nowhere. A
scan is fed what has arrived and gives back the content of the body, its chunks undone, as far as it can be
judged; after a flaw it lets nothing more through.
"""

from __future__ import annotations

from edge.flaws import Flaw
from edge.framing import BodyScan
from edge.heads import HEAD_END, Answer, Interim, response_answer, unfinished_flaw
from edge.settings import HeadLimits

_CONTINUE = 100


class ResponseScan:
    """The response to one request. ``to_head`` tells that HEAD was asked."""

    __slots__ = (
        "_body",
        "_held",
        "_interim_left",
        "_limits",
        "_to_head",
        "continued",
        "ended",
        "flaw",
        "head",
        "interim",
    )

    def __init__(self, limits: HeadLimits, *, to_head: bool, max_interim: int) -> None:
        self.flaw: Flaw | None = None
        self.head: Answer | None = None
        """That of the final response, once it has come."""
        self.interim: list[Interim] = []
        """Responses before the final one that nobody has taken yet."""
        self.continued = False
        """A 100 has come: the body of the request may follow (RFC 9110 section 10.1.1)."""
        self.ended = False
        """The response has come to its end."""
        self._limits = limits
        self._to_head = to_head
        self._interim_left = max_interim
        self._held = b""
        self._body: BodyScan | None = None

    @property
    def surplus(self) -> bool:
        """Whether more has come than the response: then nobody knows what it belongs to."""
        return self.ended and bool(self._held)

    def feed(self, data: bytes) -> bytes:
        """What the body holds of all that has arrived."""
        looked_at = len(self._held)
        if looked_at:
            data, self._held = self._held + data, b""
        start = 0
        while self.head is None and self.flaw is None:
            found = data.find(HEAD_END, max(start, looked_at - len(HEAD_END)))
            if found < 0:
                self.flaw = unfinished_flaw(data[start:], looked_at - start, self._limits)
                self._held = data[start:]
                return b""
            stop = found + len(HEAD_END)
            self._on_head(data[start:stop])
            start = stop
        return self._content(data, start)

    def end(self) -> None:
        """The connection has come to its end, and with it a body that has no other."""
        self.ended = self.ended or (self._body is not None and self._body.endless)

    def _on_head(self, head: bytes) -> None:
        answer = response_answer(head, self._limits, to_head=self._to_head)
        if isinstance(answer, Flaw):
            self.flaw = answer
        elif not answer.is_interim:
            self.head, self._body = answer, BodyScan(answer.body)
            self.ended = self._body.ended
        elif self._interim_left:
            self._interim_left -= 1
            self.interim.append(Interim(answer.status, answer.headers))
            self.continued = self.continued or answer.status == _CONTINUE
        else:
            self.flaw = Flaw.INTERIM

    def _content(self, data: bytes, start: int) -> bytes:
        """Take the body from ``start`` on, and hold back what cannot be judged yet, or is none of it."""
        body, pieces = self._body, []
        while body is not None and start < len(data) and not body.ended and body.flaw is None:
            is_content = body.in_content
            stop = body.take(data, start)
            if stop == start:
                break
            if is_content:
                pieces.append(data[start:stop])
            start = stop
        if body is not None:
            self.ended, self.flaw = body.ended, body.flaw
        self._held = data[start:]
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
