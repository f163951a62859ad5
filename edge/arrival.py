"""The response to one request, as it comes from a connection and goes to whoever has asked.

The connection feeds it, and is told when more has come than was taken, so that it stops reading until that
is taken; whoever has asked waits for the head, and then takes the body, piece by piece or whole.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from edge.call import OnInterim
from edge.flaws import Flaw
from edge.heads import Answer
from edge.responses import ResponseScan


class BrokenOffError(Exception):
    """A connection ended before the response that was to come on it."""


class FlawedAnswerError(Exception):
    """An answer that is none, for its form."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(f"the answer has a flaw: {flaw.error}")
        self.flaw = flaw


class Arrival:
    """One response. What went wrong with it is raised to whoever waits.

    ``on_taken`` is told when something of the body was taken, ``on_left`` when nobody wants the rest.
    """

    __slots__ = (
        "_on_interim",
        "_on_left",
        "_on_taken",
        "_pieces",
        "_waiter",
        "begun",
        "error",
        "held_bytes",
        "scan",
    )

    def __init__(
        self,
        scan: ResponseScan,
        on_interim: OnInterim | None,
        on_taken: Callable[[], None],
        on_left: Callable[[], None],
    ) -> None:
        self.scan = scan
        self.begun = False
        """Whether anything of it has come."""
        self.error: Exception | None = None
        self.held_bytes = 0
        """How much of the body has come that nobody has taken yet."""
        self._on_interim = on_interim
        self._on_taken, self._on_left = on_taken, on_left
        self._pieces: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None

    @property
    def ended(self) -> bool:
        """Whether no more will come."""
        return self.scan.ended or self.error is not None

    def feed(self, data: bytes) -> None:
        """More has come."""
        scan = self.scan
        self.begun = True
        piece = scan.feed(data)
        if scan.interim:
            self._tell()
        if piece:
            self._pieces.append(piece)
            self.held_bytes += len(piece)
        if scan.flaw is not None:
            self.error = FlawedAnswerError(scan.flaw)
        self._wake()

    def end(self) -> None:
        """Upstream has said that it sends no more."""
        self.scan.end()
        self._wake()

    def fail(self, error: Exception) -> None:
        """The rest will not come, if there is one."""
        if not self.ended:
            self.error = error
            self._wake()

    async def head(self) -> Answer:
        """The head of the final response."""
        while self.scan.head is None:
            if self.error is not None:
                raise self.error
            await self._wait()
        return self.scan.head

    async def piece(self) -> bytes | None:
        """The next piece of the body; None at its end."""
        while not self._pieces:
            if self.error is not None:
                raise self.error
            if self.scan.ended:
                return None
            await self._wait()
        piece = self._pieces.popleft()
        self.held_bytes -= len(piece)
        self._on_taken()
        return piece

    def whole(self) -> bytes | None:
        """All of the body that was not taken, if it has come to its end; None if it has not."""
        if not self.scan.ended or self.error is not None:
            return None
        pieces, self._pieces = self._pieces, deque()
        self.held_bytes = 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Nobody wants the rest, if there is one."""
        if not self.ended:
            self._on_left()

    def _tell(self) -> None:
        interim, self.scan.interim = self.scan.interim, []
        for response in interim:
            if self._on_interim is not None:
                self._on_interim(response)

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
