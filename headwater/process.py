"""A child process which is one node: started, heard until it listens, ended by SIGTERM.

Children live in sessions of their own, so that a Ctrl-C in the terminal reaches only the parent, which
ends them in order. They are told to stop, too, when their standard input closes: so they follow a parent
that was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import IO

_READY_S = 20.0
_LAST_LINES = 12


class NodeError(Exception):
    """A node that did not come up, with the last lines that it said."""


class NodeProcess:
    """One node. ``url`` is known when ``start`` has returned; started again, it has the same.

    ``arguments`` are those of the command, ``listen`` is the address (port 0 for any free one), or None for a
    node that knows it otherwise. Without a ``log`` it complains where its parent does. It is handed ``fds``,
    and told ``first`` on its standard input.
    """

    def __init__(
        self,
        name: str,
        arguments: list[str],
        environment: Mapping[str, str],
        log: Path | None,
        listen: str | None,
        *,
        fds: Sequence[int] = (),
        first: bytes = b"",
    ) -> None:
        self.name = name
        self.url = ""
        self.log = log
        self._arguments = arguments
        self._listen = listen
        self._fds, self._first = fds, first
        self._environment = dict(environment)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "start() comes first"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> str:
        """Spawn it and wait until it listens. Raises NodeError."""
        with contextlib.nullcontext() if self.log is None else self.log.open("ab") as log:
            self._process = await self._spawn(log)
        try:
            await self._tell_first()
            async with asyncio.timeout(_READY_S):
                self.url = await self._listening()
        except TimeoutError:
            await self.kill()
            raise NodeError(f"{self.name}: does not listen after {_READY_S:g} s{self.last_lines()}") from None
        except BaseException:
            await self.kill()
            raise
        if self._listen is not None:
            self._listen = self.url.removeprefix("http://")
        return self.url

    async def _tell_first(self) -> None:
        """What it waits for; if it has ended instead, that is found out when it does not listen."""
        assert self._process is not None and self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(self._first)
            await self._process.stdin.drain()

    async def events(self) -> AsyncIterator[dict[str, object]]:
        """What else it says on standard output, until it closes that."""
        assert self._process is not None and self._process.stdout is not None
        async for line in self._process.stdout:
            with contextlib.suppress(ValueError):
                yield json.loads(line)

    async def ended(self) -> int:
        """Its exit code, once it has ended."""
        assert self._process is not None, "start() comes first"
        return await self._process.wait()

    async def _spawn(self, log: IO[bytes] | None) -> asyncio.subprocess.Process:
        listen = () if self._listen is None else ("--listen", self._listen)
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "headwater",
            *self._arguments,
            *listen,
            "--supervised",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=self._environment,
            start_new_session=True,
            pass_fds=self._fds,
        )

    async def _listening(self) -> str:
        assert self._process is not None and self._process.stdout is not None
        async for said in self.events():
            if said.get("event") == "listening":
                return str(said["url"])
            if said.get("event") == "failed":
                raise NodeError(f"{self.name}: {said['why']}")
        await self._process.wait()
        raise NodeError(f"{self.name}: ended before it listened{self.last_lines()}")

    async def stop(self, patience_s: float = 15.0) -> None:
        """Ask it to end, and see to it that it does."""
        if self._process is None or self._process.returncode is not None:
            return
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(patience_s):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None and self._process.returncode is None:
            self.signal(signal.SIGKILL)
            await self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def last_lines(self) -> str:
        """What it said last, for an error message."""
        if self.log is None:
            return ""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return "".join(f"\n  {line}" for line in lines[-_LAST_LINES:])


def stop_with_parent() -> None:
    """In a supervised child: SIGTERM to ourselves when standard input closes."""

    def watch() -> None:
        # Not by way of sys.stdin: the interpreter could not close that while it is being read.
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
