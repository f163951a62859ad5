"""What is said on the bus: the frames between hub and subscriber, and what each end may say when.

subscriber                          hub
`Hello(member, applied)`       ->
                               <-   `Welcome(position, reset)`
                               <-   `Record` ... each exactly one position on
`Ack(position)`                ->   one for each record applied and for each beat heard
                               <-   `Heartbeat`, only when every record has been sent before it
`Bye`                          ->   "I serve nothing from my cache any more"

Everything here is pure: an end takes the bytes of a frame and answers with the message, or raises
`ProtocolError` with the reason for which the shell closes the connection. Frames are JSON in WebSocket text
messages. A beat says that the subscriber is up to date, because the stream is in order; so an end that lags
behind hears none, and its lease runs out.
"""

from enum import Enum, StrEnum
from typing import NamedTuple, TypeVar

from msgspec import Struct
from msgspec.json import Decoder

from eventbus.events import EventError, Heartbeat, Member, Position, Record, decode, decoder_for, encode

T = TypeVar("T")

PROTOCOL = 1
MAX_FRAME_BYTES = 64 * 1024
"""No honest frame of a subscriber comes near; the hub's are longer by the members in a beat."""
REASON_BYTES = 123
"""The room for words in a close frame (RFC 6455 section 5.5)."""


class Close(Enum):
    """Why a connection ends: a close code (RFC 6455 section 7.4: from 4000 they are ours) and its words."""

    GOING_AWAY = (1001, "the origin is stopping; come back")
    BAD_FRAME = (4400, "bad frame")
    """Not a message of this protocol, or one that isn't allowed now."""
    NO_HELLO = (4408, "no hello came in time")
    NAME_TAKEN = (4409, "name taken")
    """Another node, at another URL, holds a lease under this name."""
    REPLACED = (4410, "a newer connection of the same node took over")
    LOG_FAILED = (4500, "the origin can't read its event log")
    WRONG_PROTOCOL = (4505, "wrong protocol version")

    def __init__(self, code: int, words: str) -> None:
        self.code = code
        self.words = words


class ProtocolError(Exception):
    """The peer said what it may not say, or can't be let in; `close` is what to end the connection with."""

    def __init__(self, close: Close, detail: str) -> None:
        super().__init__(f"{close.words}: {detail}")
        self.close = close


class Reset(StrEnum):
    """Why a subscriber must drop everything it cached: records may have passed it by."""

    NEWCOMER = "newcomer"
    """It brought no position, so it says itself that it holds nothing."""
    OTHER_LOG = "other_log"
    """Its position belongs to another log: the origin's log was lost or exchanged."""
    AHEAD = "ahead"
    """Its position is beyond the newest record: the origin's log was put back to an older copy."""


class Applied(Struct, frozen=True, forbid_unknown_fields=True):
    """The last record that a subscriber has applied, and of which log."""

    log_id: str
    position: Position


class Hello(Struct, frozen=True, tag="hello", forbid_unknown_fields=True):
    """A subscriber's first word; `applied` is None when it holds nothing. `sent_ms` is its own clock."""

    protocol: int
    member: Member
    applied: Applied | None
    sent_ms: int


class Ack(Struct, frozen=True, tag="ack", forbid_unknown_fields=True):
    """Everything up to `position` is applied; `sent_ms` (the subscriber's clock) renews its lease."""

    position: Position
    sent_ms: int


class Bye(Struct, frozen=True, tag="bye", forbid_unknown_fields=True):
    """The subscriber serves nothing from its cache any more: no purge need wait for its lease."""


class Welcome(Struct, frozen=True, tag="welcome", forbid_unknown_fields=True):
    """The hub's first word: `position + 1` comes next; with `reset` everything cached must be dropped."""

    log_id: str
    position: Position
    max_staleness_ms: int
    reset: Reset | None


class _Version(Struct, tag="hello"):
    """The part of a hello that every version shares."""

    protocol: int


class Standing(NamedTuple):
    """Where the log stands: its identity and newest position."""

    log_id: str
    newest: int


