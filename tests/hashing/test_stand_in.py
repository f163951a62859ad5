from hypothesis import given
from hypothesis import strategies as st

from hashing import Ring, node_to_ask

RING = Ring({f"edge-{n}": 1 for n in range(5)})


@given(st.text(), st.sets(st.sampled_from(RING.nodes)), st.sampled_from(RING.nodes))
def test_the_first_healthy_node_of_the_walk_is_asked(key: str, ailing: set[str], asking: str) -> None:
    walk = [name for name in RING.walk(key) if name == asking or name not in ailing]
    expected = None if walk[0] == asking else walk[0]
    assert node_to_ask(RING, key, asking, ailing.__contains__) == expected


def test_nobody_is_left_for_one_who_is_not_in_the_ring() -> None:
    assert node_to_ask(RING, "key", "outsider", lambda _: True) is None
    assert node_to_ask(Ring({}), "key", "outsider", lambda _: False) is None
