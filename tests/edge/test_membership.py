"""Who is asked for a key."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.membership import Membership
from hashing import Ring

TIER = [(f"edge-{number}", f"http://127.0.0.1:{number}", 1) for number in range(1, 6)]
KEYS = [f"http://origin/{number}" for number in range(400)]


def member(name: str = "edge-1", weight: int = 1, peers: dict[str, str] | None = None) -> Membership:
    return Membership(name, weight, peers or {}, retry_ms=1_000)


def tier() -> dict[str, Membership]:
    """Every node's view of the same five."""
    views = {name: member(name) for name, _, _ in TIER}
    for view in views.values():
        view.update(TIER)
    return views


def asked(view: Membership, key: str, now_ms: int = 0) -> str:
    """The name of who fetches a key from the origin, when this node wants it."""
    peer = view.peer_for(key, now_ms)
    return view.name if peer is None else peer[0]


def test_a_node_alone_asks_the_origin() -> None:
    alone = member()
    assert alone.names == ("edge-1",) and all(alone.peer_for(key, 0) is None for key in KEYS)


def test_all_agree_on_the_owner_and_the_owner_asks_the_origin() -> None:
    ring, views = Ring({name: 1 for name, _, _ in TIER}), tier()
    for key in KEYS:
        assert {asked(view, key) for view in views.values()} == {ring.owner(key)}
    assert {asked(views["edge-1"], key) for key in KEYS} == set(views)  # each owns something


def test_a_peer_is_named_with_its_address() -> None:
    view, urls = tier()["edge-1"], {name: url for name, url, _ in TIER}
    for key in KEYS:
        peer = view.peer_for(key, 0)
        assert peer is None or (peer[0] != "edge-1" and peer[1] == urls[peer[0]])


def test_all_agree_on_who_stands_in_for_an_ailing_owner() -> None:
    ring, views = Ring({name: 1 for name, _, _ in TIER}), tier()
    for view in views.values():
        view.pass_over("edge-3", now_ms=0)
    for key in KEYS:
        owner, *others = ring.walk(key)
        expected = owner if owner != "edge-3" else others[0]
        healthy = {asked(view, key, 999) for name, view in views.items() if name != "edge-3"}
        assert healthy == {expected}


def test_an_ailing_peer_is_asked_again_after_a_while() -> None:
    view = tier()["edge-1"]
    key = next(key for key in KEYS if asked(view, key) == "edge-3")
    view.pass_over("edge-3", now_ms=500)
    assert asked(view, key, 1_499) != "edge-3" and asked(view, key, 1_500) == "edge-3"


def test_when_all_peers_ail_the_origin_is_asked() -> None:
    view = tier()["edge-1"]
    for name, _, _ in TIER:
        view.pass_over(name, now_ms=0)
    assert all(view.peer_for(key, 1) is None for key in KEYS)


def test_members_come_and_go_and_this_node_stays() -> None:
    view = member(peers={"edge-9": "http://127.0.0.1:9"})
    assert list(view.names) == ["edge-1", "edge-9"]
    view.update(TIER[:2])
    assert list(view.names) == ["edge-1", "edge-2", "edge-9"]
    view.update([])
    assert list(view.names) == ["edge-1", "edge-9"]


def test_a_member_that_came_back_elsewhere_is_asked_there() -> None:
    view = member()
    view.update(TIER[:2])
    key = next(key for key in KEYS if view.peer_for(key, 0) is not None)
    view.update([("edge-2", "http://127.0.0.1:222", 1)])
    assert view.peer_for(key, 0) == ("edge-2", "http://127.0.0.1:222")


def test_this_node_is_never_its_own_peer_whatever_it_is_told() -> None:
    view = member(peers={"edge-1": "http://127.0.0.1:1"})
    view.update([("edge-1", "http://127.0.0.1:1", 5)])
    assert view.names == ("edge-1",) and all(view.peer_for(key, 0) is None for key in KEYS)


def test_a_weight_is_a_share_of_the_keys() -> None:
    view = member(weight=1)
    view.update([("edge-2", "http://127.0.0.1:2", 3)])
    share = sum(asked(view, key) == "edge-2" for key in KEYS) / len(KEYS)
    assert 0.65 < share < 0.85
    even = member(weight=3)
    even.update([("edge-2", "http://127.0.0.1:2", 3)])
    assert 0.35 < sum(asked(even, key) == "edge-2" for key in KEYS) / len(KEYS) < 0.65


@settings(max_examples=50)
@given(st.sets(st.sampled_from([name for name, _, _ in TIER])), st.text(max_size=20))
def test_whoever_ails_a_healthy_node_is_asked_or_the_asker_itself(ailing: set[str], key: str) -> None:
    view = member("edge-2")
    view.update(TIER)
    for name in ailing:
        view.pass_over(name, now_ms=0)
    assert asked(view, key, 1) not in ailing - {"edge-2"}
