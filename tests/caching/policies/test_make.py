import random

import pytest

from caching import CacheSettings, Dropped
from caching.cache import Cache
from caching.policies import POLICIES, Lru, S3Fifo, make_hospitable_policy, make_policy, policy_options
from tests.caching.driver import Shelf
from tests.caching.samples import entry, fields

every_policy = pytest.mark.parametrize("name", POLICIES)


@every_policy
def test_policies_by_name(name: str) -> None:
    policy = make_policy(name, capacity_bytes=1000)
    assert type(policy) is POLICIES[name] and policy.capacity_bytes == 1000
    assert policy.admit("a", 1) == [] and "a" in policy


@pytest.mark.parametrize(("name", "kind"), [("lru", Lru), ("s3fifo", S3Fifo)])
def test_a_name_means_its_own_policy(name: str, kind: type) -> None:
    assert POLICIES[name] is kind


def test_a_name_that_is_none_is_told_which_there_are() -> None:
    for ask in (make_policy, lambda name, _: policy_options(name)):
        with pytest.raises(ValueError, match="policy: 'magic' is not one of ") as caught:
            ask("magic", 10)
        assert all(name in str(caught.value) for name in POLICIES)


def test_options_reach_the_policy() -> None:
    policy = make_policy("s3fifo", capacity_bytes=100, small_ratio=0.5, promote_hits=1)
    assert isinstance(policy, S3Fifo)
    assert (policy.small_ratio, policy.promote_hits, policy.ghost_ratio) == (0.5, 1, 0.9)


def test_hospitable_is_a_policy_that_could_refuse_large_objects() -> None:
    assert make_policy("s3fifo", 100).admit("a", 90) == ["a"]
    assert make_hospitable_policy("s3fifo", 100).admit("a", 90) == []
    assert make_hospitable_policy("s3fifo", 100, admit_large=False).admit("a", 90) == ["a"]
    assert make_hospitable_policy("lru", 100).admit("a", 90) == []


@every_policy
def test_an_option_that_is_none_is_told_which_there_are(name: str) -> None:
    with pytest.raises(
        ValueError, match=f"colour: is no option of the policy '{name}', which has "
    ) as caught:
        make_policy(name, 100, colour="red")
    assert all(option in str(caught.value) for option in policy_options(name))


def test_a_policy_without_options_says_so() -> None:
    assert policy_options("lru") == ()
    with pytest.raises(ValueError, match=r"'lru', which has no options$"):
        make_policy("lru", 100, small_ratio=0.1)


def test_an_option_out_of_range_is_the_policys_own_complaint() -> None:
    with pytest.raises(ValueError, match=r"small_ratio: must be between 0 and 1, not 2"):
        make_policy("s3fifo", 100, small_ratio=2)


@every_policy
def test_every_policy_drives_an_edges_index(name: str) -> None:
    """Fills, hits, replacements and removals: index, policy and bodies tell the same story all the time."""
    shelf, dice = Shelf(), random.Random(7)
    settings = CacheSettings(policy=name, capacity_bytes=8000, entry_overhead_bytes=10)
    index = Cache(settings, shelf.on_dropped).index
    shelf.open(0)
    assert index.commit(entry("/large", 0, size_bytes=7990)).admitted, "as large as the cache"
    for serial in range(1, 2000):
        wanted = entry(f"/{int(dice.paretovariate(0.7)) % 300}", serial, size_bytes=dice.randrange(400))
        found = index.find(wanted.key, fields()).entry
        if found is not None and dice.random() < 0.8:
            index.policy.hit(found.id)
        elif found is not None and dice.random() < 0.5:
            index.remove(found, Dropped.PURGED)
        else:
            shelf.open(serial)
            index.commit(wanted)
        held = list(index._by_id.values())
        assert index.policy.used_bytes == sum((each.size_bytes or 0) + 10 for each in held) <= 8000
        assert shelf.kept == {each.serial for each in held}
        assert len(index.policy) == len(held) and all(each.id in index.policy for each in held)
    assert {Dropped.EVICTED, Dropped.REPLACED, Dropped.PURGED} <= set(shelf.causes)
    assert shelf.causes.count(Dropped.EVICTED) > 50
