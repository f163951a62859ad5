"""What of the 1xx reaches a client."""

import pytest

from caching import Headers
from caching.interim import passed_interim
from tests.caching.samples import fields, request


@pytest.mark.parametrize(
    ("status", "expect", "passed"),
    [
        (100, "", False),
        (100, "100-continue", True),
        (100, "100-Continue", True),
        (101, "100-continue", False),
        (102, "", True),
        (103, "", True),
        (199, "", True),
    ],
)
def test_which_are_for_the_client(status: int, expect: str, passed: bool) -> None:
    asking = request("/a", "PUT", **({"expect": expect} if expect else {}))
    assert (passed_interim(asking, status, Headers()) is not None) is passed


def test_what_they_say_end_to_end_is_passed() -> None:
    said = fields(link="</a.css>; rel=preload", connection="x-hop", x_hop="1", keep_alive="5")
    assert passed_interim(request(), 103, said) == fields(link="</a.css>; rel=preload")
