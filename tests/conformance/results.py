"""What a run of the public HTTP cache tests says: which count as passed, by kind, and why the others don't.

A test is ``required``, ``optimal`` or a ``check`` (which only tells how a cache behaves). It counts as
passed if it passed itself and everything that it needs did: a cache that stores nothing would pass half of
them otherwise. Tests for browsers are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SCORED = ("required", "optimal")


class SuiteError(Exception):
    """The suite said something that cannot be read as results."""


@dataclass(frozen=True)
class Test:
    """One test of the suite, as ``describe.mjs`` tells of it."""

    id: str
    suite: str
    kind: str
    needs: tuple[str, ...]

    __test__ = False  # not one of pytest's


@dataclass(frozen=True)
class Failed:
    """A test that does not count, and why: the suite's own words, or the test that it needs."""

    test: Test
    why: str


@dataclass(frozen=True)
class Report:
    """``passed`` and ``all`` count tests by kind; ``failed`` has the scored ones, in the suite's order."""

    passed: Mapping[str, int]
    all: Mapping[str, int]
    failed: tuple[Failed, ...]

    def below(self, floor: Mapping[str, int]) -> list[str]:
        """A line for each scored kind of which fewer passed than ``floor`` says."""
        return [
            f"{kind}: {self.passed.get(kind, 0)} passed, {floor[kind]} did before"
            for kind in SCORED
            if self.passed.get(kind, 0) < floor[kind]
        ]

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "counts": {
                kind: {"passed": self.passed[kind], "of": self.all[kind]} for kind in sorted(self.all)
            },
            "failed": [
                {"id": f.test.id, "suite": f.test.suite, "kind": f.test.kind, "why": f.why}
                for f in self.failed
            ],
        }


def described(known: Sequence[Mapping[str, Any]]) -> list[Test]:
    """The tests that a cache which is no browser takes. Raises SuiteError."""
    try:
        return [
            Test(item["id"], item["suite"], item["kind"], tuple(item["needs"]))
            for item in known
            if not item["for_browsers"]
        ]
    except (KeyError, TypeError) as error:
        raise SuiteError(f"the suite describes its tests in another form: {error!r}") from error


def judge(tests: Sequence[Test], results: Mapping[str, Any]) -> Report:
    """Count. ``results`` maps an id to true, or to the kind and the text of what went wrong."""
    by_id = {test.id: test for test in tests}
    reasons: dict[str, str | None] = {}
    for test in tests:
        _reason(test.id, by_id, results, reasons)
    passed: dict[str, int] = {}
    known: dict[str, int] = {}
    for test in tests:
        known[test.kind] = known.get(test.kind, 0) + 1
        passed[test.kind] = passed.get(test.kind, 0) + (reasons[test.id] is None)
    failed = tuple(
        Failed(test, why) for test in tests if test.kind in SCORED and (why := reasons[test.id]) is not None
    )
    return Report(passed, known, failed)


def _reason(
    test_id: str, by_id: Mapping[str, Test], results: Mapping[str, Any], reasons: dict[str, str | None]
) -> str | None:
    """Why a test does not count, or None. Each is judged once; a ring of needs counts as met."""
    if test_id not in reasons:
        reasons[test_id] = None
        result = results.get(test_id)
        if result is not True:
            reasons[test_id] = _words(result)
        else:
            needs = by_id[test_id].needs if test_id in by_id else ()
            unmet = [need for need in needs if _reason(need, by_id, results, reasons) is not None]
            reasons[test_id] = f"needs {', '.join(unmet)}" if unmet else None
    return reasons[test_id]


def _words(result: Any) -> str:
    match result:
        case None:
            return "was not run"
        case [str(kind), str(text)]:
            return f"{kind}: {text}"
        case _:
            return str(result)
