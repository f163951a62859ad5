from collections import Counter
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashing import EmptyRingError, Ring, bounded_owner, capacities

nodes = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(st.sampled_from([0.5, 1, 2, 3]), st.integers(0, 50)),
    min_size=1,
)
factors = st.floats(1, 3)


def test_an_idle_tier_leaves_every_key_to_its_owner() -> None:
    ring = Ring({"a": 1, "b": 1, "c": 1})
    assert all(bounded_owner(ring, f"/{i}", {}) == ring.owner(f"/{i}") for i in range(100))


def test_a_full_owner_passes_the_key_on_along_the_walk() -> None:
    ring = Ring({"a": 1, "b": 1, "c": 1})
    first, second, third = ring.walk("/x")
    # ceil(1.25 * 10 / 3) = 5 for each
    assert bounded_owner(ring, "/x", {first: 4, second: 5}) == first
    assert bounded_owner(ring, "/x", {first: 5, second: 4}) == second
    assert bounded_owner(ring, "/x", {first: 5, second: 5, third: 1}) == third


def test_capacities_follow_the_weights() -> None:
    ring = Ring({"small": 1, "large": 3})
    assert capacities(ring, {"small": 3, "large": 4, "gone": 1_000}, factor=1.5) == {"small": 3, "large": 9}


@settings(deadline=None)
@given(nodes, factors, st.text(max_size=20))
def test_the_first_node_with_room_is_found_and_stays_within_its_capacity(
    nodes: dict[str, tuple[float, int]], factor: float, key: str
) -> None:
    ring = Ring({name: weight for name, (weight, _) in nodes.items()})
    loads = {name: load for name, (_, load) in nodes.items()}
    room = capacities(ring, loads, factor)
    chosen = bounded_owner(ring, key, loads, factor)
    assert loads[chosen] + 1 <= room[chosen]
    walk = list(ring.walk(key))
    assert all(loads[name] >= room[name] for name in walk[: walk.index(chosen)])


@settings(deadline=None, max_examples=30)
@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([1, 2, 3]), min_size=1),
    factors,
    st.lists(st.integers(0, 5), max_size=120),
)
def test_however_skewed_the_keys_no_node_ends_above_its_bound(
    weights: dict[str, float], factor: float, keys: list[int]
) -> None:
    ring = Ring(weights)
    loads: Counter[str] = Counter()
    for key in keys:
        loads[bounded_owner(ring, f"/{key}", loads, factor)] += 1
    fair = {name: len(keys) * weight / sum(weights.values()) for name, weight in weights.items()}
    assert all(loads[name] <= ceil(factor * fair[name] + 1e-9) for name in weights)


def test_an_empty_ring_says_so() -> None:
    with pytest.raises(EmptyRingError, match="the ring is empty"):
        bounded_owner(Ring({}), "/x", {})


@pytest.mark.parametrize("factor", [0.99, 0, -1, float("nan")])
def test_a_factor_under_one_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match=r"bounded-load factor is .*: it must be at least 1"):
        bounded_owner(Ring({"a": 1}), "/x", {}, factor)
