from hypothesis import given
from hypothesis import strategies as st

from caching import Entry
from caching.equivalents import Equivalents
from caching.searches import BY_ALL, answers
from tests.caching.samples import entry, key_of


def of(*entries: Entry) -> Equivalents:
    made = Equivalents()
    for each in entries:
        made.add(each)
    return made


def serials(found: list[Entry]) -> list[int]:
    return [each.serial for each in found]


def test_an_entry_answers_the_queries_that_it_says() -> None:
    made = of(entry("/a?x=1&y=1", no_vary_search='params=("x")'), entry("/a?z=1", 2))
    assert serials(made.of(key_of("/a?y=1"))) == serials(made.of(key_of("/a?y=1&x=9"))) == [1]
    assert made.of(key_of("/a?y=2")) == made.of(key_of("/a?z=1")) == made.of(key_of("/b?y=1")) == []


def test_several_variances_of_a_path_count_but_not_any_number() -> None:
    texts = [f'params=("{name}")' for name in "abcdef"]
    made = of(*(entry("/p?q=1", n, no_vary_search=text) for n, text in enumerate(texts)))
    assert serials(made.of(key_of("/p?q=1"))) == [0, 1, 2, 3]
    assert serials(made.of(key_of("/p?q=1&b=1"))) == [1]
    made.discard(entry("/p?q=1", 5, no_vary_search=texts[5]))
    assert len(made) == 4


targets = st.sampled_from(["/a", "/a?", "/a?x=1", "/a?x=2", "/a?y=1&x=1", "/a?y=1", "/b?x=1", "/b"])
said = st.sampled_from(["", "params", 'params=("x")', 'params, except=("x")', "key-order"])


@given(st.lists(st.tuples(targets, said, st.booleans()), max_size=20), targets)
def test_it_holds_what_answers_and_forgets_what_is_discarded(
    steps: list[tuple[str, str, bool]], asked: str
) -> None:
    made, held = Equivalents(), dict[str, Entry]()
    for target, text, stays in steps:
        each = entry(target, no_vary_search=text)
        if each.id in held:
            made.discard(held.pop(each.id))
        if stays:
            held[each.id] = each
            made.add(each)
    speaking = [each for each in held.values() if each.variance != BY_ALL]
    if len({(each.key.partition("?")[0], each.variance) for each in speaking}) <= 4:
        found = [each.id for each in speaking if answers(each.key, key_of(asked), each.variance)]
        assert sorted(each.id for each in made.of(key_of(asked))) == sorted(found)
        assert len(made) == len(speaking)
    for each in held.values():
        made.discard(each)
    assert len(made) == 0 and made.of(key_of(asked)) == []
