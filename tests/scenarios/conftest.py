"""Counts what became of the scenarios, and says so in one line at the end of a run."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

_RUN = re.compile(r"test_scenarios\.py::test_scenario\[(?P<case>.+)\[(?P<leg>\w+)\]\]$")
_MEANINGS = {"passed": "passed", "failed": "failed", "error": "failed", "xfailed": "not there yet"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    became: Counter[str] = Counter()
    passed_by_case: defaultdict[str, set[str]] = defaultdict(set)
    for category, meaning in _MEANINGS.items():
        for report in terminalreporter.stats.get(category, ()):
            if found := _RUN.search(report.nodeid):
                became[meaning] += 1
                passed_by_case[found["case"]] |= {found["leg"]} if meaning == "passed" else set()
    if became:
        legs = Counter(len(passed) for passed in passed_by_case.values())
        counts = ", ".join(f"{count} {meaning}" for meaning, count in became.most_common())
        terminalreporter.write_line(
            f"scenarios: {len(passed_by_case)} cases, {became.total()} runs: {counts};"
            f" cases passing three ways {legs[3]}, two ways {legs[2]}, one way {legs[1]}"
        )
