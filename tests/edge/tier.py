"""Several nodes before one origin, with or without a real hub that tells them of purges and of each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from caching import CacheSettings
from edge import EdgeNode
from tests.edge.scripted import ScriptedOrigin, edge_before


@asynccontextmanager
async def nodes_before(
    origin: ScriptedOrigin, count: int, **settings: object
) -> AsyncIterator[list[EdgeNode]]:
    """Nodes edge-1, edge-2, ... that know each other beforehand."""
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(
                edge_before(origin.url, cache=CacheSettings(node_name=f"edge-{number}"))
            )
            for number in range(1, count + 1)
        ]
        for node in nodes:
            node.membership.update((other.settings.name, other.url, 1) for other in nodes)
        yield nodes


def owned_by(owner: EdgeNode, origin: ScriptedOrigin, stem: str = "/object") -> str:
    """A path that belongs to a node."""
    return next(
        path
        for path in (f"{stem}-{number}" for number in range(1_000))
        if owner.membership.peer_for(origin.url + path, 0) is None
    )
