"""Assets as folders on a local disk, each appearing and disappearing whole.

    assets/{id}/asset.json, assets/{id}/{version}/{rendition}/{init.mp4, 1.m4s, ...}
    staging/{token}/...     what is being made or removed, and staging/{token}.lock beside it

An asset is written in staging, brought to the disk (fsync) and then renamed, so that a crash at any moment
leaves either the whole asset or a leftover in staging. A leftover is known by its lock: the process that held
it is gone. Names come from requests, so each is checked against a grammar without dots and slashes. Several
processes may use one folder at the same time.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from manifests.asset import ASSET_ID, VERSION, Asset
from origin.description import decode_description, encode_description
from origin.errors import AssetExistsError, AssetNotFoundError, BadAssetIdError, CorruptDescriptionError

MEDIA_NAME = re.compile(r"init\.mp4|(0|[1-9][0-9]{0,8})\.m4s", re.ASCII)
DESCRIPTION = "asset.json"
GONE = ".gone"


class Listing(NamedTuple):
    """What is stored: the assets by name, and an error for each that can't be read."""

    assets: tuple[Asset, ...]
    broken: tuple[CorruptDescriptionError, ...]


class LocalStorage:
    """The assets below `root`, which is made if it doesn't exist; leftovers of a crash are removed.

    Its methods are synchronous and quick, except `settle`, which waits for the disk.
    """

    def __init__(self, root: Path) -> None:
        self._assets = root / "assets"
        self._staging = root / "staging"
        self._loaded: dict[str, tuple[tuple[int, int], Asset]] = {}
        self._assets.mkdir(parents=True, exist_ok=True)
        self._staging.mkdir(exist_ok=True)
        self._sweep()

    def require_free(self, asset_id: str) -> None:
        """Raises BadAssetIdError or AssetExistsError when nothing can be published under the name."""
        if self._folder(asset_id).exists():
            raise AssetExistsError(asset_id)

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder of one's own to write to, which is gone afterwards, unless it was committed."""
        token = secrets.token_hex(8)
        with _locked(self._staging / f"{token}.lock"):
            folder = self._staging / token
            folder.mkdir()
            try:
                yield folder
            finally:
                _remove(folder)

    def settle(self, folder: Path, asset: Asset) -> None:
        """Write the description into a staged folder and bring all of it to the disk."""
        (folder / DESCRIPTION).write_bytes(encode_description(asset))
        for parent, _, names in os.walk(folder):
            for name in names:
                _fsync(Path(parent, name))
            _fsync(Path(parent))

    def commit(self, folder: Path, asset_id: str) -> None:
        """Publish a settled folder under the name: from here on it is there, also after a crash.

        Raises BadAssetIdError or AssetExistsError; the folder then stays in staging.
        """
        self.require_free(asset_id)
        try:
            folder.rename(self._folder(asset_id))
        except OSError as error:
            # Another process was quicker by a moment: a rename never replaces a folder that has content.
            if self._folder(asset_id).exists():
                raise AssetExistsError(asset_id) from error
            raise
        _fsync(self._assets)

    def load(self, asset_id: str) -> Asset:
        """The asset's description, read anew only when the file is another one.

        Raises BadAssetIdError, AssetNotFoundError, CorruptDescriptionError.
        """
        path = self._folder(asset_id) / DESCRIPTION
        try:
            facts = path.stat()
            stamp = (facts.st_ino, facts.st_mtime_ns)
            known_stamp, asset = self._loaded.get(asset_id, (None, None))
            if asset is None or known_stamp != stamp:
                asset = decode_description(path.read_bytes(), asset_id)
                self._loaded[asset_id] = (stamp, asset)
            return asset
        except FileNotFoundError as error:
            self._loaded.pop(asset_id, None)
            if path.parent.exists():
                raise CorruptDescriptionError(f"asset {asset_id!r} has no {DESCRIPTION}") from error
            raise AssetNotFoundError(asset_id) from error

    def list(self) -> Listing:
        """All assets, by name; those that can't be read hide none of the others."""
        assets, broken = [], []
        for folder in sorted(self._assets.iterdir()):
            try:
                assets.append(self.load(folder.name))
            except CorruptDescriptionError as error:
                broken.append(error)
            except (AssetNotFoundError, BadAssetIdError):
                continue  # deleted meanwhile, or a file of someone else's
        return Listing(tuple(assets), tuple(broken))

    def delete(self, asset_id: str) -> None:
        """Take the asset away, at once and whole; a damaged one too.

        Raises BadAssetIdError, AssetNotFoundError.
        """
        folder = self._folder(asset_id)
        with self.staging() as trash:
            try:
                folder.rename(trash / asset_id)
            except FileNotFoundError as error:
                raise AssetNotFoundError(asset_id) from error
            _fsync(self._assets)

    def media_path(self, asset_id: str, version: str, rendition_id: str, name: str) -> Path | None:
        """The file of a media object, or None. The four come from a URL; none of them can lead elsewhere."""
        names = ((ASSET_ID, asset_id), (VERSION, version), (ASSET_ID, rendition_id), (MEDIA_NAME, name))
        if not all(grammar.fullmatch(text) for grammar, text in names):
            return None
        path = self._assets / asset_id / version / rendition_id / name
        return path if path.is_file() else None

    def _folder(self, asset_id: str) -> Path:
        if not ASSET_ID.fullmatch(asset_id):
            raise BadAssetIdError(asset_id)
        return self._assets / asset_id

    def _sweep(self) -> None:
        """Remove what processes now gone have left in staging: theirs is every lock that can be taken."""
        for path in self._staging.glob("*.lock"):
            with suppress(BlockingIOError, FileNotFoundError), _locked(path, fcntl.LOCK_NB, create=False):
                shutil.rmtree(path.with_suffix(GONE), ignore_errors=True)
                _remove(path.with_suffix(""))


def _remove(folder: Path) -> None:
    """Remove a staged folder. It is renamed first, so that nobody can still add to what is being removed."""
    gone = folder.with_suffix(GONE)
    with suppress(FileNotFoundError):  # it was committed
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def _locked(path: Path, how: int = 0, *, create: bool = True) -> Iterator[None]:
    """Hold the file's lock, then remove the file. The lock goes with the process, however it ends."""
    with path.open("w" if create else "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | how)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
