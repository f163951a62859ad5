from caching.policies.lfu import Lfu
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = Lfu


def filled(keys: str = "abc") -> Lfu[str]:
    policy: Lfu[str] = Lfu(10 * len(keys))
    for key in keys:
        assert policy.admit(key, 10) == []
    return policy


def test_the_least_frequently_used_goes() -> None:
    lfu = filled("abc")
    for key in "aabcc":
        lfu.hit(key)
    assert lfu.victim() == "b"
    assert lfu.admit("d", 10) == ["b"]
    # The newcomer has one use, and is the next.
    assert lfu.admit("e", 10) == ["d"]


def test_of_equals_the_one_goes_whose_last_use_is_longest_ago() -> None:
    lfu = filled("abc")
    for key in "bac":
        lfu.hit(key)
    assert lfu.resize(10) == ["b", "a"]


def test_a_key_that_comes_back_begins_anew() -> None:
    lfu = filled("ab")
    for key in "aaab":
        lfu.hit(key)
    lfu.remove("a")
    lfu.admit("a", 10)
    assert lfu.admit("c", 10) == ["a"]


def test_a_key_that_grows_is_spared_and_keeps_its_uses() -> None:
    lfu = filled("abc")
    for key in "bbcc":
        lfu.hit(key)
    assert lfu.admit("a", 20) == ["b"]
    lfu.resize(40)
    assert lfu.admit("d", 20) == ["a"]


def test_what_was_removed_leaves_little_behind() -> None:
    lfu: Lfu[int] = Lfu(10)
    lfu.admit(0, 1)
    for key in range(1, 1000):
        lfu.admit(key, 1)
        lfu.remove(key)
    assert len(lfu._heap) < 100
