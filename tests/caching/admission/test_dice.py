import pytest

from caching.admission.dice import unit_at


def test_the_numbers_are_those_of_splitmix64() -> None:
    # Golden: the first outputs of SplitMix64 from state 0, Steele's reference, as parts of 2 ** 64.
    outputs = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [unit_at(0, n) for n in (1, 2, 3)] == [pytest.approx(output / 2**64) for output in outputs]


def test_they_are_from_0_up_to_1_and_even() -> None:
    rolls = [unit_at(7, n) for n in range(10_000)]
    assert all(0 <= roll < 1 for roll in rolls)
    assert sum(rolls) / len(rolls) == pytest.approx(0.5, abs=0.02)


def test_any_integer_is_a_seed() -> None:
    assert unit_at(-1, 5) == unit_at(2**64 - 1, 5) != unit_at(1, 5)
