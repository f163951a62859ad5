import dataclasses
from typing import Any

import pytest

from caching import Cache, CacheSettings
from tests.caching.driver import Shelf


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("node_name", ""),
        ("node_name", "edge 1"),
        ("node_name", "edge;1"),
        ("node_name", "édge"),
        # a token of Cache-Status begins with a letter (RFC 8941 section 3.3.4)
        ("node_name", "1-edge"),
        ("node_name", "-"),
        ("capacity_bytes", 0),
        ("max_object_bytes", -1),
        ("purge_history", 0),
        ("entry_overhead_bytes", -1),
        ("heuristic_max_ms", -1),
        ("default_stale_if_error_ms", -1),
        ("max_stale_ms", -1),
        ("heuristic_percent", -1),
        ("heuristic_percent", 101),
        ("policy", "magic"),
    ],
)
def test_a_value_out_of_range_is_named(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{field}: .*{value!r}"):
        CacheSettings(**{field: value})


def test_settings_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        CacheSettings().capacity_bytes = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", ["edge-1", "e", "pop.example", "E2"])
def test_names_and_limits_that_are_good(name: str) -> None:
    settings = CacheSettings(node_name=name, heuristic_percent=0, entry_overhead_bytes=0, max_stale_ms=0)
    assert name in repr(Cache(settings, Shelf().on_dropped))
