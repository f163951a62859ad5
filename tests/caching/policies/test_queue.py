import pytest

from caching.policies.queue import SizedQueue


def filled() -> SizedQueue[str]:
    queue: SizedQueue[str] = SizedQueue()
    for size_bytes, key in enumerate("abc", 1):
        queue.push(key, size_bytes)
    return queue


def test_it_keeps_order_and_sum() -> None:
    queue = filled()
    queue.move_to_end("a")
    assert list(queue) == ["b", "c", "a"] and queue.used_bytes == 6
    assert queue.drop("c") == 3
    assert list(queue) == ["b", "a"] and queue.used_bytes == 3


def test_what_is_not_there_cannot_be_dropped_but_discarded() -> None:
    queue = filled()
    with pytest.raises(KeyError):
        queue.drop("x")
    assert not queue.discard("x") and queue.used_bytes == 6
    assert queue.discard("b") and queue.used_bytes == 4


def test_the_oldest_goes_first() -> None:
    queue = filled()
    assert [queue.drop_oldest() for _ in range(4)] == [True, True, True, False]
    assert queue.used_bytes == 0


def test_the_oldest_may_be_spared() -> None:
    queue = filled()
    assert (queue.oldest(), queue.oldest("a"), queue.oldest("b")) == ("a", "b", "a")
    queue.drop("a")
    queue.drop("b")
    assert queue.oldest("c") is None


def test_a_key_gets_another_size_where_it_stands() -> None:
    queue = filled()
    queue.resized("a", 10)
    assert list(queue) == ["a", "b", "c"] and queue.used_bytes == 15
