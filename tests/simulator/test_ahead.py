"""Working ahead changes neither order nor errors, and stops with its reader."""

import threading
from collections.abc import Iterator

import pytest

from simulator.ahead import ahead


def test_all_items_come_in_order() -> None:
    assert list(ahead(range(100), depth=3)) == list(range(100))


def test_another_thread_works_at_most_so_far_ahead() -> None:
    made: list[tuple[int, str]] = []
    two = threading.Event()

    def items() -> Iterator[int]:
        for n in range(10):
            made.append((n, threading.current_thread().name))
            if n == 2:
                two.set()
            yield n

    stream = ahead(items(), depth=2)
    assert next(stream) == 0
    assert two.wait(5), "while item 0 is used, items 1 and 2 are made"
    assert [n for n, _ in made] == [0, 1, 2]
    assert all(name.startswith("ahead") for _, name in made)
    stream.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_an_error_comes_after_what_went_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    stream = ahead(items())
    assert next(stream) == 1
    with pytest.raises(ValueError, match="broken"):
        next(stream)
