"""The laboratory: a network of real Exchanges under virtual time, deterministic by seed."""

from simulator.origin import Condition, SimObject
from simulator.settings import WorldSettings
from simulator.world import World

__all__ = ["Condition", "SimObject", "World", "WorldSettings"]
