"""The edge node: obeys the cache's decisions over HTTP."""

from edge.node import EdgeNode, run
from edge.settings import EdgeSettings, UpstreamSettings

__all__ = ["EdgeNode", "EdgeSettings", "UpstreamSettings", "run"]
