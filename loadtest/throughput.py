"""What the network gave lately: the estimate by which a player chooses its rendition.

Two exponentially weighted averages of the download rate, of which the lower counts: the fast one sees a drop
soon, the slow one keeps a single lucky segment from raising the estimate. Each sample weighs as much as it
lasted; the bias of an average that began at zero is divided out.
"""

from collections.abc import Sequence


class Throughput:
    """Average of download rates in bits per second, by half-lives in milliseconds of downloading."""

    __slots__ = ("_averages_bps", "_downloaded_for_ms", "_half_lives_ms")

    def __init__(self, half_lives_ms: Sequence[int] = (2_000, 5_000)) -> None:
        self._half_lives_ms = tuple(half_lives_ms)
        self._averages_bps = [0.0] * len(self._half_lives_ms)
        self._downloaded_for_ms = 0

    def add(self, size_bytes: int, duration_ms: int) -> None:
        """One download, its waiting time included. Under a millisecond counts as one."""
        duration_ms = max(1, duration_ms)
        rate_bps = size_bytes * 8_000 / duration_ms
        for i, half_life_ms in enumerate(self._half_lives_ms):
            kept = 0.5 ** (duration_ms / half_life_ms)
            self._averages_bps[i] = kept * self._averages_bps[i] + (1 - kept) * rate_bps
        self._downloaded_for_ms += duration_ms

    @property
    def bps(self) -> int | None:
        """The estimate; None before the first download."""
        if not self._downloaded_for_ms:
            return None
        return int(
            min(
                average / (1 - 0.5 ** (self._downloaded_for_ms / half_life_ms))
                for average, half_life_ms in zip(self._averages_bps, self._half_lives_ms, strict=True)
            )
        )
