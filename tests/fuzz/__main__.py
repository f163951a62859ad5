"""``python -m tests.fuzz``: many inputs through the parsers; a failure tells how to see it again."""

from __future__ import annotations

import argparse
import random
import sys
import time
from itertools import islice
from zlib import crc32

from tests.fuzz.targets import Target
from tests.fuzz.wire import ALL

STEP = 100_000
LONGEST_LINE = 500


class FoundError(Exception):
    """An input for which a property does not hold."""


def run(name: str, target: Target, inputs: int, seed: int, tell: bool) -> float:
    """Put ``inputs`` inputs through a target. Seconds it took. Raises FoundError.

    Each target draws its own row, whatever the others draw.
    """
    row = iter(target.inputs(target.corpus, target.words, seed ^ crc32(name.encode())))
    began = time.perf_counter()
    for done in range(0, inputs, STEP):
        batch = min(STEP, inputs - done)
        for text in islice(row, batch):
            try:
                target.check(text)
            except Exception as error:
                said = f"{name}: {type(error).__name__}: {error}"[:LONGEST_LINE]
                raise FoundError(f"{said}\n  input {repr(text)[:LONGEST_LINE]}") from error
        seconds = time.perf_counter() - began
        if tell:
            print(
                f"{name:10} {done + batch:>11,} inputs  {(done + batch) / seconds:>9,.0f} a second",
                flush=True,
            )
    if tell and target.summary is not None:
        print(f"{name:10} {target.summary()}")
    return time.perf_counter() - began


def main(arguments: argparse.Namespace) -> int:
    """The exit code: 1 when something was found."""
    print(f"seed {arguments.seed}")
    found = 0
    for name in arguments.target or ALL:
        try:
            run(name, ALL[name], arguments.inputs, arguments.seed, tell=True)
        except FoundError as error:
            found = 1
            print(f"{error}\n  again with --seed {arguments.seed} --target {name}", file=sys.stderr)
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="For each target.")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="Drawn if not given.")
    parser.add_argument("--target", action="append", choices=ALL, help="One of several; all if not given.")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(_arguments()))
