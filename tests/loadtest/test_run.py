import asyncio
import subprocess
import sys
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from loadtest import run
from loadtest.report import Progress
from loadtest.run import LoadtestError, run_loadtest
from loadtest.settings import LoadtestSettings
from tests.loadtest.conftest import StartEdge


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """The real subprocesses that were started."""
    processes: list[Process] = []
    real = asyncio.create_subprocess_exec

    async def record(*args: str, **kwargs: object) -> Process:
        process = await real(*args, **kwargs)  # type: ignore[arg-type]
        processes.append(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", record)
    return processes


async def test_cancelling_ends_locust(start_edge: StartEdge, started: list[Process]) -> None:
    settings = LoadtestSettings((await start_edge(segments=200),), ("clip",), users=2, seconds=60)
    under_way = asyncio.Event()

    def on_progress(progress: Progress) -> None:
        if progress.requests:
            under_way.set()

    test = asyncio.create_task(run_loadtest(settings, on_progress))
    await under_way.wait()
    test.cancel()
    with pytest.raises(asyncio.CancelledError):
        await test
    assert started[-1].returncode == 0


async def test_an_error_in_the_callers_callback_ends_locust(
    start_edge: StartEdge, started: list[Process]
) -> None:
    def on_progress(_: Progress) -> None:
        raise ZeroDivisionError

    settings = LoadtestSettings((await start_edge(),), ("clip",), users=1, seconds=60)
    with pytest.raises(ZeroDivisionError):
        await run_loadtest(settings, on_progress)
    assert started[-1].returncode == 0


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, r"Could not find .*gone\.py"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("", "No User class found!"),
    ],
    ids=["no file", "import error", "empty"],
)
async def test_what_locust_complains_about_is_one_line(
    source: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locustfile = tmp_path / "gone.py"
    if source is not None:
        locustfile.write_text(source)
    monkeypatch.setattr(run, "LOCUSTFILE", locustfile)
    settings = LoadtestSettings(("http://127.0.0.1:9",), ("clip",), seconds=1)
    with pytest.raises(LoadtestError, match=rf"^Locust failed \(exit code 1\): .*{message}.*$") as raised:
        await run_loadtest(settings)
    assert "\n" not in str(raised.value)


def test_importing_the_room_leaves_locust_and_aiohttp_alone() -> None:
    program = "import sys, loadtest\nprint(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(subprocess.check_output([sys.executable, "-c", program], text=True).split())
    assert "loadtest" in loaded
    assert not loaded & {"locust", "gevent", "aiohttp", "uvloop"}
