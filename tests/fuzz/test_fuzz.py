"""A short run of each fuzz target, and the fuzzer on a parser that is wrong."""

from itertools import islice

import pytest

from tests.edge.dry import Way
from tests.fuzz.__main__ import FoundError, run
from tests.fuzz.hotpath import ways
from tests.fuzz.inputs import LONGEST, Inputs
from tests.fuzz.targets import Target, same
from tests.fuzz.wire import ALL

INPUTS = 4000


@pytest.mark.parametrize("name", ALL)
def test_a_short_run_finds_nothing(name: str) -> None:
    run(name, ALL[name], INPUTS, seed=1, tell=False)


@pytest.mark.parametrize("name", ALL)
def test_the_corpus_itself_passes(name: str) -> None:
    for text in ALL[name].corpus:
        ALL[name].check(text)


def test_a_seed_gives_the_same_inputs() -> None:
    target = ALL["headers"]
    one, same_again, other = ([*islice(Inputs(target.corpus, target.words, seed), 500)] for seed in (1, 1, 2))
    assert one == same_again != other
    assert sum(len(text) > 2 * LONGEST for text in one) < 5, "hardly any is long"
    assert len(set(one)) > 400, "hardly any comes twice"


def refuses_quotes(text: str) -> None:
    if '"' in text:
        raise ValueError("a quote")


def forgets_case(text: str) -> None:
    same("word", text, text.lower())


@pytest.mark.parametrize(
    ("check", "message"), [(refuses_quotes, "ValueError: a quote"), (forgets_case, "prints back as")]
)
def test_what_is_found_is_told_with_its_input(check: object, message: str) -> None:
    target = Target(corpus=("abc",), words=('"', "B"), check=check)  # type: ignore[arg-type]
    with pytest.raises(FoundError, match=message) as found:
        run("wrong", target, 2000, seed=1, tell=False)
    assert "\n  input '" in str(found.value)


def test_the_hot_path_is_led_to_each_of_its_ways() -> None:
    before = ways.copy()
    run("hot-path", ALL["hot-path"], INPUTS, seed=2, tell=False)
    taken = ways - before
    assert all(taken[way] > INPUTS // 50 for way in Way), taken
