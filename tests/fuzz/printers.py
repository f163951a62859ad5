"""The inverse of the parsers: what was understood, as a peer would write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def quoted(value: str) -> str:
    """A quoted-string (RFC 9110 section 5.6.4)."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def directives(found: Mapping[str, str | None]) -> str:
    """Cache-Control (RFC 9111 section 5.2), every argument quoted, since some must be."""
    return ", ".join(name if value is None else f"{name}={quoted(value)}" for name, value in found.items())


def listed(items: Sequence[str]) -> str:
    """A list (RFC 9110 section 5.6.1)."""
    return ", ".join(items)
