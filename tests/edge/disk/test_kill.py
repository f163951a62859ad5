"""A few kills of a real process under load; ``make kill`` has two hundred."""

from pathlib import Path

import pytest

from tests.kill.fullness import MountError, full_disk
from tests.kill.run import Run, Setup


async def test_an_edge_that_is_killed_serves_what_was_on_disk_and_nothing_else(tmp_path: Path) -> None:
    report = await Run(Setup(tmp_path, seed=1, kills=3, objects=60, most_s=0.5)).run()
    assert report.kills >= 3 and report.wrong == []
    assert sum(life.requests for life in report.lives) > 100
    assert all(life.found > 0 for life in report.lives[1:])
    assert sum(life.served_after for life in report.lives) > 0


async def test_a_full_disk_keeps_nobody_from_service(tmp_path: Path) -> None:
    try:
        report = await full_disk(Setup(tmp_path, seed=2, kills=1, objects=300))
    except MountError as error:
        pytest.skip(str(error))
    assert report.wrong == [] and report.failures["no-space"] > 0
    assert all(life.requests > 0 for life in report.lives)
