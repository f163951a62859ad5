import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from bench.processes import (
    AbsentError,
    ProgramError,
    cpu_s,
    filled,
    free_port,
    installed,
    last_words,
    on_core,
    output_of,
    running,
    two_cores,
)

LISTEN = "import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_program_is_found_or_its_package_is_named() -> None:
    assert Path(installed("sh", "dash")).name == "sh"
    with pytest.raises(AbsentError, match=r"no-such-program is not installed \(apt-get install nothing\)"):
        installed("no-such-program", "nothing")


def test_a_template_is_filled_or_complains(tmp_path: Path) -> None:
    template = tmp_path / "x.conf"
    template.write_text("listen @PORT@; # @WORDS@ are filled in\nroot @FOLDER@;\n")
    assert filled(template, PORT=80, FOLDER="/x") == "listen 80; # @WORDS@ are filled in\nroot /x;\n"
    with pytest.raises(ValueError, match=r"x\.conf: not filled in: root @FOLDER@;"):
        filled(template, PORT=80)


async def test_a_server_runs_while_its_block_lasts(tmp_path: Path) -> None:
    port = free_port()
    async with running(python(LISTEN.format(port=port)), tmp_path / "log", port) as pid:
        socket.create_connection(("127.0.0.1", port)).close()
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_server_that_hears_no_sigterm_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.processes._PATIENCE_S", 0.05)
    port = free_port()
    async with running(python(DEAF + LISTEN.format(port=port)), tmp_path / "log", port) as pid:
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_server_ends_when_the_block_is_cancelled(tmp_path: Path) -> None:
    port, pids = free_port(), asyncio.Queue[int]()

    async def stay() -> None:
        async with running(python(LISTEN.format(port=port)), tmp_path / "log", port) as pid:
            pids.put_nowait(pid)
            await asyncio.Event().wait()

    task = asyncio.create_task(stay())
    pid = await pids.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=r"^python[\d.]* ended: .*no good$"):
        async with running(python("raise SystemExit('no good')"), tmp_path / "log", free_port()):
            pass


async def test_a_server_that_never_listens_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.processes.READY_S", 0.1)
    with pytest.raises(ProgramError, match=r"does not listen after 0\.1 s"):
        async with running(python("import time; time.sleep(60)"), tmp_path / "log", free_port()):
            pass


async def test_output_or_the_complaint() -> None:
    assert await output_of(python("print('figures')")) == "figures\n"
    with pytest.raises(ProgramError, match=r"^python[\d.]* failed: no good$"):
        await output_of(python("raise SystemExit('no good')"))
    with pytest.raises(ProgramError, match="failed: exit code 3"):
        await output_of(python("raise SystemExit(3)"))


def test_last_words_are_one_line() -> None:
    assert last_words("a\nb\n  c\nd\n") == "b; c; d" and not last_words("")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system doesn't pin threads")
async def test_what_is_started_stays_on_its_core() -> None:
    allowed = os.sched_getaffinity(0)
    core = max(allowed)
    code = "import os; print(sorted(os.sched_getaffinity(0)))"
    assert await output_of(python(code), core) == f"[{core}]\n"
    assert os.sched_getaffinity(0) == allowed
    with on_core(core):
        assert os.sched_getaffinity(0) == {core}
    with on_core(None):
        assert os.sched_getaffinity(0) == allowed


def test_server_and_load_never_share_a_core() -> None:
    cores = two_cores()
    assert cores == (None, None) or cores.server != cores.load


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")
@pytest.mark.parametrize("wait", [".wait()", ""])
async def test_cpu_time_is_that_of_the_whole_family(wait: str, tmp_path: Path) -> None:
    port = free_port()
    listen = LISTEN.format(port=port)
    burn = "import time\nwhile time.process_time() < 0.5: pass\n"
    child = burn if wait else burn + listen
    parent = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]){wait}; "
    async with running(
        python(parent + (listen if wait else "time.sleep(60)")), tmp_path / "log", port
    ) as pid:
        used_s = cpu_s(pid)
        alone_s = cpu_s(os.getpid())
    assert used_s is not None and 0.45 < used_s < 5
    assert alone_s is not None and alone_s >= used_s, "what this process started is of its family"


def test_nobody_knows_the_time_of_a_process_that_is_not_there() -> None:
    assert cpu_s(2**30) is None
