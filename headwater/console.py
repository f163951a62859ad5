"""How the command speaks: results on standard output, progress and complaints on standard error."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Protocol, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

T = TypeVar("T")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(message: object, code: int = 1) -> NoReturn:
    """End with one clear line."""
    err.print(f"headwater: {message}", style="red", markup=False)
    raise typer.Exit(code)


def write_json(target: str | None, value: Any) -> None:
    """Write figures to a file, or to standard output for ``-``."""
    if target is None:
        return
    text = json.dumps(value, indent=2) + "\n"
    if target == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(target).write_text(text)
    except OSError as error:
        fail(f"{target}: cannot be written ({error.strerror})")


class Ticker(Protocol):
    """Called with the share that is done, from 0 to 1, and what else there is to say, such as a rate."""

    def __call__(self, share: float, note: str = "") -> None: ...


@contextmanager
def progress(what: str, quiet_s: float = 0) -> Iterator[Ticker]:
    """A bar on a terminal; a line for every tenth elsewhere, once it has taken longer than ``quiet_s``."""
    if err.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        with Progress(*columns, TimeElapsedColumn(), TextColumn("{task.fields[note]}"), console=err) as bar:
            task = bar.add_task(what, total=1.0, note="")

            def show(share: float, note: str = "") -> None:
                bar.update(task, completed=share, note=note)

            yield show
        return
    said, began = -1, time.monotonic()

    def say(share: float, note: str = "") -> None:
        nonlocal said
        tenth = int(share * 10)
        if tenth > said and time.monotonic() - began >= quiet_s:
            said = tenth
            err.print(f"{what}: {tenth * 10} %{note and f', {note}'}")

    yield say


@contextmanager
def until_signal(what: str) -> Iterator[None]:
    """SIGINT and SIGTERM end the block in order, with one line."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        fail(f"{what}: stopped before its end", 130)
    finally:
        signal.signal(signal.SIGTERM, before)


def run_until_signal(work: Coroutine[Any, Any, T]) -> T | None:
    """Run to the end; SIGINT and SIGTERM cancel it in order, and None is what came of it then."""

    async def main() -> T | None:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            return None

    return asyncio.run(main())
