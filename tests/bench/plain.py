"""A proxy that is no cache, to hold beside one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def unhelpful(origin_url: str, folder: Path) -> AsyncIterator[str]:
    """The origin itself."""
    assert folder.is_dir()
    yield origin_url
