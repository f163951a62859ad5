"""The publications under way: at most one for each name, and how far each has come."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from origin.refusals import Refusal, RefusedError


class Stage(StrEnum):
    """Where a publication stands."""

    RECEIVING = "receiving"
    """The source is arriving."""
    ENCODING = "encoding"
    """The ladder is being encoded."""
    PUBLISHED = "published"
    """Players may ask for it."""


class Publication:
    """One of them; `progress` is the encoded fraction, 0 to 1."""

    def __init__(self) -> None:
        self.stage = Stage.RECEIVING
        self.progress = 0.0

    def encoded(self, progress: float) -> None:
        """Note how far the encoder has come."""
        self.stage, self.progress = Stage.ENCODING, progress


class Publications:
    """All of them, by the asset's name."""

    def __init__(self) -> None:
        self._under_way: dict[str, Publication] = {}

    @contextmanager
    def begin(self, asset_id: str) -> Iterator[Publication]:
        """Hold the name while publishing; raises `RefusedError` when another request does."""
        self.require_idle(asset_id)
        publication = self._under_way[asset_id] = Publication()
        try:
            yield publication
        finally:
            del self._under_way[asset_id]

    def require_idle(self, asset_id: str) -> None:
        """Raises `RefusedError` while the name is being published."""
        if asset_id in self._under_way:
            raise RefusedError(
                Refusal.PUBLICATION_UNDER_WAY,
                f"{asset_id!r} is being published by another request; its progress says when that ends",
            )

    def find(self, asset_id: str) -> Publication | None:
        return self._under_way.get(asset_id)
