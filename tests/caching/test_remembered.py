from caching.remembered import Remembered


def test_a_key_is_known_for_a_while_since_it_was_last_remembered() -> None:
    remembered = Remembered(100)
    remembered.remember("a", 0)
    assert remembered.knows("a", 99) and not remembered.knows("a", 100) and not remembered.knows("b", 0)
    remembered.remember("a", 50)
    assert remembered.knows("a", 149)
    remembered.forget("a")
    remembered.forget("a")
    assert not remembered.knows("a", 50)


def test_of_too_many_the_oldest_is_forgotten() -> None:
    remembered = Remembered(100, limit=2)
    for at_ms, key in enumerate("abac"):
        remembered.remember(key, at_ms)
    assert [key for key in "abc" if remembered.knows(key, 4)] == ["a", "c"] and len(remembered) == 2


def test_for_no_time_nothing_is_known() -> None:
    remembered = Remembered(0)
    remembered.remember("a", 5)
    assert not remembered.knows("a", 5)
