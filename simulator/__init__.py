"""The laboratory: a network of real Exchanges under virtual time, deterministic by seed."""

from pathlib import Path

from simulator.origin import Condition, SimObject
from simulator.settings import WorldSettings
from simulator.stale import discard_stale
from simulator.world import World

__all__ = ["Condition", "SimObject", "World", "WorldSettings"]

discard_stale(Path(__file__).parent)
