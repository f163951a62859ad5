"""Publishing: from a file to an asset that can be served, or to one clear refusal that leaves nothing behind.

The order of steps: name, probe, ladder, encode, settle on the disk, commit. All that is written before the
commit lies in a staging folder, which goes when this is left by any way, cancellation included. The admin API
and `headwater publish` call it; both then tell the edges.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from manifests.asset import TITLE, Asset
from origin.encoding import PackagingSettings
from origin.errors import BadTitleError
from origin.ffmpeg import FfmpegSettings
from origin.ladder import LadderSettings, choose_ladder
from origin.packager import Progress, package
from origin.probe import SourceLimits, probe
from origin.storage import LocalStorage


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """Everything that publishing goes by."""

    limits: SourceLimits = field(default_factory=SourceLimits)
    ladder: LadderSettings = field(default_factory=LadderSettings)
    packaging: PackagingSettings = field(default_factory=PackagingSettings)
    ffmpeg: FfmpegSettings = field(default_factory=FfmpegSettings)


DEFAULT_SETTINGS = PublishSettings()


def wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


async def publish(
    storage: LocalStorage,
    source: Path,
    asset_id: str,
    *,
    title: str = "",
    settings: PublishSettings = DEFAULT_SETTINGS,
    now_ms: Callable[[], int] = wall_clock_ms,
    on_progress: Progress = lambda done: None,
) -> Asset:
    """Encode `source` and publish it as `asset_id`; `on_progress` gets the finished fraction, 0 to 1.

    Raises an OriginError of `origin.errors`: of the name, the title, the file, or the encoding.
    """
    storage.require_free(asset_id)
    title = " ".join(title.split()) or asset_id
    if not TITLE.fullmatch(title):
        raise BadTitleError("a title has at most 200 characters and no control characters")
    facts = await probe(source, settings.limits, settings.ffmpeg)
    ladder = choose_ladder(facts.width, facts.height, facts.frame_rate, facts.channels, settings.ladder)
    version = secrets.token_hex(8)
    with storage.staging() as folder:
        renditions = await package(
            facts, ladder, folder / version, settings.packaging, settings.ffmpeg, on_progress
        )
        asset = Asset(
            id=asset_id,
            version=version,
            title=title,
            published_at_ms=now_ms(),
            duration_ms=max(-(-r.segments[-1].end_ticks * 1000 // r.timescale) for r in renditions),
            source_bytes=facts.size_bytes,
            renditions=renditions,
        )
        await asyncio.to_thread(storage.settle, folder, asset)
        storage.commit(folder, asset_id)
    return asset
