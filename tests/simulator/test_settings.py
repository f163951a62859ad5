"""What a world is told, and what it will not be told."""

from typing import Any

import pytest

from simulator.settings import WorldSettings


def test_the_defaults_are_in_range() -> None:
    assert WorldSettings().edges == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"edges": 0}, "edges: must be greater than 0, not 0"),
        ({"chunk_bytes": 0}, "chunk_bytes: must be greater than 0, not 0"),
        ({"peer_retry_ms": -1}, "peer_retry_ms: must be greater than 0, not -1"),
        ({"origin_latency_us": -1}, "origin_latency_us: must not be negative, not -1"),
        ({"edge_bandwidth_bps": -8}, "edge_bandwidth_bps: must not be negative, not -8"),
        ({"max_staleness_ms": -1}, "max_staleness_ms: must not be negative, not -1"),
        ({"start_ms": -1}, "start_ms: must not be negative, not -1"),
        ({"authority": ""}, "authority: must not be empty"),
    ],
)
def test_a_field_out_of_range_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WorldSettings(**changes)
