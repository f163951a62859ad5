from typing import Any

import pytest

from bench.settings import BenchSettings
from simulator.kernels.table import KERNELS


def test_all_policies_unless_some_are_named() -> None:
    assert BenchSettings().policies == tuple(KERNELS)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("requests", 0, "requests: at least 1, not 0"),
        ("objects", 0, "objects"),
        ("rounds", -1, "rounds: at least 1, not -1"),
        ("alpha", -1.0, "alpha"),
        ("largest_bytes", 0, "sizes"),
        ("capacity_share", 0.0, "capacity: more than 0 % and at most 100 %"),
        ("policies", ("lru", "magic"), "policy: 'magic' is not one of .*lru"),
        ("policies", (), "policies: at least one"),
    ],
)
def test_what_is_out_of_range_is_named(field: str, value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        BenchSettings(**{field: value})
