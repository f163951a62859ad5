"""Working ahead changes neither order nor errors, and stops with its reader."""

import threading
from collections.abc import Iterator

import pytest

from simulator.ahead import ahead


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ahead"]


def test_all_items_come_in_order() -> None:
    assert list(ahead(range(100), depth=3)) == list(range(100))


def test_another_thread_works_at_most_so_far_ahead() -> None:
    made: list[tuple[int, str]] = []
    second = threading.Event()

    def items() -> Iterator[int]:
        for n in range(10):
            made.append((n, threading.current_thread().name))
            if n == 2:
                second.set()
            yield n

    stream = ahead(items(), depth=2)
    assert next(stream) == 0
    assert second.wait(5), "while item 0 is used the two behind it are made"
    assert [n for n, _ in made] == [0, 1, 2]
    assert all(name == "ahead" for _, name in made)
    (worker,) = workers()
    stream.close()  # type: ignore[attr-defined]
    worker.join(5)
    assert not workers()
    assert len(made) == 3


def test_an_error_comes_after_what_went_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    stream = ahead(items())
    assert next(stream) == 1
    with pytest.raises(ValueError, match="broken"):
        next(stream)


def test_whoever_stops_does_not_wait_for_a_worker_that_is_stuck() -> None:
    silent = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        silent.wait(60)
        yield 2

    stream = ahead(items())
    assert next(stream) == 1
    stream.close()  # type: ignore[attr-defined]
    (worker,) = workers()
    assert worker.is_alive()
    silent.set()
    worker.join(5)
    assert not workers()
