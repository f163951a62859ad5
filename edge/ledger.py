"""The books of the hot path: kept in a list while requests come, and written up for many at once.

What was answered from prepared bytes differs in little, so the counters are added to in bulk, and of a line
of the access log only the time, the client and the position are new. Nothing is lost by it: who reads the
counters has them written up first, and so has an event that moves the position.
"""

from __future__ import annotations

from caching import Outcome, Record
from caching.reasons import CutOff, Reason
from edge.accesslog import AccessLine
from edge.clock import Timing
from edge.prepared import Prepared
from edge.shell import Shell

# So many lines are written up at once, if no clock does it before.
_MOST = 4096


class Ledger:
    """Enters answers of the hot path."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._pending: list[tuple[Prepared, int, str]] = []
        shell.write_up = self.write_up

    def enter(self, prepared: Prepared, at_ms: int, client: str) -> None:
        """An answer went out whole."""
        self._shell.arrived += 1
        self._pending.append((prepared, at_ms, client))
        if len(self._pending) >= _MOST:
            self.write_up()
        if self._shell.on_record is not None:
            self._shell.on_record(self._record_of(prepared))

    def enter_late(
        self, prepared: Prepared, client: str, timing: Timing, cut_off: CutOff | None, sent_bytes: int
    ) -> None:
        """An answer went out as its client took it, or as far as it did: so many bytes of the body."""
        shell, record, took_ms = self._shell, self._record_of(prepared), timing.took_ms()
        shell.arrived += 1
        shell.counters.prepared += 1
        shell.counters.on_finished(record, "client", sent_bytes, took_ms)
        line = self._line_of(prepared, timing.at_ms, client)
        self.write_up()
        line.ms, line.cut_off = round(took_ms, 3), shell.counted_cut_off(cut_off)
        line.bytes = sent_bytes
        shell.log.write(line)
        if shell.on_record is not None:
            shell.on_record(record)

    def _record_of(self, prepared: Prepared) -> Record:
        """What an Exchange would have noted."""
        record = Record(prepared.key, self._shell.cache.position)
        record.settle(Outcome.HIT, Reason.FRESH)
        return record

    def _line_of(self, prepared: Prepared, at_ms: int, client: str) -> AccessLine:
        """What the access log says of it."""
        return AccessLine(
            at_ms=at_ms,
            node=self._shell.settings.name,
            who="client",
            client=client,
            method=prepared.method,
            key=prepared.key,
            status=prepared.status,
            outcome=Outcome.HIT.value,
            reason=Reason.FRESH.value,
            bytes=prepared.body_bytes,
            ms=0.0,
            position=self._shell.cache.position,
            range=prepared.range,
        )

    def write_up(self) -> None:
        """Bring counters and access log up to date."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        self._shell.counters.on_prepared(len(pending), sum(entered[0].body_bytes for entered in pending))
        if self._shell.log.is_kept:
            position = self._shell.cache.position
            lines = [self._line(prepared, at_ms, client, position) for prepared, at_ms, client in pending]
            self._shell.log.write_encoded(b"".join(lines))

    def _line(self, prepared: Prepared, at_ms: int, client: str, position: int) -> bytes:
        between, after, end = prepared.told or self._tell(prepared)
        return b'{"at_ms":%d%b%b%b%d%b' % (at_ms, between, client.encode(), after, position, end)

    def _tell(self, prepared: Prepared) -> tuple[bytes, bytes, bytes]:
        """The line cut where it differs from one time to the next."""
        line = self._shell.log.encoded(self._line_of(prepared, 0, ""))
        line, _, end = line.rpartition(b'"position":%d' % self._shell.cache.position)
        before, client, after = line.removeprefix(b'{"at_ms":0').partition(b'"client":"')
        prepared.told = (before + client, after + b'"position":', end)
        return prepared.told
