import pytest

from caching.headers import Headers
from caching.messages import HOP_BY_HOP, end_to_end
from tests.caching.samples import fields


@pytest.mark.parametrize("name", sorted(HOP_BY_HOP))
def test_hop_by_hop_fields_go_no_further(name: str) -> None:
    assert list(end_to_end(Headers([(name.title(), "x"), ("ETag", "y")]))) == [("etag", "y")]


def test_nor_do_the_fields_that_connection_names() -> None:
    named = [("Connection", "Close, X-One"), ("connection", " x-two ,")]
    assert list(end_to_end(Headers([*named, ("X-One", "1"), ("X-Two", "2")]))) == []


def test_all_others_do() -> None:
    assert end_to_end(fields(range="bytes=0-1", host="a", x_note="1")) == fields(
        range="bytes=0-1", host="a", x_note="1"
    )
