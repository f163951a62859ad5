"""Settings name the field that is wrong."""

from pathlib import Path
from typing import Any

import pytest

from origin.settings import OriginSettings


def test_the_defaults_are_valid() -> None:
    settings = OriginSettings(Path("data"), "a-long-token")
    assert (settings.listen_host, settings.listen_port, settings.max_staleness_ms) == ("127.0.0.1", 0, 2_000)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token": ""}, "token"),
        ({"token": "short"}, "at least 8"),
        ({"token": "with a space in it"}, "spaces"),
        ({"token": "schlüssel-wort"}, "ASCII"),
        ({"token": "line\nbreak-token"}, "printable"),
        ({"listen_port": 65_536}, "listen_port"),
        ({"max_staleness_ms": 10}, "max_staleness_ms"),
        ({"max_upload_bytes": 0}, "max_upload_bytes"),
        ({"upload_idle_ms": 0}, "upload_idle_ms"),
        ({"drain_ms": 0}, "drain_ms"),
    ],
)
def test_what_is_out_of_range_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        OriginSettings(**{"folder": Path("data"), "token": "a-long-token", **changes})
