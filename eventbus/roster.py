"""Who holds a lease on the log, how far each has applied it, and when a purge is known to hold everywhere.

A member's lease runs `max_staleness_ms` from the moment it last spoke, as heard here. On its own side it
counts from when it spoke (`Heartbeat.lease_from_ms`), which is earlier; so a lease that has ended here has
surely ended there, and the member has fenced itself. After a restart the hub can't know who held a lease of
its former life: for one lease's time every confirmation waits. Pure: `now_ms` comes in, `Hub` does what
follows from the answers.
"""

from enum import StrEnum
from typing import NamedTuple

from eventbus.events import Member


class ReceiptState(StrEnum):
    """How a purge came to hold at a member."""

    CONFIRMED = "confirmed"
    """It has applied the record."""
    FENCED = "fenced"
    """Its lease ran out first: it serves nothing as fresh until it has heard the record."""
    LEFT = "left"
    """It said goodbye and serves nothing any more."""


class Receipt(NamedTuple):
    """How and when (counted from the record's acceptance) a record came to hold at one member."""

    name: str
    state: ReceiptState
    after_ms: int


class Confirmation:
    """The wait for one record to hold at every member that held a lease when it began."""

    def __init__(self, position: int, accepted_ms: int, quiet_until_ms: int) -> None:
        self.position = position
        self.receipts: list[Receipt] = []
        self._accepted_ms = accepted_ms
        self._quiet_until_ms = quiet_until_ms
        self._waiting: set[str] = set()

    def await_member(self, name: str) -> None:
        self._waiting.add(name)

    def settle(self, name: str, state: ReceiptState, now_ms: int) -> None:
        """Note how the record came to hold at `name`; no more than once each."""
        if name in self._waiting:
            self._waiting.remove(name)
            self.receipts.append(Receipt(name, state, max(now_ms - self._accepted_ms, 0)))

    def holds(self, now_ms: int) -> bool:
        """Whether the record holds everywhere."""
        return not self._waiting and now_ms >= self._quiet_until_ms


class _Lease:
    """One member's standing."""

    __slots__ = ("applied", "heard_ms", "member", "sent_ms")

    def __init__(self, member: Member, applied: int, heard_ms: int, sent_ms: int) -> None:
        self.member = member
        self.applied = applied
        self.heard_ms = heard_ms
        self.sent_ms = sent_ms


class Roster:
    """The members and the confirmations that wait for them.

    `started_ms` is when this hub began to listen: leases of an earlier life end within one lease of it.
    """

    def __init__(self, max_staleness_ms: int, started_ms: int) -> None:
        # Two honest clocks may differ in rate (1 % is generous) and in how they round a millisecond.
        self._lease_ms = max_staleness_ms + max_staleness_ms // 100 + 1
        self._quiet_until_ms = started_ms + self._lease_ms
        self._leases: dict[str, _Lease] = {}
        self._confirmations: list[Confirmation] = []

    @property
    def members(self) -> tuple[Member, ...]:
        """Everyone who holds a lease, by name."""
        return tuple(self._leases[name].member for name in sorted(self._leases))

    def admit(self, member: Member, applied: int, sent_ms: int, now_ms: int) -> bool:
        """Begin or renew a lease; False when another node holds one under this name.

        The same name at the same URL is the same node come back: the listening socket can't be held twice.
        """
        held = self._leases.get(member.name)
        if held is not None and held.member.url != member.url and not self._is_over(held, now_ms):
            return False
        self._leases[member.name] = _Lease(member, applied, now_ms, sent_ms)
        self._settle_applied(member.name, applied, now_ms)
        return True

    def hear(self, name: str, position: int, sent_ms: int, now_ms: int) -> None:
        """`name` says that it has applied everything up to `position`; its lease runs anew."""
        lease = self._leases.get(name)
        if lease is not None:
            lease.applied, lease.heard_ms, lease.sent_ms = position, now_ms, sent_ms
            self._settle_applied(name, position, now_ms)

    def leave(self, name: str, now_ms: int) -> None:
        """`name` said goodbye."""
        self._remove(name, ReceiptState.LEFT, now_ms)

    def lapse(self, now_ms: int) -> list[str]:
        """End the leases that have run out, and name them."""
        over = [name for name, lease in self._leases.items() if self._is_over(lease, now_ms)]
        for name in over:
            self._remove(name, ReceiptState.FENCED, now_ms)
        return over

    def lease_from_ms(self, name: str) -> int:
        """What `name`'s own clock showed when it last spoke; it must hold a lease."""
        return self._leases[name].sent_ms

    def confirm(self, position: int, accepted_ms: int, now_ms: int) -> Confirmation:
        """Begin the wait for a record; `release` it when it holds or nobody waits any more."""
        confirmation = Confirmation(position, accepted_ms, self._quiet_until_ms)
        for name, lease in self._leases.items():
            confirmation.await_member(name)
            if lease.applied >= position:
                confirmation.settle(name, ReceiptState.CONFIRMED, now_ms)
        self._confirmations.append(confirmation)
        return confirmation

    def release(self, confirmation: Confirmation) -> None:
        self._confirmations.remove(confirmation)

    def _is_over(self, lease: _Lease, now_ms: int) -> bool:
        return now_ms - lease.heard_ms >= self._lease_ms

    def _settle_applied(self, name: str, position: int, now_ms: int) -> None:
        for confirmation in self._confirmations:
            if position >= confirmation.position:
                confirmation.settle(name, ReceiptState.CONFIRMED, now_ms)

    def _remove(self, name: str, state: ReceiptState, now_ms: int) -> None:
        if self._leases.pop(name, None) is not None:
            for confirmation in self._confirmations:
                confirmation.settle(name, state, now_ms)
