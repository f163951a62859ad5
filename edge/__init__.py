"""The edge node: obeys the cache's decisions over HTTP."""

from edge.node import EdgeNode, run
from edge.settings import DiskSettings, EdgeSettings, UpstreamSettings

__all__ = ["DiskSettings", "EdgeNode", "EdgeSettings", "UpstreamSettings", "run"]
