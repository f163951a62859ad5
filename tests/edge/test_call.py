"""Requests to upstream byte by byte."""

import pytest

from caching import Fetch, Headers
from caching.headers import Pair
from edge.call import Call, call_of
from edge.upload import Upload


async def nothing() -> object:
    """A body that never comes."""
    return
    yield


def call(method: str, *fields: Pair, upload: bool = False, target: str = "/a") -> Call:
    fetch = Fetch(method, Headers(fields), origin_only=True)
    body = Upload(nothing()) if upload else None  # type: ignore[arg-type]
    return call_of(fetch, target, (("host", "site"),), body, None, 1_500)


def lines(made: Call) -> list[str]:
    return made.head.decode("latin-1").split("\r\n")


def test_a_head_says_what_the_fetch_says_as_it_came() -> None:
    made = call("GET", ("x-a", "caf\xe9"), ("x-a", "Zo\xc3\xab"), target="/%7Ea//?")
    assert lines(made) == ["GET /%7Ea//? HTTP/1.1", "Host: site", "X-A: caf\xe9", "X-A: Zo\xc3\xab", "", ""]
    assert made.limit_s == 1.5 and made.upload is None and not made.to_head


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "DELETE", "PURGE"])
def test_a_request_without_content_says_so_where_there_might_be_some(method: str) -> None:
    made = call(method, ("content-length", "5"), ("host", "elsewhere"), ("expect", "100-continue"))
    said = [] if method in ("GET", "HEAD", "OPTIONS", "TRACE") else ["Content-Length: 0"]
    assert lines(made)[1:-2] == ["Host: site", *said]
    assert made.to_head is (method == "HEAD")


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "OPTIONS", "PROPFIND", "PUT", "DELETE", "POST", "PATCH", "PURGE"]
)
def test_what_may_be_sent_twice(method: str) -> None:
    assert call(method).may_repeat is (method not in ("POST", "PATCH", "PURGE"))
    assert call(method, upload=True).may_repeat is False


def test_an_upload_has_the_length_that_its_client_says_or_comes_in_chunks() -> None:
    sized = call("POST", ("content-length", "6"), upload=True)
    assert lines(sized)[1:-2] == ["Host: site", "Content-Length: 6"] and not sized.chunked
    chunked = call("POST", upload=True)
    assert lines(chunked)[1:-2] == ["Host: site", "Transfer-Encoding: chunked"] and chunked.chunked


@pytest.mark.parametrize(("expect", "waits"), [("100-Continue", True), ("200-ok", False)])
def test_an_upload_whose_client_waits_for_a_100_waits_too(expect: str, waits: bool) -> None:
    made = call("POST", ("expect", expect), ("content-length", "6"), upload=True)
    assert made.expects_continue is waits and ("Expect: 100-continue" in lines(made)) is waits


@pytest.mark.parametrize("value", ["a\r\nX-B: b", "a\nb", "a\rb", "\u20ac"])
def test_what_would_break_the_head_is_never_sent(value: str) -> None:
    with pytest.raises(ValueError):
        call("GET", ("x-a", value))
    with pytest.raises(ValueError):
        call("GET", target=value)
