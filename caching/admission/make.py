"""Admission rules by name, for settings and command lines."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter
from typing import Any

from caching.admission.adaptsize import AdaptSize
from caching.admission.protocol import Admission
from caching.admission.second import SecondRequest
from caching.admission.size import SizeLimit
from caching.admission.tinylfu import TinyLfu
from caching.options import check_options, options_of

ADMISSIONS: dict[str, Callable[..., Admission[Any]]] = {
    "size": SizeLimit,
    "second": SecondRequest,
    "tinylfu": TinyLfu,
    "adaptsize": AdaptSize,
}


def admission_options(name: str) -> dict[str, bool]:
    """The options of a rule, and which must be given. Raises ValueError naming the rules there are."""
    if name not in ADMISSIONS:
        raise ValueError(f"admission: {name!r} is not one of {', '.join(sorted(ADMISSIONS))}")
    known = options_of(ADMISSIONS[name])
    return {option: parameter.default is Parameter.empty for option, parameter in known.items()}


def make_admission(name: str, **options: Any) -> Admission[Any]:
    """The admission rule of that name, with its options.

    Raises ValueError naming the rules there are, or the options that the rule has, when it is asked for
    another one or not given one that it needs; and what its constructor raises for a value out of range.
    """
    admission_options(name)
    check_options(f"the rule {name!r}", options_of(ADMISSIONS[name]), options)
    return ADMISSIONS[name](**options)
