"""What a client is told who sent something with a flaw."""

import pytest

from edge.flaws import Flaw


@pytest.mark.parametrize("flaw", Flaw)
def test_each_has_a_status_a_name_and_advice(flaw: Flaw) -> None:
    assert 400 <= flaw.status < 600 and flaw.error.isascii() and len(flaw.message) > 20


def test_no_two_have_one_name() -> None:
    assert len({flaw.error for flaw in Flaw}) == len(Flaw)
