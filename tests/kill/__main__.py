"""``python -m tests.kill``: kills an edge with a disk under load, and checks every byte that it serves then.

Between a death and the next load the origin is stopped, and what the edge answered last is asked for again.
``--enospc`` fills a small file system instead, and shows that service goes on; it needs the right to mount.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from headwater.process import NodeError
from tests.kill.fullness import MountError, full_disk
from tests.kill.report import Report
from tests.kill.run import Run, Setup

_SHOWN_EVERY = 10


async def main(arguments: argparse.Namespace) -> int:
    """Run and print. The exit code: 0, 1 when there was a wrong answer, 2 when it could not run."""
    seed = random.SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        setup = Setup(Path(folder), seed, arguments.kills)
        try:
            report = await (full_disk(setup) if arguments.enospc else Run(setup, _show_progress).run())
        except (NodeError, MountError) as error:
            print(f"kill: {error}", file=sys.stderr)
            return 2
    print(report)
    if arguments.json:
        text = json.dumps(report.as_dict(), indent=2) + "\n"
        if arguments.json == "-":
            sys.stdout.write(text)
        else:
            Path(arguments.json).write_text(text)
    return 1 if report.wrong else 0


def _show_progress(report: Report) -> None:
    if report.kills % _SHOWN_EVERY == 0:
        print(f"{report.kills} kills, {len(report.wrong)} wrong answers", file=sys.stderr, flush=True)


def _arguments(given: list[str] | None = None) -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="How many (200).")
    parser.add_argument(
        "--seed", type=int, help="Of everything that is random; picked, and printed, if absent."
    )
    parser.add_argument("--enospc", action="store_true", help="Fill a small file system instead.")
    parser.add_argument("--json", metavar="FILE", help="Write the figures there too; - for standard output.")
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(_arguments())))
