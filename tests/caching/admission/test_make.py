import pytest

from caching.admission import ADMISSIONS, AdaptSize, SizeLimit, admission_options, make_admission


def test_rules_have_names_and_options() -> None:
    assert sorted(ADMISSIONS) == ["adaptsize", "second", "size", "tinylfu"]
    rule = make_admission("adaptsize", interval=77)
    assert isinstance(rule, AdaptSize) and rule.interval == 77
    assert isinstance(make_admission("size", max_bytes=5), SizeLimit)


def test_options_that_must_be_given_are_told() -> None:
    assert admission_options("size") == {"max_bytes": True}
    assert admission_options("second") == {"keys": False, "digest": False}


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("bloom", {}, "admission: 'bloom' is not one of adaptsize, second, size, tinylfu"),
        ("size", {}, "max_bytes: is needed by the rule 'size'"),
        ("size", {"max": 5}, "max: is no option of the rule 'size', which has max_bytes"),
        ("tinylfu", {"sample": 0}, "sample: must be greater than 0, not 0"),
    ],
)
def test_what_is_wrong_is_named(name: str, options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_admission(name, **options)
