"""Runs a load test: one Locust process, watched until it ends.

Locust monkey-patches its process, so it has one of its own, which gets its settings in the environment and
answers in JSON lines. It never outlives the call: cancelling (Ctrl-C) ends it, and it ends by itself when
nobody listens. Called by ``headwater loadtest`` and ``headwater demo``.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loadtest.report import LoadtestReport, Progress, Row, make_report
from loadtest.settings import ENVIRONMENT_VARIABLE, LoadtestSettings

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
START_AND_END_S = 60.0
"""How much longer than the test the process may take, to load Locust and to stop the viewers."""
TERMINATE_S = 5.0
"""How long it may take to end when told to."""
MAX_LINE_BYTES = 2**22


class LoadtestError(RuntimeError):
    """Locust didn't give a report; the message is one line saying why."""


async def run_loadtest(
    settings: LoadtestSettings, on_progress: Callable[[Progress], None] | None = None
) -> LoadtestReport:
    """Run the test to its end; ``on_progress`` is called about once a second.

    Raises ``LoadtestError`` when Locust fails. Failed requests are not an error of the test: see the report.
    """
    process = await asyncio.create_subprocess_exec(
        *_command(settings),
        env=os.environ | {ENVIRONMENT_VARIABLE: settings.to_json()},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        limit=MAX_LINE_BYTES,
        start_new_session=True,  # a Ctrl-C in the terminal is ours to pass on, once
    )
    complaints = asyncio.create_task(_last_lines(process))
    try:
        async with asyncio.timeout(settings.seconds + START_AND_END_S):
            final = await _listen(process, on_progress or (lambda _: None))
            exit_code = await process.wait()
            lines = await complaints
    except TimeoutError:
        raise LoadtestError(f"Locust didn't end within {START_AND_END_S:g} s after the test") from None
    finally:
        await _end(process)
        complaints.cancel()
    if final is None or exit_code:
        raise LoadtestError(f"Locust failed (exit code {exit_code}): {_complaint(lines)}")
    rows = [Row.from_fields(fields) for fields in final["rows"]]
    return make_report(
        rows, final["problems"], seed=settings.seed, users=settings.users, seconds=final["seconds"]
    )


def _command(settings: LoadtestSettings) -> list[str]:
    options: dict[str, Any] = {
        "--locustfile": LOCUSTFILE,
        "--users": settings.users,
        "--spawn-rate": settings.spawn_rate,
        "--run-time": f"{settings.seconds}s",
        "--loglevel": "WARNING",
        "--exit-code-on-error": 0,
    }
    flat = [str(part) for option in options.items() for part in option]
    return [sys.executable, "-m", "locust", "--headless", "--only-summary", *flat]


async def _listen(process: Process, on_progress: Callable[[Progress], None]) -> dict[str, Any] | None:
    """Read messages until the stream ends; the final one, if it came."""
    assert process.stdout
    final = None
    async for line in process.stdout:
        message = json.loads(line)
        if "progress" in message:
            on_progress(Progress(*message["progress"]))
        else:
            final = message
    return final


async def _last_lines(process: Process) -> deque[str]:
    assert process.stderr
    lines: deque[str] = deque(maxlen=100)
    async for line in process.stderr:
        if text := line.decode(errors="replace").strip():
            lines.append(text)
    return lines


def _complaint(lines: deque[str]) -> str:
    """The line that tells most: the last one that Locust calls an error, else the last."""
    errors = [line for line in lines if "/ERROR/" in line or "/CRITICAL/" in line or "Error: " in line]
    return (errors or list(lines) or ["it said nothing"])[-1]


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(TERMINATE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
