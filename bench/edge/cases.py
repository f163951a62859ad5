"""What is asked of the servers: the cases of the bench, and which of them a server does not offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bench.edge.origin import ABSENT_BODY, noise

KIB: Final = 1024
SIZES: Final = (KIB, 64 * KIB, 1024 * KIB, 4096 * KIB)


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request. ``title`` is for people."""

    title: str
    status: int = 200
    tls: bool = False
    disk: bool = False
    """What is asked for is on disk, and not in memory."""
    ranged: bool = False
    """Half of the object is asked for, from a quarter on."""
    filling: bool = False
    """Each request names an object that nobody asked for before, so that each goes to the origin."""
    sizes: tuple[int, ...] | None = None
    """The only sizes that make sense; None for those that were chosen."""
    rate: int | None = None
    """Requests a second that are sent whatever comes back; None for as many as are answered."""

    def path(self, size_bytes: int, name: str) -> str:
        """The target, for an object called so."""
        return f"/absent/{name}" if self.status == 404 else f"/object/{size_bytes}/{name}"

    def range_field(self, size_bytes: int) -> str | None:
        """The Range field of the request."""
        first, after = self._span(size_bytes)
        return f"bytes={first}-{after - 1}" if self.ranged else None

    def body(self, size_bytes: int) -> bytes:
        """What a right answer brings."""
        if self.status == 404:
            return ABSENT_BODY
        first, after = self._span(size_bytes)
        return noise(size_bytes)[first:after]

    def _span(self, size_bytes: int) -> tuple[int, int]:
        return (
            (size_bytes // 4, size_bytes // 4 + max(1, size_bytes // 2)) if self.ranged else (0, size_bytes)
        )


_ABSENT = (len(ABSENT_BODY),)

CASES: Final = {
    "hit": Case("a hit in memory"),
    "disk": Case("a hit on disk, in the page cache", disk=True),
    "tls": Case("a hit over TLS", tls=True),
    "range": Case("a hit with a single range: half of the object, 206", status=206, ranged=True),
    "miss": Case("a miss that is filled and stored", filling=True),
    "404-hit": Case("a stored 404", status=404, sizes=_ABSENT),
    "404-miss": Case("a 404 from the origin that is stored", status=404, filling=True, sizes=_ABSENT),
    "steady": Case("hits at 36,000 requests/s", sizes=(KIB,), rate=36_000),
}
"""By the names that ``--case`` takes."""

NOT_OFFERED: Final = {
    ("varnish", "disk"): "has no disk tier: its file storage forgets at a restart",
    ("varnish", "tls"): "speaks no TLS; its users put Hitch before it",
    ("plain", "disk"): "has no disk tier",
    ("plain", "tls"): "stands behind something that speaks TLS",
    ("plain", "range"): "answers ranges with the whole",
}
"""Why a server is left out of a case."""

NOTES: Final = {
    "hit": "nginx has no memory tier: its hits come from its files through the page cache, by sendfile",
    "disk": "nginx's hits are those of case `hit`: from its files through the page cache",
    "miss": "origin and load share a core; nginx makes a file of each object (in TMPDIR: /dev/shm is faster)",
}
"""What has to be said beside the figures of a case."""
