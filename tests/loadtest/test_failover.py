from random import Random

import pytest

from loadtest.failover import Failover


def failover(edges: list[str], max_rounds: int = 2, seed: int = 3) -> Failover:
    return Failover(edges, Random(seed), max_rounds, retry_ms=1_000)


def test_an_edge_is_kept_until_it_fails() -> None:
    edges = failover(["http://a/", "http://b"])
    first = edges.url("/x")
    assert first in {"http://a/x", "http://b/x"}
    edges.succeeded()
    assert edges.url("/x") == first
    assert edges.failed(now_ms=10)
    assert {first, edges.url("/x")} == {"http://a/x", "http://b/x"}
    assert edges.retry_at_ms == 0


def test_rounds_are_bounded_and_apart() -> None:
    edges = failover(["http://a", "http://b"])
    assert [edges.failed(now_ms=10) for _ in range(4)] == [True, True, True, False]
    assert 1_010 <= edges.retry_at_ms <= 2_010


def test_success_forgives() -> None:
    edges = failover(["http://a"], max_rounds=2)
    for _ in range(5):
        assert edges.failed(now_ms=0)
        edges.succeeded()


def test_another_host_named_by_a_playlist_is_left_alone() -> None:
    assert failover(["http://a"]).url("https://ads.example/x.m4s") == "https://ads.example/x.m4s"


def test_an_edge_is_needed() -> None:
    with pytest.raises(ValueError, match="at least one edge"):
        failover([])
