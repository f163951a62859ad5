from typing import Any

import pytest

from bench.edge.settings import EdgeBenchSettings


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cases": ("hit", "magic")}, "case: 'magic' is not one of hit, disk, tls"),
        ({"cases": ()}, "cases: at least one"),
        ({"servers": ("apache",)}, "server: 'apache' is not one of headwater, nginx, varnish, plain"),
        ({"sizes_bytes": ()}, "size: from 1 to 67108864 bytes, not 0"),
        ({"sizes_bytes": (1024, 10**9)}, "size: from 1 to 67108864 bytes, not 1000000000"),
        ({"seconds": 0}, "seconds: at least 1, not 0"),
        ({"rounds": -1}, "rounds: at least 1, not -1"),
        ({"connections": 0}, "connections: at least 1, not 0"),
    ],
)
def test_what_is_out_of_range_is_named(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match="^" + words.replace("(", r"\(")):
        EdgeBenchSettings(**given)


def test_by_default_all_is_measured() -> None:
    settings = EdgeBenchSettings()
    assert {"hit", "disk", "tls", "range", "miss", "404-hit", "404-miss", "steady"} == set(settings.cases)
    assert settings.sizes_bytes == (1024, 65_536, 1_048_576, 4_194_304)
