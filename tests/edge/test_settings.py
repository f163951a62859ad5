"""Settings: what is wrong is said by its name."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest

from caching import CacheSettings
from edge import DiskSettings, EdgeSettings, UpstreamSettings
from edge.settings import DISK_ADMISSIONS, TlsSettings

GOOD: dict[str, Any] = {"origin_url": "http://origin:8080"}
BAD_URLS = [
    "",
    "origin",
    "origin:8080",
    "ftp://origin",
    "http://",
    "http:///path",
    "http://:8080",
    "http://origin:99999",
    "http://origin:http",
    "http://[::1",
    "http://user:secret@origin",
    "http://origin?x=1",
    "http://origin/#part",
    "http://ori gin",
]


@pytest.mark.parametrize("url", BAD_URLS)
@pytest.mark.parametrize("field", ["origin_url", "bus_url"])
def test_a_bad_url_is_named(field: str, url: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: an http:// or https:// URL"):
        EdgeSettings(**{**GOOD, field: url})


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_bad_url_of_a_peer_is_named_with_the_peer(url: str) -> None:
    with pytest.raises(ValueError, match=r"^peers: edge-2: an http:// or https:// URL"):
        EdgeSettings(**GOOD, peers=(("edge-2", url),))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("listen_port", -1),
        ("listen_port", 65_536),
        ("weight", 0),
        ("weight", 1_001),
        ("drain_ms", 0),
        ("linger_ms", 0),
    ],
)
def test_a_number_out_of_range_is_named(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"^{field}: .*not {value}"):
        EdgeSettings(**{**GOOD, field: value})


@pytest.mark.parametrize("field", [field.name for field in fields(UpstreamSettings)])
@pytest.mark.parametrize("value", [0, -1])
def test_limits_of_upstream_are_above_nothing(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"^{field}: must be greater than 0, not {value}"):
        UpstreamSettings(**{field: value})


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("capacity_bytes", 0, "must be greater than 0, not 0"),
        ("queue_bytes", 0, "must be greater than 0, not 0"),
        ("mappings", 0, "must be greater than 0, not 0"),
        ("readers", -1, "must be greater than 0, not -1"),
        ("scrub_bytes_per_s", -1, "must not be negative, not -1"),
        ("policy", "random", "'random' is not one of arc, "),
        ("admission", "size", "'size' is not one of adaptsize, second, tinylfu, all"),
    ],
)
def test_what_is_wrong_of_the_disk_is_named(field: str, value: object, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: {words}"):
        DiskSettings(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("admission", DISK_ADMISSIONS)
def test_each_rule_for_the_disk_may_be_asked_for(admission: str) -> None:
    assert DiskSettings(admission=admission).admission == admission


@pytest.mark.parametrize("absent", ["certificate", "key", "listen_port"])
def test_a_part_of_tls_alone_is_named_with_what_is_absent(absent: str) -> None:
    given: dict[str, Any] = {"certificate": Path("a.pem"), "key": Path("a.key"), "listen_port": 443}
    assert TlsSettings(**given).on and not TlsSettings().on
    del given[absent]
    with pytest.raises(ValueError, match=f"^tls: .* belong together; {absent} is absent"):
        TlsSettings(**given)


@pytest.mark.parametrize("wrong", [{"handshake_timeout_ms": 0}, {"listen_port": 65_536}])
def test_a_number_of_tls_out_of_range_is_named(wrong: dict[str, int]) -> None:
    given: dict[str, Any] = {"certificate": Path("a.pem"), "key": Path("a.key"), "listen_port": 443}
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))}: "):
        TlsSettings(**{**given, **wrong})


def test_a_node_does_not_know_two_peers_of_one_name() -> None:
    peers = (("edge-2", "http://127.0.0.1:1"), ("edge-2", "http://127.0.0.1:2"))
    with pytest.raises(ValueError, match=r"^peers: edge-2 is named twice"):
        EdgeSettings(**GOOD, peers=peers)


def test_what_is_right_is_kept_as_it_was_given() -> None:
    settings = EdgeSettings(
        origin_url="https://Origin.example:8443/base",
        bus_url="http://[::1]:8080/bus",
        peers=(("edge-2", "http://127.0.0.1:8082"),),
        cache=CacheSettings(node_name="edge-1"),
    )
    assert settings.origin_site == ("https", "Origin.example:8443") and settings.name == "edge-1"
    with pytest.raises(FrozenInstanceError):
        settings.weight = 2  # type: ignore[misc]