_from_subscriber: Decoder[Hello | Ack | Bye] = decoder_for(Hello | Ack | Bye)
_from_hub: Decoder[Welcome | Record | Heartbeat] = decoder_for(Welcome | Record | Heartbeat)
_version: Decoder[_Version] = decoder_for(_Version)


def welcome(hello: Hello, standing: Standing, max_staleness_ms: int) -> Welcome:
    """Where a subscriber goes on, or why it must start over at the newest record."""
    reset = _reset(hello.applied, standing)
    position = hello.applied.position if hello.applied and reset is None else standing.newest
    return Welcome(standing.log_id, position, max_staleness_ms, reset)


def _reset(applied: Applied | None, standing: Standing) -> Reset | None:
    if applied is None:
        return Reset.NEWCOMER
    if applied.log_id != standing.log_id:
        return Reset.OTHER_LOG
    return Reset.AHEAD if applied.position > standing.newest else None


def read_hello(data: bytes) -> Hello:
    """The hello that must come first; raises `ProtocolError`."""
    spoken = _decode(data, _version).protocol
    if spoken != PROTOCOL:
        raise ProtocolError(Close.WRONG_PROTOCOL, f"you speak {spoken}, this origin speaks {PROTOCOL}")
    message = _decode(data, _from_subscriber)
    assert isinstance(message, Hello)  # _version admits nothing else
    return message


def read_reply(data: bytes, sent_position: int) -> Ack | Bye:
    """What follows a hello; raises `ProtocolError`, also for an ack of what was never sent."""
    message = _decode(data, _from_subscriber)
    if isinstance(message, Hello):
        raise ProtocolError(Close.BAD_FRAME, "a second hello")
    if isinstance(message, Ack) and message.position > sent_position:
        raise ProtocolError(Close.BAD_FRAME, f"ack of {message.position}, but only {sent_position} was sent")
    return message


class SubscriberEnd:
    """The subscriber's end over all its connections: what it has applied and what may come next.

    The shell calls `hello` on each new connection, hands every frame to `receive`, obeys, and calls
    `applied_up_to` once the handler has returned.
    """

    def __init__(self, member: Member, applied: Applied | None) -> None:
        self.member = member
        self.applied = applied
        self._log_id: str | None = None

    def hello(self, now_ms: int) -> bytes:
        """The first frame of a new connection."""
        self._log_id = None
        return encode(Hello(PROTOCOL, self.member, self.applied, now_ms))

    def receive(self, data: bytes) -> Welcome | Record | Heartbeat:
        """The message in a frame of the hub; raises `ProtocolError` for one that may not come now."""
        message = _decode(data, _from_hub)
        if (self._log_id is None) is not isinstance(message, Welcome):
            raise ProtocolError(Close.BAD_FRAME, f"{type(message).__name__} may not come now")
        if isinstance(message, Welcome):
            self._log_id = message.log_id
        self._check_order(message)
        return message

    def applied_up_to(self, position: int) -> Applied:
        """Note that everything up to `position` of the log that welcomed us is applied."""
        assert self._log_id is not None  # nothing can be applied before the welcome
        self.applied = Applied(self._log_id, position)
        return self.applied

    def _check_order(self, message: Welcome | Record | Heartbeat) -> None:
        applied = self.applied.position if self.applied else None
        match message:
            case Welcome(reset=None) if message.position != applied:
                raise ProtocolError(
                    Close.BAD_FRAME, f"welcomed to go on after {message.position}, not {applied}"
                )
            case Record() if applied is None or message.position != applied + 1:
                raise ProtocolError(Close.BAD_FRAME, f"record {message.position} came after {applied}")
            case Heartbeat() if message.newest != applied:
                raise ProtocolError(
                    Close.BAD_FRAME, f"a beat at {message.newest} came after record {applied}"
                )
            case _:
                pass


def _decode(data: bytes, decoder: Decoder[T]) -> T:
    try:
        return decode(data, decoder)
    except EventError as error:
        raise ProtocolError(Close.BAD_FRAME, str(error)) from None
