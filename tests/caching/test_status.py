from dataclasses import replace

import pytest

from caching import Headers, NotStored, Outcome, Reason, Record, Reply
from caching.status import status_member, with_status
from caching.structured import InnerList, Item, Token, parse_list
from tests.caching.samples import SETTINGS


def record(outcome: Outcome, reason: Reason, status: int | None = None) -> Record:
    """The record of a request which went upstream if there is a ``status`` that it got there."""
    made = Record("http://cdn.test/a", position=0)
    made.settle(outcome, reason)
    made.forwarded, made.forwarded_status = status is not None, status
    return made


@pytest.mark.parametrize(
    ("made", "ttl_ms", "member"),
    [
        (record(Outcome.HIT, Reason.FRESH), 9_999, "edge-1; hit; ttl=9; detail=fresh"),
        (
            record(Outcome.STALE, Reason.STALE_WHILE_REVALIDATE),
            -1,
            "edge-1; hit; ttl=-1; detail=stale-while-revalidate",
        ),
        (
            record(Outcome.STALE, Reason.STALE_IF_ERROR, 503),
            -2_000,
            "edge-1; fwd=stale; fwd-status=503; ttl=-2; detail=stale-if-error",
        ),
        (
            record(Outcome.REVALIDATED, Reason.EXPIRED, 304),
            60_000,
            "edge-1; fwd=stale; fwd-status=304; ttl=60; detail=expired",
        ),
        (
            record(Outcome.COLLAPSED, Reason.URI_MISS),
            60_000,
            "edge-1; fwd=uri-miss; ttl=60; collapsed; detail=uri-miss",
        ),
        (
            record(Outcome.MISS, Reason.VARY_MISS, 404),
            None,
            "edge-1; fwd=vary-miss; fwd-status=404; detail=vary-miss",
        ),
        (
            record(Outcome.BYPASS, Reason.METHOD, 200),
            None,
            "edge-1; fwd=method; fwd-status=200; detail=method",
        ),
    ],
)
def test_members(made: Record, ttl_ms: int | None, member: str) -> None:
    assert status_member(SETTINGS, made, ttl_ms) == member


def test_whether_it_is_stored_or_why_not() -> None:
    made = record(Outcome.MISS, Reason.URI_MISS, 200)
    made.stored = True
    stored = "edge-1; fwd=uri-miss; fwd-status=200; ttl=60; stored; detail=uri-miss"
    assert status_member(SETTINGS, made, 60_000) == stored
    made.stored, made.not_stored = False, NotStored.PRIVATE
    assert status_member(SETTINGS, made, None) == "edge-1; fwd=uri-miss; fwd-status=200; detail=private"


def test_every_reason_to_forward_has_a_word_of_the_rfc() -> None:
    words = {"bypass", "method", "uri-miss", "vary-miss", "miss", "request", "stale", "partial"}
    for reason in Reason:
        member = status_member(SETTINGS, record(Outcome.MISS, reason, 200), None)
        assert member.split("; ")[1].removeprefix("fwd=") in words


def test_our_member_stands_behind_those_nearer_to_the_origin() -> None:
    made, reply = record(Outcome.MISS, Reason.URI_MISS, 200), Reply(200, (("etag", '"a"'),), None)
    upstream = Headers([("Cache-Status", "origin; hit"), ("Cache-Status", "shield; fwd=stale")])
    with_both = Headers(with_status(reply, SETTINGS, made, None, upstream).headers)
    ours = status_member(SETTINGS, made, None)
    assert with_both.get("cache-status") == f"origin; hit, shield; fwd=stale, {ours}"
    assert with_both.get("etag") == '"a"'
    alone = Headers(with_status(reply, SETTINGS, made, None, None).headers)
    assert alone.get("cache-status") == ours


def test_what_upstream_said_is_left_out_if_the_whole_would_be_no_list() -> None:
    made, reply = record(Outcome.MISS, Reason.URI_MISS, 200), Reply(200, (), None)
    upstream = Headers([("Cache-Status", "origin; hit, ;;")])
    told = Headers(with_status(reply, SETTINGS, made, None, upstream).headers)
    assert told.get("cache-status") == status_member(SETTINGS, made, None)


def test_the_key_is_told_where_it_is_asked_for_and_can_be() -> None:
    made = record(Outcome.HIT, Reason.FRESH)
    telling = replace(SETTINGS, cache_status_key=True)
    assert status_member(telling, made, 0) == 'edge-1; hit; ttl=0; key="http://cdn.test/a"; detail=fresh'
    made.key = "http://cdn.test/\xe9"
    assert status_member(telling, made, 0) == "edge-1; hit; ttl=0; detail=fresh"


def test_a_member_is_a_token_with_parameters() -> None:
    for reason in Reason:
        made = record(Outcome.MISS, reason, 200)
        made.stored, made.key = True, 'http://cdn.test/"a\\b"'
        parsed = parse_list(status_member(replace(SETTINGS, cache_status_key=True), made, 5_000))
        assert parsed is not None and not isinstance(parsed[0], InnerList)
        assert parsed[0] == Item(Token("edge-1"), parsed[0].parameters)
        assert parsed[0].parameters["key"] == made.key and parsed[0].parameters["ttl"] == 5
