from __future__ import annotations

from collections.abc import Callable

import pytest

from caching.options import check_options, options_of


def taker(
    capacity: int,
    *,
    need: int,
    ratio: float = 0.1,
    count: int = 2,
    big: bool = False,
    of: Callable[..., int] = hash,
) -> None:
    """Something with an option of each kind."""


KNOWN = options_of(taker, 1)


def test_the_first_parameters_are_no_options() -> None:
    assert list(KNOWN) == ["need", "ratio", "count", "big", "of"]


@pytest.mark.parametrize(
    "options", [{}, {"ratio": 1}, {"ratio": 0.5}, {"count": 3}, {"big": True}, {"of": len}]
)
def test_what_is_right(options: dict[str, object]) -> None:
    check_options("it", KNOWN, {"need": 1, **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "need: is needed by it"),
        ({"need": 1, "colour": 1}, "colour: is no option of it, which has need, ratio, count, big, of"),
        ({"need": "x"}, "need: must be a whole number, not 'x'"),
        ({"need": True}, "need: must be a whole number, not True"),
        ({"need": 1, "ratio": "x"}, "ratio: must be a number, not 'x'"),
        ({"need": 1, "ratio": float("nan")}, "ratio: must be a number, not nan"),
        ({"need": 1, "ratio": float("inf")}, "ratio: must be a number, not inf"),
        ({"need": 1, "ratio": True}, "ratio: must be a number, not True"),
        ({"need": 1, "count": 1.5}, "count: must be a whole number, not 1.5"),
        ({"need": 1, "big": 1}, "big: must be true or false, not 1"),
        ({"need": 1, "of": "x"}, "of: must be a function, not 'x'"),
    ],
)
def test_what_is_wrong_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        check_options("it", KNOWN, options)


def test_a_taker_without_options_says_so() -> None:
    with pytest.raises(ValueError, match="x: is no option of it, which has no options"):
        check_options("it", {}, {"x": 1})
