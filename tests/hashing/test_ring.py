import os
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashing import MAX_WEIGHT, REPLICAS_PER_WEIGHT, EmptyRingError, Ring

names = st.text(min_size=1, max_size=12)
rings = st.dictionaries(names, st.sampled_from([0.25, 0.5, 1, 2, 3]), min_size=1, max_size=6).map(Ring)
keys = st.lists(st.text(max_size=30), min_size=1, max_size=40)


def urls(count: int) -> list[str]:
    return [f"http://cdn.example/vod/asset-{i % 97}/v720/{i}.m4s" for i in range(count)]


def test_golden_owners() -> None:
    ring = Ring({"edge-1": 1, "edge-2": 1, "edge-3": 2})
    assert ring.owner("/a") == "edge-1"
    assert ring.owners("/a", 3) == ("edge-1", "edge-2", "edge-3")
    assert "".join(ring.owner(url)[-1] for url in urls(24)) == "121123321313311332331233"


@pytest.mark.parametrize("hash_seed", ["0", "77"])
def test_a_fresh_process_gives_the_same_owners(hash_seed: str) -> None:
    program = (
        "from hashing import Ring\n"
        "ring = Ring({'b': 2, 'a': 1, 'ü': 0.5})\n"
        f"print(*[ring.owners(key, 3) for key in {urls(200)!r}], sep='\\n')"
    )
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"}
    output = subprocess.check_output([sys.executable, "-c", program], env=environment, encoding="utf-8")
    ring = Ring({"a": 1, "ü": 0.5, "b": 2})
    assert output.splitlines() == [str(ring.owners(key, 3)) for key in urls(200)]


@settings(max_examples=60, deadline=None)
@given(rings, names, st.sampled_from([0.25, 1, 4]), keys)
def test_a_node_that_comes_takes_keys_and_moves_no_other(
    ring: Ring, name: str, weight: float, keys: list[str]
) -> None:
    before = ring.without_node(name) if name in ring.nodes else ring
    after = before.with_node(name, weight)
    for key in keys:
        if before.nodes and after.owner(key) != name:
            assert after.owner(key) == before.owner(key)


@settings(max_examples=60, deadline=None)
@given(rings, st.data(), keys)
def test_a_node_that_goes_hands_its_keys_to_the_next_of_the_walk(
    ring: Ring, data: st.DataObject, keys: list[str]
) -> None:
    name = data.draw(st.sampled_from(ring.nodes))
    after = ring.without_node(name)
    for key in keys:
        assert after.owners(key, 9) == tuple(node for node in ring.walk(key) if node != name)


@settings(max_examples=60, deadline=None)
@given(rings, st.data(), keys)
def test_a_heavier_weight_only_brings_keys(ring: Ring, data: st.DataObject, keys: list[str]) -> None:
    name = data.draw(st.sampled_from(ring.nodes))
    heavier = ring.with_node(name, ring.weights[name] + 1)
    for key in keys:
        assert heavier.owner(key) in {name, ring.owner(key)}


@settings(max_examples=60, deadline=None)
@given(rings, keys)
def test_the_walk_meets_every_node_once_from_the_owner_on(ring: Ring, keys: list[str]) -> None:
    for key in keys:
        walk = list(ring.walk(key))
        assert sorted(walk) == sorted(ring.nodes)
        assert walk[0] == ring.owner(key)
        assert ring.owners(key, 2) == tuple(walk[:2])


@pytest.mark.parametrize("count", [2, 3, 10, 50])
def test_equal_nodes_get_equal_shares_within_the_stated_bound(count: int) -> None:
    ring = Ring({f"edge-{i}": 1 for i in range(count)})
    owned = Counter(ring.owner(url) for url in urls(2_000 * count))
    assert set(owned) == set(ring.nodes)
    assert all(0.65 < keys / 2_000 < 1.35 for keys in owned.values())


def test_shares_follow_the_weights() -> None:
    ring = Ring({"small": 1, "large": 3})
    owned = Counter(ring.owner(url) for url in urls(20_000))
    assert 2.6 < owned["large"] / owned["small"] < 3.4


def test_a_newcomer_takes_its_share() -> None:
    before = Ring({f"edge-{i}": 1 for i in range(9)})
    after = before.with_node("edge-9")
    moved = sum(before.owner(url) != after.owner(url) for url in urls(20_000))
    assert 0.065 < moved / 20_000 < 0.135


def test_rings_are_immutable() -> None:
    weights = {"a": 1.0}
    ring = Ring(weights)
    weights["b"] = 1.0
    ring.with_node("c")
    assert ring.nodes == ("a",)
    with pytest.raises(TypeError):
        ring.weights["d"] = 1  # type: ignore[index]


def test_an_empty_ring_says_so() -> None:
    ring = Ring({"a": 1}).without_node("a")
    assert ring.nodes == ring.owners("/x", 3) == tuple(ring.walk("/x")) == ()
    with pytest.raises(EmptyRingError, match=r"no node owns '/x': the ring is empty"):
        ring.owner("/x")


@pytest.mark.parametrize("weight", [0, -1, float("nan"), float("inf"), 0.001, MAX_WEIGHT + 1])
def test_a_bad_weight_is_named(weight: float) -> None:
    with pytest.raises(ValueError, match=rf"weight of node 'b' is {weight!r}: it must be a number above 0"):
        Ring({"a": 1, "b": weight})


def test_a_node_needs_a_name() -> None:
    with pytest.raises(ValueError, match="needs a name"):
        Ring({"": 1})


def test_only_a_node_of_the_ring_can_go() -> None:
    with pytest.raises(LookupError, match=r"no node 'b' in <Ring a\*1; 160 points>"):
        Ring({"a": 1}).without_node("b")


def test_repr() -> None:
    assert repr(Ring({"b": 2, "a": 0.5})) == f"<Ring a*0.5, b*2; {5 * REPLICAS_PER_WEIGHT // 2} points>"
    assert repr(Ring({})) == "<Ring empty; 0 points>"
