from caching.policies.lfuda import LfuDa
from caching.policies.ranked import ORPHANS, Ranked
from tests.caching.policies.asking import requested


def filled(count: int) -> Ranked[int]:
    policy: Ranked[int] = LfuDa(count)
    for key in range(count):
        policy.admit(key, 1)
    return policy


def test_of_equals_the_one_asked_for_longer_ago_goes() -> None:
    policy: Ranked[str] = LfuDa(3)
    assert requested(policy, "abcabde") == "ca"


def test_who_grows_is_spared_though_it_is_the_least() -> None:
    policy = filled(3)
    assert policy.admit(1, 2) == [0]
    policy.hit(2)
    assert policy.admit(1, 3) == [2]


def test_what_was_removed_leaves_no_trace_in_the_order() -> None:
    policy = filled(3)
    policy.remove(0)
    policy.admit(0, 1)
    assert policy.admit(9, 1) == [1]
    assert policy.admit(8, 1) == [2]
    assert policy.admit(7, 1) == [0]


def test_the_heap_stays_small_however_many_are_removed() -> None:
    policy = filled(100)
    for round_ in range(5000):
        policy.remove(50 + round_ % 50)
        policy.admit(50 + round_ % 50, 1)
        assert len(policy._heap) <= 2 * 100 + ORPHANS + 1
    assert policy.admit(100, 1) == [0]
