"""From a file to a served asset, and from a bad file to a refusal that leaves nothing."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from manifests.dash import mpd
from manifests.hls import media_playlist, multivariant_playlist
from manifests.window import ON_DEMAND
from origin import errors
from origin.ffmpeg import FfmpegSettings, run
from origin.publish import publish
from origin.storage import LocalStorage
from tests import media

NOW_MS = 1_700_000_000_000


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough to be still under way after its first report of progress, or after a second's encoding."""
    return media.make_clip(tmp_path_factory.mktemp("long") / "clip.mp4", 60, sound=False)


def leftovers(root: Path) -> list[str]:
    return [str(path) for path in root.rglob("*") if path.is_file() or path.parent.name == "staging"]


async def test_a_published_file_is_described_and_stored(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    seen: list[float] = []
    clip = media.small_clip()
    asset = await publish(
        storage,
        clip,
        "demo",
        title=" A  clip\n",
        settings=media.QUICK,
        now_ms=lambda: NOW_MS,
        on_progress=seen.append,
    )
    assert storage.load("demo") == asset
    assert (asset.title, asset.published_at_ms, asset.duration_ms) == ("A clip", NOW_MS, 4000)
    assert asset.source_bytes == clip.stat().st_size
    assert len(asset.videos) >= 3
    assert len(asset.audios) == 1
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert not list((tmp_path / "staging").iterdir())


async def test_each_publication_has_a_version_of_its_own(tmp_path: Path) -> None:
    clip = media.make_clip(tmp_path / "clip.mp4", 0.4, 160, 90)
    storage = LocalStorage(tmp_path / "root")
    first = await publish(storage, clip, "demo", settings=media.QUICK)
    storage.delete("demo")
    second = await publish(storage, clip, "demo", settings=media.QUICK)
    assert first.version != second.version


@pytest.mark.parametrize("manifest", ["master.m3u8", "manifest.mpd"])
async def test_ffmpeg_plays_what_the_manifests_say(tmp_path: Path, manifest: str) -> None:
    """Every frame of every rendition is decoded, found through our manifests alone."""
    asset = media.publish_small_clip(tmp_path)
    folder = tmp_path / "assets" / asset.id
    (folder / "master.m3u8").write_text(multivariant_playlist(asset))
    (folder / "manifest.mpd").write_bytes(mpd(asset, ON_DEMAND, NOW_MS))
    for rendition in asset.renditions:
        (folder / f"{rendition.id}.m3u8").write_text(media_playlist(asset, rendition, ON_DEMAND, NOW_MS))
    frames: list[str] = []
    arguments = ["-i", f"file:{folder / manifest}", "-map", "0", "-f", "framecrc", "pipe:1"]
    ended = await run(arguments, FfmpegSettings(threads=1), frames.append)
    assert ended.status == 0
    assert "rror" not in ended.log
    counts = [sum(line.startswith(f"{n},") for line in frames) for n in range(4)]
    assert sorted(counts)[:3] == [100, 100, 100]
    assert sorted(counts)[3] in range(186, 190)  # 4 s of 1024 samples at 48 kHz


@pytest.mark.parametrize("asset_id", ["", "..", "a/b", "../demo", "a" * 65])
async def test_a_bad_name_is_refused_before_anything_is_read(tmp_path: Path, asset_id: str) -> None:
    with pytest.raises(errors.BadAssetIdError):
        await publish(LocalStorage(tmp_path), tmp_path / "none.mp4", asset_id)
    assert leftovers(tmp_path) == []


async def test_a_taken_name_is_refused_before_anything_is_encoded(tmp_path: Path) -> None:
    asset = media.publish_small_clip(tmp_path)
    with pytest.raises(errors.AssetExistsError):
        await publish(LocalStorage(tmp_path), tmp_path / "none.mp4", asset.id)
    assert LocalStorage(tmp_path).load(asset.id) == asset


@pytest.mark.parametrize("title", ["a" * 201, "bell\a", "lone \ud800"])
async def test_a_bad_title_is_refused(tmp_path: Path, title: str) -> None:
    with pytest.raises(errors.BadTitleError):
        await publish(LocalStorage(tmp_path), media.small_clip(), "demo", title=title)


async def test_two_at_once_under_one_name_make_one_asset(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    clip = media.make_clip(tmp_path / "clip.mp4", 0.4, 160, 90)
    both = await asyncio.gather(
        *(publish(storage, clip, "demo", settings=media.QUICK) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in both) == ["Asset", "AssetExistsError"]
    assert not list((tmp_path / "staging").iterdir())


async def test_a_file_that_turns_out_bad_while_encoding_leaves_nothing(tmp_path: Path) -> None:
    whole = tmp_path / "whole.mkv"
    await run(["-i", str(media.small_clip()), "-c", "copy", str(whole)], FfmpegSettings())
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    with pytest.raises(errors.TruncatedError):
        await publish(LocalStorage(tmp_path / "root"), cut, "demo", settings=media.QUICK)
    assert leftovers(tmp_path / "root") == []


async def test_cancelling_in_the_middle_leaves_nothing(tmp_path: Path, long_clip: Path) -> None:
    under_way = asyncio.Event()
    storage = LocalStorage(tmp_path / "root")
    task = asyncio.create_task(
        publish(storage, long_clip, "demo", settings=media.QUICK, on_progress=lambda done: under_way.set())
    )
    await under_way.wait()
    assert leftovers(tmp_path / "root")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert leftovers(tmp_path / "root") == []


async def test_too_slow_an_encoding_is_ended_and_leaves_nothing(tmp_path: Path, long_clip: Path) -> None:
    slow = replace(media.QUICK, packaging=replace(media.QUICK.packaging, preset="veryslow"))
    with pytest.raises(errors.EncodingTimeoutError):
        await publish(
            LocalStorage(tmp_path / "root"),
            long_clip,
            "demo",
            settings=replace(slow, ffmpeg=FfmpegSettings(threads=1, timeout_s=1)),
        )
    assert leftovers(tmp_path / "root") == []
