"""The rounds: in each, every server has one turn under the same load, one after the other.

For each case the servers are started anew, all of them, and wait on the same core for their turns; load
generator and origin have the other. Each turn begins with a check of the server's answers, and ends with one
of where they came from: a server that errs has no figures. A ratio is of two turns of the same round.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from bench.edge import load
from bench.edge.cases import CASES, NOT_OFFERED, NOTES, Case
from bench.edge.check import Checker, WrongError, check_sample
from bench.edge.rows import EdgeRow, Turn, rows_of
from bench.edge.servers import OURS, SERVERS, Certificate, Server, Site, origin
from bench.edge.settings import EdgeBenchSettings
from bench.processes import AbsentError, Cores, ProgramError, cpu_s, installed, output_of, two_cores

OnProgress = Callable[[float, str], None]
"""Called with the share that is done and what comes next."""


class Found(NamedTuple):
    """All that the bench has to tell."""

    rows: list[EdgeRow]
    remarks: list[str]
    """What isn't in the rows: servers that are absent or do not offer a case, and notes on cases."""
    failures: list[str]
    """Servers that erred."""


async def measure(settings: EdgeBenchSettings, on_progress: OnProgress) -> Found:
    """All cases. Raises AbsentError when there is no wrk, ProgramError when the origin does not come up."""
    found = Found([], [], [])
    cores = two_cores()
    if cores.server is None:
        found.remarks.append("this system pins nothing to a core: server and load share what there is")
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as name:
        Path(name).chmod(0o755)  # nginx's worker may be another user
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(origin(Path(name), cores.load))
            checker = await stack.enter_async_context(Checker(url))
            bench = Bench(settings, Path(name), cores, url, checker, found, on_progress)
            for case in settings.cases:
                await bench.case(case)
    on_progress(1, "")
    return found


