"""Reads behaviour cases from YAML, strictly; README.md describes the form.

Each function here reads one kind of mapping. All raise ScenarioError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from caching import CacheSettings, Failure, Purge, Scope
from caching.fields import format_http_date
from caching.headers import Pair
from tests.scenarios.at import At, Keys, ScenarioError, kind_of, read_yaml
from tests.scenarios.case import (
    LEGS,
    NODE,
    SITE,
    T0_MS,
    Answer,
    Ask,
    Case,
    Expected,
    Fields,
    Interim,
    Sent,
    Step,
    Wanted,
)

_DATE = re.compile(r"@([+-])(.*)")
_OFTEN = re.compile(r"(\d+)(?:-(\d+))?")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FAILURES = {"down": Failure.UNREACHABLE, "silent": Failure.TIMEOUT}
_BODYLESS = (204, 304)


def load_folder(folder: Path) -> list[Case]:
    """The cases of every YAML file in a folder, in the order of file names."""
    return [case for path in sorted(folder.glob("*.yaml")) for case in parse(path.read_text(), path.stem)]


def parse(text: str, file: str) -> list[Case]:
    """The cases of a text; ``file`` is its name in ids and errors."""
    found = read_yaml(text, file)
    if not isinstance(found, list):
        raise ScenarioError(f"{file}: must be a list of cases, not a {kind_of(found)}")
    cases: dict[str, Case] = {}
    for number, value in enumerate(found):
        case = _case(At(value, f"{file}:{_name(value, number)}"), file)
        if case.id in cases:
            raise ScenarioError(f"{case.name}: id: another case of this file has it; give each its own")
        cases[case.id] = case
    return [*cases.values()]


def _name(value: Any, number: int) -> str:
    named = isinstance(value, dict) and isinstance(value.get("id"), str)
    return value["id"] if named else f"case {number + 1}"


_CASE = ("id", "section", "rule", "settings", "legs", "why", "xfail", "steps")


def _case(at: At, file: str) -> Case:
    keys = at.keys(_CASE, required=("id", "section", "rule", "steps"))
    settings, preserve_host = keys.read("settings", _settings, ({}, True))
    case = Case(
        file=file,
        id=_id(keys["id"]),
        section=keys["section"].text(),
        rule=_sentence(keys["rule"]),
        settings=settings,
        preserve_host=preserve_host,
        legs=keys.read("legs", _legs, LEGS),
        why=keys.read("why", _sentence, ""),
        xfail=keys.read("xfail", _xfail, {}),
        steps=keys["steps"].each(_step),
    )
    if not case.steps:
        raise keys["steps"].fail("a case has at least one step")
    if bool(case.why) == (case.legs == LEGS):
        raise at.fail("legs and why go together: say why a case does not run in every leg")
    if case.is_raw and case.legs != ("live",):
        raise at.fail("raw bytes are for the leg that has a wire: legs: [live]")
    return case


def _id(at: At) -> str:
    if not _ID.fullmatch(at.text()):
        raise at.fail(f"lower-case words with '-' between them, not {at.value!r}")
    return at.text()


def _sentence(at: At) -> str:
    if not at.text().endswith("."):
        raise at.fail("must be a sentence, with a full stop")
    return at.text()


def _settings(at: At) -> tuple[dict[str, Any], bool]:
    """Fields of CacheSettings, of the kinds that they have there; and preserve_host of the edge's."""
    defaults = CacheSettings()
    keys = at.keys((*(item.name for item in fields(CacheSettings)), "preserve_host"))
    preserve_host = keys.pop("preserve_host").flag() if "preserve_host" in keys else True
    settings = {name: _like(item, getattr(defaults, name)) for name, item in keys.items()}
    try:
        CacheSettings(**settings)
    except (TypeError, ValueError) as error:
        raise at.fail(str(error)) from error
    return settings, preserve_host


def _like(at: At, default: Any) -> Any:
    """A value of the kind of ``default``."""
    match default:
        case bool():
            return at.flag()
        case int():
            return at.number()
        case frozenset():
            return frozenset(at.each(At.text))
        case _:
            return _plain(at.value)


def _plain(value: Any) -> Any:
    """Numbers and flags as such, keys as texts, lists as tuples: for a default that says no kind."""
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return tuple(map(_plain, value))
        case "true" | "false":
            return value == "true"
        case str() if value.isascii() and value.isdigit():
            return int(value)
    return value


def _legs(at: At) -> tuple[str, ...]:
    for item in at.items():
        if item.text() not in LEGS:
            raise item.fail(f"one of {', '.join(LEGS)}, not {item.value!r}")
    return tuple(leg for leg in LEGS if leg in at.each(At.text))


