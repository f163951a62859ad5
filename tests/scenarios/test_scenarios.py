"""Every behaviour case of the YAML files, run three ways: bare Exchange, simulator, live node."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.bare import BareLeg
from tests.scenarios.case import Case
from tests.scenarios.got import Leg
from tests.scenarios.judge import complaints
from tests.scenarios.live import LiveLeg
from tests.scenarios.load import load_folder
from tests.scenarios.simulated import SimulatedLeg

CASES = load_folder(Path(__file__).parent)


def _runs() -> list[object]:
    """Each case with each of its legs; one that cannot pass yet says what is missing, and must fail."""
    return [
        pytest.param(
            case,
            leg,
            id=f"{case.name}[{leg}]",
            marks=[pytest.mark.xfail(reason=case.xfail[leg], strict=True)] if leg in case.xfail else [],
        )
        for case in CASES
        for leg in case.legs
    ]


async def _make(leg: str, case: Case) -> Leg:
    match leg:
        case "bare":
            return BareLeg(case)
        case "sim":
            return SimulatedLeg(case)
    return await LiveLeg(case).start()


@pytest.mark.parametrize(("case", "leg_name"), _runs())
async def test_scenario(case: Case, leg_name: str) -> None:
    leg = await _make(leg_name, case)
    try:
        for number, step in enumerate(case.steps, 1):
            gots, asked = await leg.take(step)
            found = "\n".join(f"  {text}" for text in complaints(step, gots, asked))
            assert not found, f"RFC {case.section}: {case.rule}\nstep {number}:\n{found}"
    finally:
        await leg.close()
