"""Assets appear and disappear whole, whatever happens to the process; names lead nowhere else."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.asset import Asset
from origin.errors import AssetExistsError, AssetNotFoundError, BadAssetIdError, CorruptDescriptionError
from origin.storage import LocalStorage
from tests.manifests import samples

BAD_IDS = ["", ".", "..", "../x", "a/b", "/etc", "a\\b", "a" * 65, "a.b", "a\0", "é", "-a", "a\n"]


def put(storage: LocalStorage, asset: Asset) -> None:
    with storage.staging() as folder:
        media = folder / asset.version / "audio"
        media.mkdir(parents=True)
        (media / "init.mp4").write_bytes(b"init")
        (media / "1.m4s").write_bytes(b"media")
        storage.settle(folder, asset)
        storage.commit(folder, asset.id)


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_committed_asset_is_there_whole_and_staging_is_empty(tmp_path: Path) -> None:
    put(LocalStorage(tmp_path), samples.asset())
    assert files(tmp_path) == [
        "assets/demo/0123456789abcdef/audio/1.m4s",
        "assets/demo/0123456789abcdef/audio/init.mp4",
        "assets/demo/asset.json",
    ]
    assert LocalStorage(tmp_path).load("demo") == samples.asset()


def test_a_failure_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    with pytest.raises(ZeroDivisionError), storage.staging() as folder:
        (folder / "half.m4s").write_bytes(b"x")
        raise ZeroDivisionError
    assert files(tmp_path) == []


@pytest.mark.parametrize("asset_id", BAD_IDS)
def test_a_name_outside_the_grammar_is_refused_everywhere(tmp_path: Path, asset_id: str) -> None:
    storage = LocalStorage(tmp_path / "root")
    for refuse in (storage.require_free, storage.load, storage.delete):
        with pytest.raises(BadAssetIdError, match="can't name an asset"):
            refuse(asset_id)
    assert files(tmp_path) == []


def test_a_taken_name_is_refused_and_the_asset_stays(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    put(storage, samples.asset())
    with pytest.raises(AssetExistsError, match="'demo' exists"):
        storage.require_free("demo")
    with pytest.raises(AssetExistsError):
        put(storage, replace(samples.asset(), title="another"))
    assert storage.load("demo").title == "Demo & <friends>"
    assert len(files(tmp_path)) == 3


def test_two_assets_are_listed_by_name_and_a_damaged_one_hides_neither(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    for name in ("b", "a", "broken"):
        put(storage, replace(samples.asset(), id=name))
    (tmp_path / "assets/broken/asset.json").write_bytes(b"{")
    (tmp_path / "assets/lost+found.d").mkdir()
    listing = storage.list()
    assert [asset.id for asset in listing.assets] == ["a", "b"]
    assert ["'broken'" in str(error) for error in listing.broken] == [True]


def test_an_asset_without_its_description_is_damaged_and_not_unknown(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    put(storage, samples.asset())
    assert storage.load("demo")
    (tmp_path / "assets/demo/asset.json").unlink()
    with pytest.raises(CorruptDescriptionError, match=r"no asset\.json"):
        storage.load("demo")


def test_an_asset_published_anew_is_read_anew(tmp_path: Path) -> None:
    storage, other_process = LocalStorage(tmp_path), LocalStorage(tmp_path)
    put(storage, samples.asset())
    assert storage.load("demo") is storage.load("demo")
    other_process.delete("demo")
    put(other_process, replace(samples.asset(), version="f" * 16))
    assert storage.load("demo").version == "f" * 16


@pytest.mark.parametrize("damaged", [False, True])
def test_a_deleted_asset_is_gone(tmp_path: Path, damaged: bool) -> None:
    storage = LocalStorage(tmp_path)
    put(storage, samples.asset())
    if damaged:
        (tmp_path / "assets/demo/asset.json").write_bytes(b"")
    storage.delete("demo")
    assert files(tmp_path) == []
    for refuse in (storage.load, storage.delete):
        with pytest.raises(AssetNotFoundError, match="'demo'"):
            refuse("demo")


def test_media_are_found_by_the_four_parts_of_their_url(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    put(storage, samples.asset())
    path = storage.media_path("demo", "0123456789abcdef", "audio", "1.m4s")
    assert path is not None
    assert path.read_bytes() == b"media"
    assert storage.media_path("demo", "0123456789abcdef", "audio", "2.m4s") is None
    assert storage.media_path("demo", "0" * 16, "audio", "1.m4s") is None


HOSTILE = [
    "..",
    ".",
    "",
    "../secret",
    "audio/../..",
    "init.mp4/..",
    "asset.json",
    "01.m4s",
    "1.m4s\0",
    "init.mp4\n",
]


@given(parts=st.tuples(*[st.sampled_from([*HOSTILE, "demo", "0123456789abcdef", "audio", "init.mp4"])] * 4))
def test_no_url_leads_out_of_the_media(
    tmp_path_factory: pytest.TempPathFactory, parts: tuple[str, ...]
) -> None:
    root = tmp_path_factory.getbasetemp() / "shared-root"
    storage = LocalStorage(root)
    if not storage.list().assets:
        put(storage, samples.asset())
        (root.parent / "secret").write_bytes(b"secret")
    asset_id, version, rendition_id, name = parts
    found = storage.media_path(asset_id, version, rendition_id, name)
    assert (found is not None) == (parts == ("demo", "0123456789abcdef", "audio", "init.mp4"))


CRASHING = """
import os, sys
from pathlib import Path
from origin.storage import LocalStorage
storage = LocalStorage(Path(sys.argv[1]))
with storage.staging() as folder:
    (folder / "half.m4s").write_bytes(b"x" * 1000)
    print("staged", flush=True)
    sys.stdin.read()
    os._exit(9)
"""


def test_what_a_crashed_process_left_is_swept_and_what_a_living_one_makes_is_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CRASHING, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        LocalStorage(tmp_path)
        assert [Path(name).name for name in files(tmp_path) if name.endswith(".m4s")] == ["half.m4s"]
        process.stdin.close()
    assert process.returncode == 9
    assert len(files(tmp_path)) == 2
    LocalStorage(tmp_path)
    assert files(tmp_path) == []
    assert not list((tmp_path / "staging").iterdir())
