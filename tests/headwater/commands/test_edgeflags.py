"""What the flags of an edge set, and that each of them sets something."""

import inspect
from typing import Any

import pytest

from edge import EdgeSettings
from headwater.commands.edgeflags import edge_flags
from headwater.commands.nodes import edge
from headwater.config import ConfigError, load

GIVEN: dict[str, Any] = {
    name: "" if name == "token" else None
    for name in inspect.signature(edge).parameters
    if name not in ("config", "supervised")
}


def settings(**given: object) -> EdgeSettings:
    flags = edge_flags({**GIVEN, "origin": "http://origin.test", **given})
    return load(EdgeSettings, "edge", file=None, environment={}, flags=flags)


def test_nothing_given_are_the_defaults() -> None:
    assert settings() == EdgeSettings("http://origin.test")


@pytest.mark.parametrize(
    ("flag", "given", "where", "value"),
    [
        ("connections", 500, "clients.connections", 500),
        ("keepalive_timeout", 7.5, "clients.keepalive_timeout_ms", 7_500),
        ("max_request_body", "1MiB", "clients.max_request_body_bytes", 2**20),
        ("min_send_rate", "4KiB", "clients.min_send_bytes_per_s", 4_096),
        ("max_fills", 9, "cache.max_fills", 9),
        ("capacity", "1GiB", "cache.capacity_bytes", 2**30),
        ("ignore_request_directives", True, "cache.honour_request_directives", False),
        ("disk_capacity", "2GiB", "disk.capacity_bytes", 2**31),
        ("listen", "0.0.0.0:80", "listen_host", "0.0.0.0"),
        ("peer", ["b=http://b.test"], "peers", (("b", "http://b.test"),)),
        ("name", "edge-9", "name", "edge-9"),
    ],
)
def test_a_flag_sets_its_setting(flag: str, given: object, where: str, value: object) -> None:
    found: Any = settings(**{flag: given})
    for part in where.split("."):
        found = getattr(found, part)
    assert found == value


@pytest.mark.parametrize(
    ("flag", "given", "said"),
    [
        ("max_request_body", "much", "size 'much': a number with B, KB"),
        ("keepalive_timeout", -1.0, "keepalive_timeout_ms: from 1 to 86400000, not -1000"),
        ("connections", -1, "connections: must not be negative, not -1"),
        ("listen", "here", "listen 'here'"),
    ],
)
def test_what_cannot_be_is_said(flag: str, given: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        settings(**{flag: given})


def test_every_flag_is_read() -> None:
    class Noting(dict[str, Any]):
        read: set[str] = set()  # noqa: RUF012 - of this one test

        def __getitem__(self, name: str) -> Any:
            self.read.add(name)
            return super().__getitem__(name)

    edge_flags(Noting(GIVEN))
    assert Noting.read == set(GIVEN)
