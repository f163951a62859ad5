"""A real origin process for the commands of the control plane."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TOKEN = "a-token-for-tests"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a running origin."""
    folder = tmp_path_factory.mktemp("origin")
    process = start_node(folder, "origin", "--storage", str(folder / "storage"))
    yield listening(process)
    process.terminate()
    assert process.wait(20) == 0


def start_node(folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """A node by its real command."""
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "headwater", *arguments, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "HEADWATER_TOKEN": TOKEN},
        )


def listening(process: "subprocess.Popen[bytes]") -> str:
    """Where it listens, by the one line that it prints."""
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert said["event"] == "listening"
    return str(said["url"])
