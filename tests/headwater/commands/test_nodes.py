"""Nodes by their real commands: they say where they listen, serve, and end when told to."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.headwater.commands.conftest import TOKEN, listening, start_node


def test_an_edge_alone_is_a_proxy_before_any_origin(origin: str, tmp_path: Path) -> None:
    edge = start_node(tmp_path, "edge", "--origin", origin, "--name", "alone", "--ignore-param", "token")
    url = listening(edge)
    with urllib.request.urlopen(f"{url}/player/") as answer:
        assert "alone; fwd=uri-miss" in answer.headers["Cache-Status"]
    with urllib.request.urlopen(f"{url}/player/?token=1&CMCD=br%3D1") as answer:
        assert "alone; hit" in answer.headers["Cache-Status"]
    edge.send_signal(signal.SIGTERM)
    assert edge.wait(20) == 0


def test_a_port_that_is_taken_is_one_line(origin: str, tmp_path: Path) -> None:
    arguments = ["edge", "--origin", origin, "--listen", origin.removeprefix("http://")]
    ended = subprocess.run(
        [sys.executable, "-m", "headwater", *arguments], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("headwater: edge: ") and "Traceback" not in ended.stderr


def test_up_runs_a_tier_until_it_is_stopped(tmp_path: Path) -> None:
    ports = ["--origin-port", "0", "--edge-port", "0", "--edges", "2"]
    tier = subprocess.Popen(
        [sys.executable, "-m", "headwater", "up", "--folder", str(tmp_path), *ports],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "HEADWATER_TOKEN": TOKEN},
    )
    assert tier.stdout is not None
    lines = [tier.stdout.readline().split() for _ in range(4)]
    assert [line[0] for line in lines] == ["origin", "edge-1", "edge-2", "export"]
    assert lines[3] == ["export", f"HEADWATER_ORIGIN={lines[0][1]}", f"HEADWATER_TOKEN={TOKEN}"]
    for _, url in lines[:3]:
        assert urllib.request.urlopen(f"{url}/readyz").status == 200
    tier.send_signal(signal.SIGINT)
    assert tier.wait(30) == 0
