"""Short ways to make a world, and to ask it for something."""

from __future__ import annotations

from typing import Any

from caching import Headers
from simulator import SimObject, World, WorldSettings
from simulator.client import Got, SimClient
from simulator.node import Who
from simulator.site import make_object

A = make_object("/a", 1_000_000, "max-age=60", tags=("t",))
"""An object of a megabyte: 8 ms of a gigabit, 320 ms of a client's 25 megabits."""


def world_of(*objects: SimObject, **changes: Any) -> World:
    """A world of these objects, with the default settings but for ``changes``."""
    return World(WorldSettings(**changes), objects or (A,))


class Asked:
    """A request that is under way; ``got`` is what came of it, once it is over."""

    def __init__(self) -> None:
        self._got: Got | None = None

    @property
    def over(self) -> bool:
        return self._got is not None

    @property
    def got(self) -> Got:
        assert self._got is not None, "still under way"
        return self._got

    async def follow(self, client: SimClient, edge: str, target: str, **options: Any) -> None:
        self._got = await client.get(edge, target, **options)


def ask(world: World, edge: str = "edge-1", target: str = "/a", **options: Any) -> Asked:
    """Send a request from a client of its own; it runs when the world does."""
    asked = Asked()
    world.spawn(asked.follow(world.client(), edge, target, **options))
    return asked


def get(world: World, edge: str = "edge-1", target: str = "/a", **options: Any) -> Got:
    """Ask, and let the world run until everything is over."""
    asked = ask(world, edge, target, **options)
    world.settle()
    return asked.got


def shown_by(world: World, edge: str) -> Headers:
    """The headers by which an edge proves what it is."""
    field = world.edges[edge].upstream.badge.field
    assert field is not None
    return Headers([field])


def version_of(got: Got) -> int:
    """The version that ``make_object`` put into the ETag."""
    return int((got.headers.get("etag") or '"v0"')[2:-1])


def count(world: World, outcome: str, reason: str, who: Who = Who.CLIENT) -> int:
    """How many exchanges went so."""
    return world.books.exchanges[who, outcome, reason]


def headers(**values: str) -> Headers:
    return Headers((name.replace("_", "-"), value) for name, value in values.items())