def _xfail(at: At) -> dict[str, str]:
    """What is missing: in every leg, or by leg."""
    if isinstance(at.value, str):
        return dict.fromkeys(LEGS, _said(at))
    return {leg: _said(item) for leg, item in at.keys(LEGS).items()}


def _said(at: At) -> str:
    if not at.text():
        raise at.fail("say what is missing")
    return at.text()


_ASK = ("send", "raw", "with", "body", "expect")
_STEP = (*_ASK, "after", "at_once", "purge", "origin", "asked")


def _step(at: At) -> Step:
    keys = at.keys(_STEP)
    own = {key: at.value[key] for key in _ASK if key in keys}
    if own and "at_once" in keys:
        raise at.fail("either send, or at_once with a list of them")
    if not keys:
        raise at.fail(f"an empty step; known are {', '.join(_STEP)}")
    asks = keys["at_once"].each(_ask) if "at_once" in keys else (_ask(At(own, at.where)),) if own else ()
    if ("origin" in keys or "asked" in keys) and not asks:
        raise at.fail("nothing is sent, so the origin has nothing to do with it")
    answers = keys["origin"].each(_answer) if "origin" in keys else ()
    if len(answers) > 1 and any(answer.failure is Failure.UNREACHABLE for answer in answers):
        raise keys["origin"].fail("an origin is down for the whole of a step")
    times, wanted = _asked(keys.get("asked"), answers)
    return Step(
        after_ms=keys.read("after", At.duration_ms, 0),
        purge=keys.read("purge", _purge, None),
        asks=asks,
        answers=answers,
        times=times,
        wanted=wanted,
    )


def _purge(at: At) -> Purge | None:
    keys = at.keys(("url", "prefix", "tag", "all", "soft"))
    named = [name for name in keys if name != "soft"]
    if len(named) != 1:
        raise at.fail("one of url, prefix, tag and all says what to purge")
    value = "" if named[0] == "all" else keys[named[0]].text()
    return Purge(Scope(named[0]), value, keys.read("soft", At.flag, False))


def _ask(at: At) -> Ask:
    keys = at.keys(_ASK)
    expected = keys.read("expect", _expected, Expected())
    if "raw" in keys:
        if set(keys) - {"raw", "expect"}:
            raise at.fail("raw is all that is sent: no send, with or body beside it")
        return Ask(Sent("RAW", "", raw=keys["raw"].bytes()), expected)
    if "send" not in keys:
        raise at.fail("send is missing, such as send: GET /a")
    method, _, target = keys["send"].text().partition(" ")
    if not target or not _TOKEN.fullmatch(method):
        raise keys["send"].fail(f"a method and a target, such as GET /a, not {keys['send'].value!r}")
    headers = keys.read("with", _lines, ())
    if "host" not in {name.lower() for name, _ in headers}:
        headers = (("host", SITE), *headers)
    return Ask(Sent(method, target, headers, keys.read("body", At.bytes, b"")), expected)


_CONTENTS = ("body", "size", "file", "file_size")
_ANSWER = (
    "status",
    "headers",
    "without",
    *_CONTENTS,
    "chunked",
    "closes",
    "breaks_after",
    "takes",
    "interim",
    "raw",
)


def _answer(at: At) -> Answer:
    if isinstance(at.value, str):
        if at.value not in _FAILURES:
            raise at.fail(f"{' or '.join(_FAILURES)}, or a mapping of an answer, not {at.value!r}")
        return Answer(failure=_FAILURES[at.value])
    keys = at.keys(_ANSWER)
    if sum(name in keys for name in _CONTENTS) > 1:
        raise at.fail(f"only one of {', '.join(_CONTENTS)}")
    status = keys.read("status", At.number, 200)
    return Answer(
        status=status,
        headers=keys.read("headers", _lines, ()),
        without=keys.read("without", _names, ()),
        body=_content(keys, b"" if status in _BODYLESS else b"content"),
        is_file="file" in keys or "file_size" in keys,
        chunked=keys.read("chunked", At.flag, False),
        closes=keys.read("closes", At.flag, False),
        breaks_after_bytes=keys["breaks_after"].number() if "breaks_after" in keys else None,
        takes_ms=keys.read("takes", At.duration_ms, 0),
        interim=keys["interim"].each(_interim) if "interim" in keys else (),
        raw=keys.read("raw", At.bytes, b""),
    )


