"""Small real media for tests, encoded once in a test session and shared by all rooms.

`publish_small_clip(root)` fills a storage folder with a published asset in the time that copying a few
hundred kilobytes takes; only its first call encodes. Works with and without a running event loop.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from manifests.asset import Asset
from origin.clip import ClipSettings
from origin.clip import make_clip as make_clip_async
from origin.encoding import PackagingSettings
from origin.ffmpeg import FfmpegSettings
from origin.publish import PublishSettings, publish
from origin.storage import LocalStorage

T = TypeVar("T")

SMALL_ASSET_ID = "clip"
QUICK = PublishSettings(packaging=PackagingSettings(preset="ultrafast"), ffmpeg=FfmpegSettings(threads=1))


def make_clip(
    path: Path, seconds: float = 4, width: int = 320, height: int = 180, *, fps: int = 25, sound: bool = True
) -> Path:
    """Write a clip with moving picture, burnt-in time and (if wanted) sound to `path`."""
    settings = ClipSettings(round(seconds * 1000), width, height, fps, with_sound=sound)
    _run(make_clip_async(path, settings, QUICK.ffmpeg))
    return path


@cache
def small_clip() -> Path:
    """A clip of 4 s, 320x180 at 25 frames a second, with sound; made once and not to be changed."""
    return make_clip(_session_folder() / "clip.mp4")


def publish_small_clip(root: Path) -> Asset:
    """Publish the small clip as SMALL_ASSET_ID in the storage folder `root`, which may exist."""
    shutil.copytree(published_folder(), root, dirs_exist_ok=True)
    return LocalStorage(root).load(SMALL_ASSET_ID)


@cache
def published_folder() -> Path:
    """The storage folder which `publish_small_clip` copies from; not to be changed."""
    root = _session_folder() / "media"
    _run(publish(LocalStorage(root), small_clip(), SMALL_ASSET_ID, title="Small clip", settings=QUICK))
    return root


@cache
def _session_folder() -> Path:
    """A folder that goes with the process, as does the object which keeps it."""
    return Path(_folder().name)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="headwater-media-")


def _run(job: Coroutine[Any, Any, T]) -> T:
    """Run `job` in a loop of its own, on a thread: the caller may stand inside a running loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, job).result()
