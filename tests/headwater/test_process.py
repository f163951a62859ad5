"""Children which are real processes: a node that comes up, one that does not, and a parent that is killed."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from headwater.process import NodeError, NodeProcess

EDGE = ["edge", "--origin", "http://127.0.0.1:9"]
ANY = "127.0.0.1:0"


async def test_a_node_comes_up_and_goes(tmp_path: Path) -> None:
    node = NodeProcess("edge-1", EDGE, os.environ, tmp_path / "log", ANY)
    url = await node.start()
    assert url.startswith("http://127.0.0.1:") and node.running
    await node.kill()
    assert not node.running
    assert await node.start() == url  # where it was before
    await node.stop()
    assert not node.running


async def test_a_node_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    node = NodeProcess("edge-1", EDGE, os.environ, tmp_path / "log", "nowhere")
    with pytest.raises(NodeError, match=r"(?s)edge-1: ended before it listened.*listen 'nowhere': HOST:PORT"):
        await node.start()


async def test_a_node_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, sys, pathlib\n"
        "from headwater.process import NodeProcess\n"
        "async def main():\n"
        f"    node = NodeProcess('edge-1', {EDGE!r}, os.environ, pathlib.Path(sys.argv[1]), {ANY!r})\n"
        "    await node.start()\n"
        "    print(node.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen(  # noqa: ASYNC220 - it is killed like any process
        [sys.executable, "-c", script, str(tmp_path / "log")], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await asyncio.to_thread(parent.stdout.readline))
    parent.kill()
    parent.wait()
    async with asyncio.timeout(10):
        while _is_alive(pid):
            await asyncio.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
