from pathlib import Path

import pytest

from edge import EdgeSettings
from headwater.config import ConfigError, load, parse_bytes, parse_listen, parse_pair

ORIGIN = {"origin_url": "http://127.0.0.1:8080"}


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "headwater.toml"
    file.write_text(
        '[edge]\norigin_url = "http://file:1"\nlisten_port = 1\nweight = 7\n'
        "[edge.cache]\ncapacity_bytes = 10\n"
    )
    environment = {
        "HEADWATER_EDGE_LISTEN_PORT": "2",
        "HEADWATER_EDGE_CACHE_CAPACITY_BYTES": "20",
        "HEADWATER_EDGE_ACCESS_LOG": "/tmp/log",
    }
    flags = {"listen_port": 3, "cache": {"policy": "fifo", "node_name": None}}
    settings = load(EdgeSettings, "edge", file=file, environment=environment, flags=flags)
    assert (settings.origin_url, settings.listen_port, settings.weight) == ("http://file:1", 3, 7)
    assert (settings.cache.capacity_bytes, settings.cache.policy) == (20, "fifo")
    assert settings.cache.node_name == "headwater"
    assert settings.access_log == Path("/tmp/log")


@pytest.mark.parametrize(
    ("environment", "flags", "words"),
    [
        ({}, {}, "origin_url"),
        ({"HEADWATER_EDGE_LISTEN_PORT": "many"}, ORIGIN, "listen_port"),
        ({}, {**ORIGIN, "listen_port": 70_000}, "listen_port: from 0 to 65535"),
        ({}, {"origin_url": "ftp://x"}, "origin_url: an http:// or https:// URL, not 'ftp://x'"),
        ({}, {**ORIGIN, "cache": {"capacity_bytes": 0}}, "capacity_bytes: must be greater than 0"),
    ],
)
def test_what_is_wrong_is_named(environment: dict[str, str], flags: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match="edge settings") as caught:
        load(EdgeSettings, "edge", file=None, environment=environment, flags=flags)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"), [(None, "cannot be read"), ("[edge", "is not TOML"), ("edge = 1", "must be a table")]
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str | None, words: str) -> None:
    file = tmp_path / "headwater.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=words):
        load(EdgeSettings, "edge", file=file, environment={}, flags=ORIGIN)


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [("1024", 1024), ("1KiB", 1024), ("1.5MB", 1_500_000), ("2 GiB", 2 * 2**30), ("10b", 10)],
)
def test_sizes(text: str, size_bytes: int) -> None:
    assert parse_bytes(text) == size_bytes


@pytest.mark.parametrize("text", ["", "many", "1XB", "MiB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ConfigError, match="size"):
        parse_bytes(text)


def test_addresses_and_pairs() -> None:
    assert parse_listen("0.0.0.0:80") == ("0.0.0.0", 80)
    assert parse_listen(":8080") == ("127.0.0.1", 8080)
    assert parse_listen("[::1]:80") == ("::1", 80)
    assert parse_pair("edge-2=http://x") == ("edge-2", "http://x")
    for text in ("80", "host:", "host:99999", "host:x"):
        with pytest.raises(ConfigError, match="listen"):
            parse_listen(text)
    with pytest.raises(ConfigError, match="NAME=VALUE"):
        parse_pair("edge-2")
