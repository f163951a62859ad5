"""What may be said to a policy or a rule of admission: its constructor's options, checked beforehand.

Options come from command lines and settings, where a typing error is a text in the place of a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from math import isfinite
from typing import Any

_WORDS = {bool: "true or false", int: "a whole number", float: "a number"}


def options_of(make: Callable[..., object], leading: int = 0) -> dict[str, Parameter]:
    """The parameters of a constructor by name, without the first ``leading`` ones."""
    return dict(list(signature(make).parameters.items())[leading:])


def check_options(what: str, known: Mapping[str, Parameter], options: Mapping[str, object]) -> None:
    """Raises ValueError naming the option that is not known, not given or of another kind, and what is right.

    The kind is that of the default; an option without one counts something. ``what`` is the taker as a
    sentence names it: "the policy 'lru'".
    """
    for option, value in options.items():
        if option not in known:
            has = f"has {', '.join(known)}" if known else "has no options"
            raise ValueError(f"{option}: is no option of {what}, which {has}")
        if not _suits(value, kind := _kind(known[option])):
            raise ValueError(f"{option}: must be {_WORDS.get(kind, 'a function')}, not {value!r}")
    for option, parameter in known.items():
        if parameter.default is Parameter.empty and option not in options:
            raise ValueError(f"{option}: is needed by {what}")


def _kind(parameter: Parameter) -> type[Any]:
    return int if parameter.default is Parameter.empty else type(parameter.default)


def _suits(value: object, kind: type[Any]) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, bool) if kind is bool else callable(value)
