"""Every reason has one class, and every class a status."""

from enum import Enum

import pytest

from origin.errors import OriginError, Reason


def test_each_reason_has_exactly_one_class() -> None:
    assert sorted(c.reason for c in OriginError.__subclasses__()) == sorted(Reason)


@pytest.mark.parametrize("error", OriginError.__subclasses__(), ids=lambda c: c.__name__)
def test_each_class_has_a_status_of_its_family(error: type[OriginError]) -> None:
    assert error.status in {400, 401, 403, 404, 405, 409, 411, 412, 413, 415, 416, 422, 500, 503}
    assert isinstance(error.reason, Enum)
