from tests.bench.edge.conftest import without_peers

__all__ = ["without_peers"]
