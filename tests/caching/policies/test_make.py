import pytest

from caching.policies import POLICIES, Fifo, Lru, make_policy


@pytest.mark.parametrize(("name", "kind"), [("fifo", Fifo), ("lru", Lru)])
def test_policies_by_name(name: str, kind: type) -> None:
    policy = make_policy(name, 10)
    assert type(policy) is kind and policy.capacity_bytes == 10


def test_a_name_that_is_none_is_told_which_there_are() -> None:
    with pytest.raises(ValueError, match="policy: 'magic' is not one of fifo, lru") as caught:
        make_policy("magic", 10)
    assert all(name in str(caught.value) for name in POLICIES)
