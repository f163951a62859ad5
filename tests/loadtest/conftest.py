import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

StartEdge = Callable[..., Awaitable[str]]


@pytest.fixture
async def start_edge() -> AsyncIterator[StartEdge]:
    """Start edges of ``tests.loadtest.server``, each in its process; the function gives the base URL."""
    processes: list[Process] = []

    async def start(**options: object) -> str:
        command = [sys.executable, "-m", "tests.loadtest.server", json.dumps(options)]
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
        processes.append(process)
        assert process.stdout
        return (await process.stdout.readline()).decode().strip()

    yield start
    for process in processes:
        process.terminate()
        await process.wait()