class Bench:
    """What the cases share: the settings, the origin, and what is found."""

    def __init__(
        self,
        settings: EdgeBenchSettings,
        folder: Path,
        cores: Cores,
        origin_url: str,
        checker: Checker,
        found: Found,
        on_progress: OnProgress,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._cores = cores
        self._origin_url = origin_url
        self._checker = checker
        self._found = found
        self._on_progress = on_progress
        self._wrk = load.wrk()
        self._turns = 0
        """That have been taken or left out, of all."""
        self._all_turns = (
            sum(len(self._sizes(CASES[case])) for case in settings.cases) * self._turns_of_a_size
        )

    @property
    def _turns_of_a_size(self) -> int:
        return self._settings.rounds * len(self._settings.servers)

    def _sizes(self, case: Case) -> tuple[int, ...]:
        return case.sizes or self._settings.sizes_bytes

    async def case(self, name: str) -> None:
        """All sizes of a case."""
        case, end = CASES[name], self._turns + len(self._sizes(CASES[name])) * self._turns_of_a_size
        try:
            h2load = None if case.rate is None else load.h2load()
            async with self._servers(name) as servers:
                for size_bytes in self._sizes(case):
                    turns = await self._rounds(name, size_bytes, servers, h2load)
                    self._found.rows.extend(rows_of(name, size_bytes, turns, OURS, case.rate is not None))
                if name in NOTES and servers:
                    self._found.remarks.append(f"{name}: {NOTES[name]}")
        except AbsentError as error:
            self._found.remarks.append(f"{name}: {error}")
        self._turns = end

    @asynccontextmanager
    async def _servers(self, name: str) -> AsyncIterator[dict[str, Server]]:
        """The servers that offer a case."""
        servers: dict[str, Server] = {}
        with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=self._folder) as folder:
            Path(folder).chmod(0o755)
            certificate = await self._certificate(Path(folder)) if CASES[name].tls else None
            async with AsyncExitStack() as stack:
                for server in self._settings.servers:
                    if reason := NOT_OFFERED.get((server, name)):
                        self._found.remarks.append(f"{name}: {server} {reason}")
                        continue
                    own = Path(folder, server)
                    own.mkdir()
                    capacity_bytes, core = self._settings.capacity_bytes, self._cores.server
                    site = Site(self._origin_url, own, capacity_bytes, certificate, core, CASES[name].disk)
                    try:
                        servers[server] = await stack.enter_async_context(SERVERS[server](site))
                    except AbsentError as error:
                        self._remark_once(str(error))
                    except ProgramError as error:
                        self._found.failures.append(f"{name}: {server}: {error}")
                yield servers

    async def _certificate(self, folder: Path) -> Certificate:
        """A new one, of an elliptic curve, as most sites have."""
        made = Certificate(folder / "certificate.pem", folder / "key.pem")
        command = [installed("openssl", "openssl"), "req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"]
        command += ["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=127.0.0.1"]
        await output_of([*command, "-out", str(made.chain), "-keyout", str(made.key)])
        return made

    async def _rounds(
        self, name: str, size_bytes: int, servers: dict[str, Server], h2load: str | None
    ) -> dict[str, list[Turn]]:
        """The turns of each server that erred in none."""
        case = CASES[name]
        turns: dict[str, list[Turn]] = {server: [] for server in servers}
        for number in range(self._settings.rounds):
            for server in _in_turn(list(servers), number):
                if server in turns:
                    note = f"{name} {size_bytes:,} bytes, round {number + 1}, {server}"
                    self._on_progress(self._turns / self._all_turns, note)
                    try:
                        called = f"{server}.{self._turns}-" if case.filling else server
                        turn = await self._turn(case, size_bytes, servers[server], called, h2load)
                        turns[server].append(turn)
                    except (WrongError, ProgramError, load.LoadError) as error:
                        self._found.failures.append(f"{name} {size_bytes:,} bytes: {server}: {error}")
                        del turns[server]
                self._turns += 1
        return turns

    async def _turn(self, case: Case, size_bytes: int, server: Server, name: str, h2load: str | None) -> Turn:
        """One figure. Objects are called ``name``, by which the origin tells whose they are.

        Raises WrongError, ProgramError, LoadError.
        """
        base_url = server.tls_url if case.tls else server.url
        assert base_url is not None, "a server that offers TLS says where"
        await self._checker.answers(base_url, case, size_bytes, name)
        reached, used_s, began_s = await self._checker.asked(name), cpu_s(server.pid), time.monotonic()
        if h2load is not None:
            sample = await self._at_rate(h2load, base_url, case, size_bytes, name)
        else:
            sample = await self._flat_out(base_url, case, size_bytes, name)
        took_s, used_after_s = time.monotonic() - began_s, cpu_s(server.pid)
        await self._checker.quiet(name)
        reached = await self._checker.asked(name) - reached
        connections = self._settings.connections if case.rate is None else case.rate
        check_sample(case, size_bytes, sample, reached, connections)
        if used_s is None or used_after_s is None:
            return Turn(sample, None)
        return Turn(sample, (used_after_s - used_s) / took_s)

    async def _flat_out(self, base_url: str, case: Case, size_bytes: int, name: str) -> load.Sample:
        script = self._folder / "wrk.lua"
        path = case.path(size_bytes, name)
        script.write_text(load.wrk_script(path if case.filling else None))
        seconds, connections = self._settings.seconds, self._settings.connections
        command = load.wrk_command(
            self._wrk, base_url + path, script, seconds, connections, case.range_field(size_bytes)
        )
        return load.parse_wrk(await output_of(command, self._cores.load), case.status)

    async def _at_rate(
        self, h2load: str, base_url: str, case: Case, size_bytes: int, name: str
    ) -> load.Sample:
        log, url = self._folder / "h2load.log", base_url + case.path(size_bytes, name)
        assert case.rate is not None, "that is what h2load is for"
        command = load.h2load_command(h2load, url, log, self._settings.seconds, case.rate)
        text = await output_of(command, self._cores.load)
        with log.open() as lines:
            return load.parse_h2load(text, lines, case.status, self._settings.seconds)

    def _remark_once(self, text: str) -> None:
        if text not in self._found.remarks:
            self._found.remarks.append(text)


def _in_turn(servers: Sequence[str], number: int) -> list[str]:
    """Each round another one goes first, so that none always has the same before it."""
    start = number % max(1, len(servers))
    return [*servers[start:], *servers[:start]]
