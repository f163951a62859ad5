"""Settings from file, environment and flags into one frozen object: defaults < file < environment < flags.

The file is TOML with a table for each component (``[edge]``, ``[edge.cache]``, ``[origin]``). The
environment spells the same path in capitals: ``HEADWATER_EDGE_CACHE_CAPACITY_BYTES``. Whoever sets
something that does not exist, or sets it wrongly, is told by its name.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import msgspec

T = TypeVar("T")


class ConfigError(ValueError):
    """A setting that cannot be had as it was given; the text names it and what would be right."""


def load(
    cls: type[T],
    section: str,
    *,
    file: Path | None,
    environment: Mapping[str, str],
    flags: Mapping[str, Any],
) -> T:
    """The settings of one component. ``flags`` are nested like the dataclass; None means not given."""
    given = _from_file(file, section)
    _merge(given, _from_environment(cls, f"HEADWATER_{section.upper()}", environment))
    _merge(given, _without_none(flags))
    try:
        return msgspec.convert(given, cls, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{section} settings: {error}") from None


def decoded(cls: type[T], line: bytes) -> T:
    """Settings that another process of ours wrote down whole. Raises ConfigError."""
    try:
        return msgspec.json.decode(line, type=cls, strict=False, dec_hook=_decode)
    except msgspec.MsgspecError as error:
        raise ConfigError(f"settings on standard input: {error}") from None


def encoded(settings: object) -> bytes:
    """Settings written down whole, in one line."""
    return msgspec.json.encode(settings, enc_hook=str) + b"\n"


def _from_file(file: Path | None, section: str) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        table = tomllib.loads(file.read_text())
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: is not TOML ({error})") from None
    found = table.get(section, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{file}: [{section}] must be a table")
    return found


def _from_environment(cls: type[Any], prefix: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """What the environment sets of a dataclass, by the names of its fields."""
    given: dict[str, Any] = {}
    hints = get_type_hints(cls)
    for field in dataclasses.fields(cls):
        name, kind = f"{prefix}_{field.name.upper()}", hints[field.name]
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            inner = _from_environment(kind, name, environment)
            if inner:
                given[field.name] = inner
        elif name in environment:
            given[field.name] = environment[name]
    return given


def _without_none(flags: Mapping[str, Any]) -> dict[str, Any]:
    given = {
        name: _without_none(value) if isinstance(value, Mapping) else value for name, value in flags.items()
    }
    return {name: value for name, value in given.items() if value is not None and value != {}}


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> None:
    for name, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(name), dict):
            _merge(base[name], value)
        else:
            base[name] = value


def _decode(kind: type[Any], value: Any) -> Any:
    if issubclass(kind, Path):
        return kind(value)
    raise NotImplementedError(kind)


_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def parse_bytes(text: str) -> int:
    """A size such as ``512MiB`` or ``10GB`` in bytes. Raises ConfigError."""
    number = text.strip().rstrip("BIKMGbikmg")
    unit = text.strip()[len(number) :].upper()
    try:
        return int(float(number) * _UNITS[unit])
    except (KeyError, ValueError):
        raise ConfigError(f"size {text!r}: a number with B, KB, MB, GB, KiB, MiB or GiB") from None


def parse_listen(text: str) -> tuple[str, int]:
    """``HOST:PORT``, or ``:PORT`` for the loopback. Raises ConfigError."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f"listen {text!r}: HOST:PORT such as 127.0.0.1:8080 (port 0: any free one)")
    return host.strip("[]") or "127.0.0.1", int(port)


def parse_pair(text: str) -> tuple[str, str]:
    """``NAME=VALUE``. Raises ConfigError."""
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise ConfigError(f"{text!r}: NAME=VALUE is what it takes")
    return name, value
