"""An edge that has many objects of 1 KiB when it begins to listen: ``python -m bench.index.loaded``.

It is the edge as it is, but for its fills, which would take longer than the measurement. Its origin does not
exist: what is asked of it and is not a hit is answered with an error, which the load generator counts.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import uvloop

from bench.index.objects import SITE, entry_of
from caching import CacheSettings
from edge import EdgeNode, EdgeSettings
from edge.clock import wall_clock_ms
from edge.collector import Collector
from edge.shell import Shell

BODY_BYTES: Final = 1024


class LoadedNode(EdgeNode):
    """A node whose cache is filled before it starts."""

    def load(self, objects: int) -> None:
        """Store so many objects as if they had just come."""
        _fill(self._shell, objects, wall_clock_ms())


def _fill(shell: Shell, objects: int, now_ms: int) -> None:
    for number in range(objects):
        entry = entry_of(shell.cache, number, BODY_BYTES, now_ms)
        body = shell.bodies.open(entry.serial)
        body.append(bytes(BODY_BYTES))
        shell.cache.index.commit(entry)
        body.commit()


def settings_of(policy: str, objects: int, port: int) -> EdgeSettings:
    """An edge with room for all of them."""
    each_bytes = BODY_BYTES + CacheSettings().entry_overhead_bytes
    cache = CacheSettings(policy=policy, capacity_bytes=2 * objects * each_bytes)
    return EdgeSettings(origin_url=SITE, listen_port=port, cache=cache)


async def main(policy: str, objects: int, port: int) -> None:
    """Listen until the process is told to end."""
    node, collector = LoadedNode(settings_of(policy, objects, port)), Collector()
    collector.start()
    node.load(objects)
    await node.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
