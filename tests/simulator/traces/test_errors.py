"""A fault is one line with file, record and reason."""

from pathlib import Path

import pytest

from simulator.traces.errors import Broken, TraceError


@pytest.mark.parametrize(
    ("record", "line", "text"),
    [
        (0, 0, "t.csv: is broken"),
        (7, 0, "t.csv: record 7: is broken"),
        (7, 9, "t.csv: record 7 (line 9): is broken"),
    ],
)
def test_it_says_where(record: int, line: int, text: str) -> None:
    error = TraceError(Path("t.csv"), Broken.CORRUPT, "is broken", record=record, line=line)
    assert str(error) == text
    assert (error.file, error.reason, error.record) == (Path("t.csv"), Broken.CORRUPT, record)


def test_every_reason_has_a_spelling_of_its_own() -> None:
    assert len({reason.value for reason in Broken}) == len(Broken)
