"""Nodes by their real commands: they say where they listen, serve, and end when told to."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from tests.edge.secure import ONE, ONE_KEY, TWO, TWO_KEY, trusting
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


def test_an_edge_without_the_hot_path_prepares_nothing(origin: str, tmp_path: Path) -> None:
    edge = start_node(tmp_path, "edge", "--origin", origin, "--no-hot-path")
    connection = http.client.HTTPConnection(urlsplit(listening(edge)).netloc)
    for _ in range(4):
        connection.request("GET", "/player/")
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read()
    connection.request("GET", "/metrics")
    assert b"\nheadwater_edge_prepared_total 0.0\n" in connection.getresponse().read()
    connection.close()
    edge.send_signal(signal.SIGTERM)
    assert edge.wait(20) == 0


def test_a_port_that_is_taken_is_one_line(origin: str, tmp_path: Path) -> None:
    arguments = ["edge", "--origin", origin, "--listen", origin.removeprefix("http://")]
    ended = subprocess.run(
        [sys.executable, "-m", "headwater", *arguments], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("headwater: edge: ") and "Traceback" not in ended.stderr


def edge_that_fails(origin: str, *arguments: str) -> tuple[int, str]:
    """The exit code and the last line of what an edge says."""
    command = [sys.executable, "-m", "headwater", "edge", "--origin", origin, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.returncode, ended.stderr.splitlines()[-1]


def test_tls_in_part_or_with_a_bad_file_is_one_line(origin: str) -> None:
    certificate = ["--certificate", str(ONE)]
    assert edge_that_fails(origin, *certificate, "--tls-listen", ":0") == (
        2,
        "headwater: edge settings: tls: a certificate, its key and a listener belong together; key is absent"
        " - at `$.tls`",
    )
    code, said = edge_that_fails(origin, *certificate, "--key", str(TWO_KEY), "--tls-listen", ":0")
    assert (
        code == 1 and said == f"headwater: edge: certificate {ONE} and key {TWO_KEY} do not belong together"
    )


def test_an_edge_shows_the_renewed_certificate_on_sighup(origin: str, tmp_path: Path) -> None:
    chain, key = Path(shutil.copy(ONE, tmp_path / "a.pem")), Path(shutil.copy(ONE_KEY, tmp_path / "a.key"))
    tls = ["--certificate", str(chain), "--key", str(key), "--tls-listen", "127.0.0.1:0"]
    edge = start_node(tmp_path, "edge", "--origin", origin, *tls)
    assert edge.stdout is not None
    said = json.loads(edge.stdout.readline())
    url = f"{said['tls_url']}/healthz"
    assert said["url"].startswith("http://") and url.startswith("https://")
    with urllib.request.urlopen(url, context=trusting(ONE)) as answer:
        assert answer.status == 200
    shutil.copy(TWO, chain)
    shutil.copy(TWO_KEY, key)
    edge.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, context=trusting(TWO)) as answer:
                assert answer.status == 200
            break
        except OSError:
            assert time.monotonic() < deadline
    edge.send_signal(signal.SIGTERM)
    assert edge.wait(20) == 0


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
