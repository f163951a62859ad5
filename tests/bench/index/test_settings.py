import pytest

from bench.index.settings import IndexBenchSettings


@pytest.mark.parametrize(
    ("objects", "sizes"),
    [
        (1000, (1000,)),
        (10_000, (1000, 10_000)),
        (25_000, (1000, 10_000, 25_000)),
        (1_000_000, (1000, 10_000, 100_000, 1_000_000)),
    ],
)
def test_sizes_are_powers_of_ten_and_the_largest(objects: int, sizes: tuple[int, ...]) -> None:
    assert IndexBenchSettings(objects).sizes == sizes


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"objects": 10}, "objects: at least 1000, not 10"),
        ({"lookups": 0}, "lookups: at least 1, not 0"),
        ({"policies": ()}, "policies: at least one"),
        ({"policies": ("magic",)}, "policy: 'magic' is not one of arc"),
    ],
)
def test_what_is_out_of_range_is_named(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        IndexBenchSettings(**given)  # type: ignore[arg-type]
