from typing import Any

import pytest

from loadtest.session import PlayerSettings
from loadtest.settings import LoadtestSettings

GOOD: dict[str, Any] = {"edges": ("http://127.0.0.1:8081",), "assets": ("clip",)}


def test_they_survive_the_way_to_another_process() -> None:
    settings = LoadtestSettings(
        edges=("http://a", "https://b:8443/"),
        assets=("x", "y"),
        mean_watch_ms=5_000,
        spawn_rate=0.5,
        player=PlayerSettings(max_buffer_ms=9_000),
    )
    assert LoadtestSettings.from_json(settings.to_json()) == settings


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("edges", (), "edges is empty: at least one is needed"),
        ("edges", ("127.0.0.1:8081",), r"edge '127.0.0.1:8081' is no base URL: http://HOST:PORT"),
        ("edges", ("http://a/vod",), "edge 'http://a/vod' is no base URL"),
        ("edges", ("http:///",), "edge 'http:///' is no base URL"),
        ("edges", ("http://a:port",), "edge 'http://a:port' is no base URL"),
        ("assets", (), "assets is empty: at least one is needed"),
        ("assets", ("../x",), "asset '../x' can't be an asset's id"),
        ("users", 0, "users is 0: it must be above 0"),
        ("spawn_rate", -1, "spawn_rate is -1: it must be above 0"),
        ("spawn_rate", float("nan"), "spawn_rate is nan: it must be above 0"),
        ("seconds", 0, "seconds is 0: it must be above 0"),
        ("timeout_ms", 0, "timeout_ms is 0: it must be above 0"),
        ("mean_watch_ms", 0, "mean_watch_ms is 0: it must be above 0"),
        ("zipf_exponent", -0.1, "zipf_exponent is -0.1: it must be 0 to 10"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(field: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LoadtestSettings(**GOOD | {field: value})


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"edges": ["http://a"]}', '{"edges": 1, "assets": 2, "player": {}}']
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        LoadtestSettings.from_json(text)
