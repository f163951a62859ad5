"""Purge orders as a table: what is understood, and with which words the rest is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventbus.events import Purged, Scope
from origin.orders import MAX_VALUE_CHARS, parse_purge
from origin.refusals import Refusal, RefusedError


@pytest.mark.parametrize(
    ("body", "event"),
    [
        ('{"url":"/vod/a/master.m3u8"}', Purged(Scope.URL, "/vod/a/master.m3u8")),
        ('{"url":"/a?b=c&d=%20"}', Purged(Scope.URL, "/a?b=c&d=%20")),
        ('{"url":"https://cdn.example:8443/a"}', Purged(Scope.URL, "https://cdn.example:8443/a")),
        ('{"url":"http://[::1]/a"}', Purged(Scope.URL, "http://[::1]/a")),
        ('{"prefix":"/vod/a/"}', Purged(Scope.PREFIX, "/vod/a/")),
        ('{"prefix":"http://h/vod"}', Purged(Scope.PREFIX, "http://h/vod")),
        ('{"tag":"asset:film","soft":true}', Purged(Scope.TAG, "asset:film", soft=True)),
        ('{"all":true}', Purged(Scope.ALL)),
        ('{"all":true,"soft":true}', Purged(Scope.ALL, soft=True)),
        ('{"all":false,"url":"/a"}', Purged(Scope.URL, "/a")),
        ('{"tag":"t","url":null}', Purged(Scope.TAG, "t")),
    ],
)
def test_an_order_becomes_its_event(body: str, event: Purged) -> None:
    assert parse_purge(body.encode()) == event


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "truncated"),
        (b"\xff", "malformed"),
        (b'{"url":"\xff"}', "utf-8"),
        (b"[]", "Expected `object`"),
        (b"{}", "exactly one"),
        (b'{"all":false}', "not none"),
        (b'{"soft":true}', "not none"),
        (b'{"url":"/a","tag":"b"}', "not url and tag"),
        (b'{"url":"/a","all":true}', "not url and all"),
        (b'{"host":"a"}', "unknown field `host`"),
        (b'{"url":7}', "Expected `str"),
        (b'{"all":"yes"}', "Expected `bool`"),
        (b'{"url":""}', "begins with"),
        (b'{"url":"vod/a"}', "'vod/a'"),
        (b'{"url":"//vod/a"}', "begins with"),
        (b'{"url":"ftp://h/a"}', "http(s) URL"),
        (b'{"url":"http:///a"}', "http(s) URL"),
        (b'{"url":"http://h:99999/a"}', "http(s) URL"),
        (b'{"url":"http://[::/a"}', "http(s) URL"),
        (b'{"url":"/a b"}', "'/a b'"),
        (b'{"url":"/a\\n"}', "begins with"),
        (b'{"url":"/a#b"}', "begins with"),
        (b'{"url":"/\xc3\xa9"}', "begins with"),
        (b'{"prefix":"*"}', '"prefix"'),
        (b'{"tag":""}', '"tag"'),
        (b'{"tag":"a,b"}', "without spaces and commas"),
        (b'{"tag":"a b"}', "without spaces and commas"),
        (b'{"tag":"%b"}' % (b"x" * (MAX_VALUE_CHARS + 1)), "is the most"),
    ],
)
def test_what_is_no_order_is_refused_with_what_would_be_right(body: bytes, said: str) -> None:
    with pytest.raises(RefusedError) as refused:
        parse_purge(body)
    assert refused.value.refusal is Refusal.BAD_REQUEST
    assert said in str(refused.value)
    assert len(str(refused.value)) < 300


@settings(max_examples=200)
@given(
    st.one_of(
        st.binary(max_size=40), st.from_regex(rb'\{"(url|tag|prefix|all)":("[^"]*"|true)\}', fullmatch=True)
    )
)
def test_any_body_gives_an_event_or_a_refusal(body: bytes) -> None:
    try:
        assert isinstance(parse_purge(body), Purged)
    except RefusedError as refused:
        assert refused.refusal is Refusal.BAD_REQUEST