def _content(keys: Keys, default: bytes) -> bytes:
    for name in ("body", "file"):
        if name in keys:
            return keys[name].bytes()
    for name in ("size", "file_size"):
        if name in keys:
            return sized(keys[name].number())
    return default


def sized(size_bytes: int) -> bytes:
    """A content of that size, in which no two places look the same."""
    lines = b"".join(b"%08d\n" % number for number in range(size_bytes // 9 + 1))
    return lines[:size_bytes]


def _interim(at: At) -> Interim:
    keys = at.keys(("status", "headers"), required=("status",))
    return Interim(keys["status"].number(), keys.read("headers", _lines, ()))


def _asked(at: At | None, answers: tuple[Answer, ...]) -> tuple[tuple[int, int | None], tuple[Wanted, ...]]:
    """How often the origin is to be asked, at least and at most; and what it is to be sent each time."""
    reachable = sum(answer.failure is not Failure.UNREACHABLE for answer in answers)
    often = (1, None) if any(answer.is_file for answer in answers) else (reachable, reachable)
    if at is None:
        return often, ()
    if isinstance(at.value, str):
        return _often(at), ()
    wanted = at.each(_wanted)
    return ((len(wanted), len(wanted)) if isinstance(at.value, list) else often), wanted


def _often(at: At) -> tuple[int, int]:
    found = _OFTEN.fullmatch(at.text())
    if found is None:
        raise at.fail(f"how often, such as 2 or 0-1, or what is sent, not {at.value!r}")
    return int(found[1]), int(found[2] or found[1])


def _wanted(at: At) -> Wanted:
    keys = at.keys(("method", "target", "body", *_FIELDS))
    return Wanted(
        method=keys.read("method", At.text, None),
        target=keys.read("target", At.text, None),
        fields=_fields(keys),
        body=keys.read("body", At.bytes, None),
    )


_FIELDS = ("headers", "absent", "present", "one_of")
_EXPECT = ("status", *_FIELDS, "body", "size", "cache", "interim", "broken", "closed")


def _expected(at: At) -> Expected:
    keys = at.keys(_EXPECT)
    return Expected(
        statuses=keys["status"].each(At.number) if "status" in keys else None,
        fields=_fields(keys),
        body=keys.read("body", At.bytes, None),
        size_bytes=keys["size"].number() if "size" in keys else None,
        cache=keys.read("cache", lambda item: tuple(_cache(item)), ()),
        interim=keys["interim"].each(At.number) if "interim" in keys else None,
        broken=keys.read("broken", At.flag, False),
        closed=keys.read("closed", At.flag, False),
    )


def _cache(at: At) -> Iterator[tuple[str, str | None]]:
    """``hit; ttl=9; !stored``: parameters with a value, without one, and those that must not be there."""
    for item in at.text().split(";"):
        name, equals, value = item.strip().partition("=")
        if not _TOKEN.fullmatch(name) or (equals and (not value or name.startswith("!"))):
            raise at.fail(f"parameters as in Cache-Status, such as 'hit; ttl=9; !stored', not {item!r}")
        yield name, value if equals else None


def _fields(keys: Keys) -> Fields:
    return Fields(
        equal=keys.read("headers", _equal, ()),
        absent=keys.read("absent", _names, ()),
        present=keys.read("present", _names, ()),
        one_of=keys.read("one_of", _one_of, ()),
    )


def _equal(at: At) -> tuple[Pair, ...]:
    for item in at.keys().values():
        if isinstance(item.value, list):
            raise item.fail("lines of one name are compared joined by ', '; for a choice there is one_of")
    return tuple((name.lower(), value) for name, value in _lines(at))


def _one_of(at: At) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name.lower(), item.each(_value)) for name, item in at.keys().items())


def _names(at: At) -> tuple[str, ...]:
    return tuple(name.lower() for name in at.each(At.text))


def _lines(at: At) -> tuple[Pair, ...]:
    """Field lines: a text is one line, a list of texts several."""
    lines = at.keys()
    for name in lines:
        if not _TOKEN.fullmatch(name):
            raise at.fail(f"{name!r} is no name of a header field")
    return tuple((name, _value(line)) for name, item in lines.items() for line in item.items())


def _value(at: At) -> str:
    """A field's value; ``@+10s`` is the HTTP-date ten seconds after the case began, ``@-1d`` a day before."""
    found = _DATE.fullmatch(at.text())
    if found is None:
        return at.text().replace("{node}", NODE)
    sign, duration = found.groups()
    offset_ms = At(duration, at.where).duration_ms()
    return format_http_date(T0_MS + (offset_ms if sign == "+" else -offset_ms))
