"""The counting of the conformance run, on made-up results."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.results import SCORED, SuiteError, described, judge


def known(
    test_id: str, kind: str = "required", needs: tuple[str, ...] = (), for_browsers: bool = False
) -> Any:
    return {"id": test_id, "suite": "s", "kind": kind, "needs": list(needs), "for_browsers": for_browsers}


SUITE = [
    known("base", "check"),
    known("good"),
    known("bad"),
    known("leans-on-bad", "optimal", ("good", "bad")),
    known("leans-on-that", "optimal", ("leans-on-bad",)),
    known("absent", "optimal"),
    known("browser", for_browsers=True),
]
RESULTS = {
    "base": ["Assertion", "no"],
    "good": True,
    "bad": ["Setup", "retry"],
    "leans-on-bad": True,
    "leans-on-that": True,
    "browser": True,
}


def test_a_test_counts_only_if_everything_it_needs_passed() -> None:
    report = judge(described(SUITE), RESULTS)
    assert report.passed == {"check": 0, "required": 1, "optimal": 0}
    assert report.all == {"check": 1, "required": 2, "optimal": 3}
    assert [(failed.test.id, failed.why) for failed in report.failed] == [
        ("bad", "Setup: retry"),
        ("leans-on-bad", "needs bad"),
        ("leans-on-that", "needs leans-on-bad"),
        ("absent", "was not run"),
    ]


def test_a_need_may_be_of_a_kind_that_is_not_scored() -> None:
    tests = described([known("base", "check"), known("leans", needs=("base",))])
    assert judge(tests, {"base": True, "leans": True}).passed["required"] == 1
    assert judge(tests, {"base": ["Assertion", "no"], "leans": True}).passed["required"] == 0


def test_a_ring_of_needs_ends() -> None:
    tests = described([known("a", needs=("b",)), known("b", needs=("a",))])
    assert judge(tests, {"a": True, "b": True}).passed == {"required": 2}


@pytest.mark.parametrize(
    ("floor", "lines"),
    [
        ({"required": 1, "optimal": 0}, []),
        ({"required": 2, "optimal": 0}, ["required: 1 passed, 2 did before"]),
        ({"required": 1, "optimal": 3}, ["optimal: 0 passed, 3 did before"]),
    ],
)
def test_the_floor(floor: dict[str, int], lines: list[str]) -> None:
    assert judge(described(SUITE), RESULTS).below(floor) == lines


def test_the_floor_that_is_kept_names_every_scored_kind() -> None:
    kept = json.loads(Path(__file__).with_name("floor.json").read_text())
    assert set(kept) == set(SCORED)
    assert all(count > 0 for count in kept.values())


def test_the_json_form_has_counts_and_failures() -> None:
    figures = judge(described(SUITE), RESULTS).as_dict()
    assert figures["counts"]["optimal"] == {"passed": 0, "of": 3}
    assert figures["failed"][0] == {"id": "bad", "suite": "s", "kind": "required", "why": "Setup: retry"}


def test_another_form_is_said_so() -> None:
    with pytest.raises(SuiteError, match="another form"):
        described([{"name": "no id"}])
