"""A value out of a YAML file that knows where it stands, and reads itself strictly.

Whatever is not understood raises a ScenarioError that names file, case and key, and what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar

import yaml

_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(\d+)(?:\.(\d+))?(ms|s|m|h|d)")

Read = TypeVar("Read")


class ScenarioError(Exception):
    """A case that cannot be understood."""


class At(NamedTuple):
    """A value (a text, a list or a dictionary), and where it stands: file, case and keys."""

    value: Any
    where: str

    def fail(self, message: str) -> ScenarioError:
        """The error, to be raised."""
        return ScenarioError(f"{self.where}: {message}")

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.fail(f"must be a text, not a {kind_of(self.value)}")
        return self.value

    def bytes(self) -> bytes:
        """A text of which each character is a byte."""
        try:
            return self.text().encode("latin-1")
        except UnicodeError as error:
            raise self.fail(f"each character must be one byte, not {self.value!r}") from error

    def number(self) -> int:
        text = self.text()
        if not (text.isascii() and text.isdigit()):
            raise self.fail(f"must be a whole number, not {text!r}")
        return int(text)

    def flag(self) -> bool:
        if self.text() not in ("true", "false"):
            raise self.fail(f"must be true or false, not {self.value!r}")
        return bool(self.value == "true")

    def duration_ms(self) -> int:
        """``5s``, ``1.5h``, ``200ms``: whole milliseconds."""
        found = _DURATION.fullmatch(self.text())
        if found is None:
            units = ", ".join(_UNIT_MS)
            raise self.fail(f"a duration such as 5s, 1.5h or 200ms (units {units}), not {self.value!r}")
        whole, part, unit = found.groups()
        scale = 10 ** len(part or "")
        scaled = (int(whole) * scale + int(part or 0)) * _UNIT_MS[unit]
        if scaled % scale:
            raise self.fail(f"whole milliseconds, not {self.value!r}")
        return scaled // scale

    def items(self) -> list[At]:
        """The items of a list; what is no list stands for a list of one."""
        if not isinstance(self.value, list):
            return [self]
        return [At(value, f"{self.where}[{number}]") for number, value in enumerate(self.value)]

    def each(self, reader: Callable[[At], Read]) -> tuple[Read, ...]:
        """The items of a list, each read so."""
        return tuple(map(reader, self.items()))

    def keys(self, known: Iterable[str] | None = None, required: Iterable[str] = ()) -> Keys:
        """The values by key, all of which must be known; with None, any key is."""
        if not isinstance(self.value, dict):
            raise self.fail(f"must be a mapping, not a {kind_of(self.value)}")
        allowed = tuple(self.value if known is None else known)
        for key in self.value:
            if key not in allowed:
                raise self.fail(f"unknown key {key!r}; {_instead(key, allowed)}")
        for key in required:
            if key not in self.value:
                raise self.fail(f"{key} is missing")
        return Keys({key: At(value, f"{self.where}.{key}") for key, value in self.value.items()})


class Keys(dict[str, At]):
    """The values of a mapping by key."""

    def read(self, key: str, reader: Callable[[At], Read], default: Read) -> Read:
        """One value, or the default where there is none."""
        return reader(self[key]) if key in self else default


def kind_of(value: Any) -> str:
    """What a person calls it."""
    return {dict: "mapping", list: "list", str: "text"}.get(type(value), "nothing")


def _instead(key: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(key, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"


class _Loader(yaml.CBaseLoader):
    """Every scalar a text, so that ``no``, ``1:30`` and ``7200.0`` mean themselves; and no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            problem = f"key {twice!r} stands twice in one mapping"
            raise yaml.constructor.ConstructorError(problem=problem, problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def read_yaml(text: str, file: str) -> Any:
    """What a YAML text says, in texts, lists and dictionaries; ``file`` is its name in errors."""
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise ScenarioError(f"{file}: {error}") from error
