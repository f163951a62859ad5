"""What became of one request: written by the Exchange, read by log, metrics and twin tests."""

from __future__ import annotations

from caching.reasons import NotStored, Outcome, Reason


class Record:
    """The facts of one request; complete when its exchange is finished."""

    __slots__ = (
        "evicted",
        "forwarded",
        "forwarded_status",
        "key",
        "not_stored",
        "outcome",
        "position",
        "reason",
        "span",
        "stored",
        "upstream_bytes",
    )

    def __init__(self, key: str, position: int) -> None:
        self.key = key
        self.position = position
        """The newest event that had been applied when what was served was looked up or asked for."""
        self.outcome = Outcome.MISS
        self.reason = Reason.URI_MISS
        self.not_stored: NotStored | None = None
        self.stored = False
        """Whether the response is being stored, as far as is known when its head goes out."""
        self.evicted: tuple[str, ...] = ()
        self.forwarded = False
        """Whether this very request went upstream."""
        self.forwarded_status: int | None = None
        self.upstream_bytes = 0
        """How many bytes upstream sent for it. Blocks have records of their own; of those that it had
        fetched this counts what its client was sent."""
        self.span: str | None = None
        """The Range that was asked for, when it is that of a block for everyone, and no client's."""

    def settle(self, outcome: Outcome, reason: Reason) -> None:
        self.outcome, self.reason = outcome, reason

    def settle_miss(self, *, instead_of_stored: bool) -> None:
        """Enter that upstream's own response is given, after it is known whether it is stored."""
        if self.reason is not Reason.HIT_FOR_MISS:
            self.outcome = Outcome.EXPIRED if instead_of_stored else Outcome.MISS
        elif self.not_stored is None:
            self.settle(Outcome.MISS, Reason.URI_MISS)
        else:
            self.outcome = Outcome.BYPASS

    def __repr__(self) -> str:
        return f"Record({self.key}: {self.outcome.value}, {self.reason.value})"
