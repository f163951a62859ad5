"""The demo by its real command: its figures, and that nothing of it is left."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

FIGURES = {
    *("requests", "errors", "hit_ratio", "origin_bytes", "client_bytes", "purge_ms"),
    *("edges", "player_url"),
}


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "headwater", "demo", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def test_a_demo_with_an_end(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    process = await start("--seconds", "30", "--users", "4", "--json", str(file))
    printed, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    figures = json.loads(file.read_text())
    assert set(figures) >= FIGURES
    assert figures["requests"] > 50 and figures["errors"] == 0 and figures["edges"] == 3
    assert 0.5 < figures["hit_ratio"] <= 1 and 0 < figures["origin_bytes"] < figures["client_bytes"]
    assert 0 < figures["purge_ms"] < 5_000
    text = printed.decode()
    assert figures["player_url"] in text and "hit ratio of the tier" in text
    assert "encoding clip.mp4: 50 %" in complaints.decode()
    assert not _is_open(figures["player_url"])


async def test_ctrl_c_leaves_no_process_and_no_open_port() -> None:
    process = await start()
    assert process.stdout is not None
    urls: list[str] = []
    async with asyncio.timeout(60):
        while not any(line.startswith("cached") for line in urls):
            urls.append((await process.stdout.readline()).decode())
    player = next(line.split()[1] for line in urls if line.startswith("player"))
    assert _is_open(player)
    children = _children_of(process.pid)
    assert len(children) >= 4
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0
    assert not _is_open(player)
    assert not [pid for pid in children if _is_alive(pid)]


def _is_open(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname, parts.port)) == 0


def _children_of(parent: int) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _parent_of(pid) == parent]


def _parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
