"""``python -m tests.conformance``: the public HTTP cache tests against ``headwater edge``, each as a process.

The package is the newest that npm has, 0.4.5, used as it is: an older state of the suite, which knows no
CDN-Cache-Control and whose tests of Age still want what RFC 9111 section 5.1 has reversed. So not every
one is a goal; ``floor.json`` holds the counts, and falling below them is what fails. Its dependency on npm
itself is replaced in ``package.json`` by a small package, since nothing calls it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from headwater.process import NodeError, NodeProcess
from tests.conformance.results import Report, SuiteError, described, judge
from tests.node_packages import InstallError, NodeAbsentError, install

HERE = Path(__file__).parent
FLOOR = HERE / "floor.json"
RUN_TIMEOUT_S = 300.0
START_TIMEOUT_S = 20.0


async def main(arguments: argparse.Namespace) -> int:
    """Install, run, print. The exit code: 0, 1 below the floor, 2 when it could not run."""
    try:
        suite = install(HERE) / "http-cache-tests"
        tests = described(json.loads(await _node("describe.mjs", cwd=HERE, environment={})))
        report = judge(tests, json.loads(await _run(suite)))
    except (NodeAbsentError, InstallError, NodeError, SuiteError, ValueError, TimeoutError) as error:
        print(f"conformance: {error or type(error).__name__}", file=sys.stderr)
        return 2
    _show(report)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(report.as_dict(), indent=2) + "\n")
    lower = report.below(json.loads(FLOOR.read_text()))
    for line in lower:
        print(f"below the floor: {line}", file=sys.stderr)
    return 1 if lower else 0


def _show(report: Report) -> None:
    for failed in report.failed:
        print(f"{failed.test.kind:8} {failed.test.suite}/{failed.test.id}: {failed.why}")
    for kind, count in report.all.items():
        print(f"{kind:8} {report.passed[kind]:3} of {count}")


async def _run(suite: Path) -> str:
    """The results of the suite, whose server is the origin of an edge that does nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        async with _origin(suite, Path(folder)) as origin_url:
            edge = NodeProcess(
                "edge", ["edge", "--origin", origin_url], os.environ, Path(folder, "edge.log"), "127.0.0.1:0"
            )
            await edge.start()
            try:
                environment = {"npm_config_base": edge.url, "npm_config_id": "", "npm_package_config_id": ""}
                return await _node("cli.mjs", cwd=suite, environment=environment)
            finally:
                await edge.stop()


@asynccontextmanager
async def _origin(suite: Path, folder: Path) -> AsyncIterator[str]:
    """The suite's server, on a free port of which it tells."""
    settings = {"protocol": "http", "port": "0", "pidfile": str(folder / "pid")}
    process = await asyncio.create_subprocess_exec(
        _node_path(),
        "server/server.mjs",
        cwd=suite,
        env={**os.environ, **{f"npm_config_{name}": value for name, value in settings.items()}},
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            said = (await process.stdout.readline()).decode()
        port = said.strip().rstrip("/").rpartition(":")[2]
        if not port.isdigit():
            raise SuiteError(f"the suite's server does not say where it listens: {said!r}")
        drained = asyncio.create_task(process.stdout.read())
        yield f"http://127.0.0.1:{port}"
        drained.cancel()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _node(script: str, cwd: Path, environment: dict[str, str]) -> str:
    """What a script prints. Raises SuiteError with its complaint when it fails."""
    process = await asyncio.create_subprocess_exec(
        _node_path(),
        "--no-warnings",
        script,
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(RUN_TIMEOUT_S):
            said, complaint = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise SuiteError(f"{script} did not end in {RUN_TIMEOUT_S:g} s") from None
    if process.returncode != 0:
        raise SuiteError(f"{script} failed: {complaint.decode(errors='replace').strip()}")
    return said.decode()


def _node_path() -> str:
    found = shutil.which("node")
    if found is None:
        raise NodeAbsentError("node is absent: install Node.js with npm")
    return found


def _arguments(given: list[str] | None = None) -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="Write counts and failures here too.")
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(_arguments())))
