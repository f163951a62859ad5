"""The protocol's two ends as tables: what may be said when, and how the rest is answered."""

import pytest

from eventbus.events import AssetDeleted, Heartbeat, Member, Purged, Record, Scope, encode
from eventbus.protocol import (
    MAX_FRAME_BYTES,
    REASON_BYTES,
    Ack,
    Applied,
    Bye,
    Close,
    Hello,
    ProtocolError,
    Reset,
    Standing,
    SubscriberEnd,
    Welcome,
    read_hello,
    read_reply,
    welcome,
)

MEMBER = Member("edge-1", "http://127.0.0.1:8081")
STANDING = Standing("log-a", 7)


def hello(applied: Applied | None) -> Hello:
    return Hello(1, MEMBER, applied, 500)


def record(position: int) -> bytes:
    return encode(Record(position, 1_000, Purged(Scope.ALL)))


def beat(newest: int) -> bytes:
    return encode(Heartbeat(newest, 1_000, 2_000, (MEMBER,), 500))


@pytest.mark.parametrize(
    ("applied", "position", "reset"),
    [
        (None, 7, Reset.NEWCOMER),
        (Applied("log-a", 0), 0, None),
        (Applied("log-a", 5), 5, None),
        (Applied("log-a", 7), 7, None),
        (Applied("log-a", 8), 7, Reset.AHEAD),
        (Applied("log-b", 5), 7, Reset.OTHER_LOG),
        (Applied("log-b", 8), 7, Reset.OTHER_LOG),
    ],
)
def test_where_a_subscriber_goes_on(applied: Applied | None, position: int, reset: Reset | None) -> None:
    answer = welcome(hello(applied), STANDING, 2_000)
    assert answer == Welcome("log-a", position, 2_000, reset)


def test_a_hello_comes_first_and_in_this_version() -> None:
    assert read_hello(encode(hello(Applied("log-a", 3)))) == hello(Applied("log-a", 3))


@pytest.mark.parametrize(
    ("data", "close", "said"),
    [
        (b'{"type":"hello","protocol":2,"who":"edge"}', Close.WRONG_PROTOCOL, "you speak 2"),
        (b'{"type":"hello"}', Close.BAD_FRAME, "protocol"),
        (b'{"type":"hello","protocol":1}', Close.BAD_FRAME, "missing required field `member`"),
        (encode(hello(None)).replace(b"edge-1", b"edge 1"), Close.BAD_FRAME, "'edge 1'"),
        (encode(hello(Applied("a", 1))).replace(b'"position":1', b'"position":-1'), Close.BAD_FRAME, ">= 0"),
        (encode(Ack(1, 5)), Close.BAD_FRAME, "'ack'"),
        (record(1), Close.BAD_FRAME, "'record'"),
        (b"GET / HTTP/1.1", Close.BAD_FRAME, "malformed"),
    ],
)
def test_whatever_else_comes_first_is_refused(data: bytes, close: Close, said: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        read_hello(data)
    assert refusal.value.close is close
    assert said in str(refusal.value)


def test_after_the_hello_come_acks_and_a_goodbye() -> None:
    assert read_reply(encode(Ack(3, 5)), sent_position=3) == Ack(3, 5)
    assert read_reply(encode(Bye()), sent_position=3) == Bye()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (encode(Ack(4, 5)), "ack of 4, but only 3 was sent"),
        (encode(hello(None)), "a second hello"),
        (record(4), "'record'"),
        (b"{}", "type"),
    ],
)
def test_other_replies_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        read_reply(data, sent_position=3)
    assert refusal.value.close is Close.BAD_FRAME
    assert said in str(refusal.value)


def end_at(position: int) -> SubscriberEnd:
    """A subscriber's end that was welcomed to go on after `position`."""
    end = SubscriberEnd(MEMBER, Applied("log-a", position))
    end.hello(500)
    end.receive(encode(Welcome("log-a", position, 2_000, None)))
    return end


def test_records_come_one_by_one_and_beats_only_when_all_are_applied() -> None:
    end = end_at(5)
    assert end.receive(beat(5)) == Heartbeat(5, 1_000, 2_000, (MEMBER,), 500)
    assert end.receive(record(6)) == Record(6, 1_000, Purged(Scope.ALL))
    assert end.applied_up_to(6) == Applied("log-a", 6)
    end.receive(record(7))
    assert read_hello(end.hello(900)) == Hello(1, MEMBER, Applied("log-a", 6), 900)


def test_a_reset_moves_the_end_to_the_other_log() -> None:
    end = SubscriberEnd(MEMBER, Applied("log-b", 99))
    end.hello(500)
    message = end.receive(encode(Welcome("log-a", 7, 2_000, Reset.OTHER_LOG)))
    assert isinstance(message, Welcome)
    assert end.applied_up_to(message.position) == Applied("log-a", 7)
    end.receive(record(8))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (record(5), "record 5 came after 5"),
        (record(7), "record 7 came after 5"),
        (beat(6), "a beat at 6 came after record 5"),
        (encode(Welcome("log-a", 5, 2_000, None)), "Welcome may not come now"),
        (encode(Ack(5, 5)), "'ack'"),
        (b'{"type":"record","position":6,"at_ms":1,"event":{"type":"KeyRotated"}}', "'KeyRotated'"),
    ],
)
def test_what_a_hub_may_not_say(data: bytes, said: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        end_at(5).receive(data)
    assert refusal.value.close is Close.BAD_FRAME
    assert said in str(refusal.value)


def test_nothing_comes_before_the_welcome_also_on_a_second_connection() -> None:
    end = end_at(5)
    end.hello(900)
    with pytest.raises(ProtocolError, match="Record may not come now"):
        end.receive(record(6))


def test_a_welcome_without_reset_goes_on_where_the_subscriber_is() -> None:
    end = SubscriberEnd(MEMBER, Applied("log-a", 5))
    end.hello(500)
    with pytest.raises(ProtocolError, match="go on after 4, not 5"):
        end.receive(encode(Welcome("log-a", 4, 2_000, None)))


def test_every_close_has_a_code_of_its_own_that_may_be_sent() -> None:
    codes = [close.code for close in Close]
    assert len(set(codes)) == len(codes)
    assert all(code == 1001 or 4000 <= code < 5000 for code in codes)
    assert all(len(close.words.encode()) <= REASON_BYTES for close in Close)


def test_a_long_honest_frame_of_a_subscriber_fits() -> None:
    member = Member("e" * 64, "http://" + "h" * 2_000)
    assert len(encode(Hello(1, member, Applied("a" * 16, 10**15), 10**13))) < MAX_FRAME_BYTES


def test_a_deleted_asset_is_a_record_like_any_other() -> None:
    assert end_at(5).receive(encode(Record(6, 1, AssetDeleted("film")))) == Record(6, 1, AssetDeleted("film"))
