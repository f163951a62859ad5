"""The vocabulary of what happened and why, spelled the same in Cache-Status, log, metrics and reports."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    """How a request was answered; the words are those of nginx's ``$upstream_cache_status``."""

    HIT = "hit"
    """From the cache, fresh."""
    STALE = "stale"
    """From the cache, past its freshness, by permission (RFC 5861)."""
    REVALIDATED = "revalidated"
    """From the cache, after upstream said that it still holds (304)."""
    COLLAPSED = "collapsed"
    """By a fill or validation that another request had under way."""
    MISS = "miss"
    """From upstream; nothing usable was stored."""
    EXPIRED = "expired"
    """From upstream; what was stored was no longer fresh and had changed."""
    BYPASS = "bypass"
    """From upstream, past the cache."""
    REFUSED = "refused"
    """By an error of our own."""


class Reason(Enum):
    """Why a request took its way."""

    FRESH = "fresh"
    """A stored response matched and was fresh."""
    STALE_WHILE_REVALIDATE = "stale-while-revalidate"
    """Stale, within its stale-while-revalidate, and being refreshed (RFC 5861 section 3)."""
    MAX_STALE = "max-stale"
    """Stale, and the client said that it would take it so."""
    STALE_IF_ERROR = "stale-if-error"
    """Stale, within its stale-if-error, and upstream failed (RFC 5861 section 4)."""
    STALE_IF_DISCONNECTED = "stale-if-disconnected"
    """Stale, and upstream cannot be reached (RFC 9111 section 4.2.4)."""
    URI_MISS = "uri-miss"
    """Nothing is stored under the key."""
    VARY_MISS = "vary-miss"
    """Something is stored under the key, but for other values of the fields that Vary names."""
    EXPIRED = "expired"
    """What is stored is past its freshness."""
    REQUEST = "request"
    """What is stored is fresh, but not as fresh as the client asks."""
    NO_CACHE = "no-cache"
    """What is stored asks to be validated before each use."""
    SOFT_PURGED = "soft-purged"
    """What is stored was purged softly: kept, never fresh again."""
    FENCED = "fenced"
    """This node has not heard from the event log within its lease, so it trusts nothing unvalidated."""
    UNREADABLE = "unreadable"
    """The body of what is stored could not be read back from disk."""
    PARTIAL = "partial"
    """Some of it is stored, and the rest was asked for."""
    UNSLICED = "unsliced"
    """Its ranges cannot be put together from blocks, so each is asked for in the client's own words."""
    METHOD = "method"
    """The method is one that a cache passes on."""
    PRECONDITION = "precondition"
    """The request has If-Match or If-Unmodified-Since, which only the origin evaluates (RFC 9111 4.3.2)."""
    REQUEST_NO_STORE = "request-no-store"
    """The client asks that nothing of its request or the response to it is stored."""
    ONLY_IF_CACHED = "only-if-cached"
    """The client wants only what is stored, and that would take asking upstream."""
    HIT_FOR_MISS = "hit-for-miss"
    """Lately the responses under the key were for one client each, so requests do not wait for each other."""
    UNSHARABLE = "unsharable"
    """The response that this request had waited for may not be shared."""
    TOO_MANY_RANGES = "too-many-ranges"
    """The request asks for more ranges than max_ranges (RFC 9110 section 15.5.17)."""
    FILLS_LIMIT = "fills-limit"
    """It would take asking upstream, and max_fills are under way that it cannot join."""
    LOOP = "loop"
    """The request had been here before (RFC 8586)."""
    MAX_FORWARDS = "max-forwards"
    """The request was to go no further than here (RFC 9110 section 7.6.2)."""
    UPSTREAM_UNREACHABLE = "upstream-unreachable"
    """No connection to any upstream could be made."""
    UPSTREAM_TIMEOUT = "upstream-timeout"
    """Upstream took longer than its limit."""
    UPSTREAM_INVALID = "upstream-invalid"
    """Upstream answered with something that is not an answer to this request."""
    UPSTREAM_ERROR = "upstream-error"
    """Upstream answered with a 5xx, which those who had waited are not sent one by one to fetch."""
    UPSTREAM_ABORTED = "upstream-aborted"
    """Upstream broke off in the middle of a body."""
    CHANGED_MIDWAY = "changed-midway"
    """The next block is of another version than those that were sent."""
    UPLOAD_SLOW = "upload-slow"
    """The client sent its request's body at less than min_receive_bytes_per_s, or not at all any more."""
    BODY_TOO_LARGE = "body-too-large"
    """The request's body turned out to be longer than max_request_body_bytes."""
    UPLOAD_BROKEN = "upload-broken"
    """The client broke off in the middle of its request's body, or it was not of the right form."""


EXPLAINED = {
    Reason.ONLY_IF_CACHED: "the request is only for what is stored, and nothing usable is",
    Reason.FILLS_LIMIT: "this node is fetching as much as it may at once, and nothing stale may stand in",
    Reason.LOOP: "the request has been through this node before (CDN-Loop)",
    Reason.MAX_FORWARDS: "Max-Forwards ends here, and this cache has nothing of its own to say to the method",
    Reason.TOO_MANY_RANGES: "the request asks for too many ranges at once",
    Reason.UPSTREAM_UNREACHABLE: "no connection to the origin could be made, and nothing stale may stand in",
    Reason.UPSTREAM_TIMEOUT: "the origin did not answer in time, and nothing stale may stand in",
    Reason.UPSTREAM_INVALID: "the origin's answer could not be understood",
    Reason.UPSTREAM_ERROR: "the origin answered with an error, and nothing stale may stand in",
    Reason.UPSTREAM_ABORTED: "the origin broke off in the middle of its answer",
    Reason.CHANGED_MIDWAY: "the origin changed the object in the middle of the answer",
    Reason.UPLOAD_SLOW: "the request's body came too slowly",
    Reason.BODY_TOO_LARGE: "the request's body is longer than this node takes",
    Reason.UPLOAD_BROKEN: "the request's body did not come whole",
}
"""One line for a person, for the reasons with which a request is refused."""


class Failure(Enum):
    """How asking upstream can fail; each with the reason and the status that a client is given.

    It has also failed when it must not even be tried.
    """

    UNREACHABLE = (Reason.UPSTREAM_UNREACHABLE, 502)
    TIMEOUT = (Reason.UPSTREAM_TIMEOUT, 504)
    INVALID = (Reason.UPSTREAM_INVALID, 502)
    SERVER_ERROR = (Reason.UPSTREAM_ERROR, 502)
    ABORTED = (Reason.UPSTREAM_ABORTED, 502)
    FILLS_LIMIT = (Reason.FILLS_LIMIT, 503)
    UPLOAD_SLOW = (Reason.UPLOAD_SLOW, 408)
    BODY_TOO_LARGE = (Reason.BODY_TOO_LARGE, 413)
    UPLOAD_BROKEN = (Reason.UPLOAD_BROKEN, 400)

    @property
    def reason(self) -> Reason:
        return self.value[0]

    @property
    def status(self) -> int:
        return self.value[1]

    @property
    def is_disconnection(self) -> bool:
        """Whether nothing came back, or not all of it, and so nobody has said what upstream thinks."""
        return self in (Failure.UNREACHABLE, Failure.TIMEOUT, Failure.ABORTED)


class NotStored(Enum):
    """Why a response was delivered and not stored (RFC 9111 section 3)."""

    METHOD = "method"
    """Only responses to GET are stored, and to a POST that says so (RFC 9110 section 9.3.3)."""
    PRECONDITION = "precondition"
    """The request was passed on with its conditions, and the response is an answer to those."""
    REQUEST_NO_STORE = "request-no-store"
    """The request says no-store."""
    STATUS = "status"
    """The status is neither heuristically cacheable nor given an explicit lifetime, or is partial."""
    NO_STORE = "no-store"
    """The response says no-store."""
    PRIVATE = "private"
    """The response is for one user."""
    AUTHORIZATION = "authorization"
    """The request carried Authorization, and the response does not allow sharing (section 3.5)."""
    SET_COOKIE = "set-cookie"
    """It sets a cookie, and does not say that the next client may be given it too."""
    NOT_UNDERSTOOD = "not-understood"
    """It says must-understand, and its status is one whose rules this cache does not know."""
    VARY_ALL = "vary-all"
    """``Vary: *``: no later request can match."""
    VARY_CHANGED = "vary-changed"
    """The 304 that it was validated by names other fields in Vary than it was selected by."""
    NO_FRESHNESS = "no-freshness"
    """It would never be fresh, and has nothing to be validated by."""
    TOO_LARGE = "too-large"
    """Its body is longer than max_object_bytes."""
    BLAMED = "blamed"
    """It is an error that this one request may have caused by something that is not in the key."""
    NOT_ADMITTED = "not-admitted"
    """The policy would not have it, or a newer response was there first."""
    HIT_FOR_MISS = "hit-for-miss"
    """Lately no response under the key could be shared, and the request was passed on as it stood."""
    UNSLICED = "unsliced"
    """It is a part that may not be combined with others (section 3.4), or of a whole that is not shared."""
    UNSHARABLE = "unsharable"
    """The response that it had waited for could not be shared, so neither is its own."""
    PURGED = "purged"
    """A purge that matches it arrived while it was being filled."""
    FILL_FAILED = "fill-failed"
    """Its body did not arrive whole."""
    DIGEST_MISMATCH = "digest-mismatch"
    """Its body is not what the digest says that came with it (RFC 9530)."""


class CutOff(Enum):
    """Why a client did not get an answer to its end, or a connection was ended before it had asked."""

    CLIENT_LEFT = "client-left"
    """It closed the connection."""
    CLIENT_STALLED = "client-stalled"
    """It took nothing of what was sent for as long as it may."""
    CLIENT_SLOW = "client-slow"
    """It took what was sent at less than min_send_bytes_per_s."""
    HEAD_UNFINISHED = "head-unfinished"
    """It did not bring the head of its request to an end for as long as it may."""
    UPLOAD_SLOW = "upload-slow"
    """It sent the body of its request at less than min_receive_bytes_per_s, or not at all any more."""
    IDLE = "idle"
    """It had asked for nothing for keepalive_timeout_ms."""
    MADE_ROOM = "made-room"
    """It was idle, and another connection would have been one too many."""
    BODY_BROKEN = "body-broken"
    """The body broke off, and what was sent of it must not look whole."""


class Dropped(Enum):
    """Why a stored response left the cache."""

    EVICTED = "evicted"
    """The policy made room."""
    REPLACED = "replaced"
    """Upstream has given a newer response in its place."""
    VARIANTS = "variants"
    """Its key had more variants than max_variants, and it was the oldest."""
    PURGED = "purged"
    """A purge matched it."""
    INVALIDATED = "invalidated"
    """An unsafe method succeeded on its URI, or on one that spoke of it (RFC 9111 section 4.4)."""
    NOT_ADMITTED = "not-admitted"
    """It was never stored: a rule, its size or the policy forbade."""
    FILL_FAILED = "fill-failed"
    """Its body broke off, or was wrong."""
    UNREADABLE = "unreadable"
    """Its body could not be read back from disk, or was not what had been written."""
    UNWRITTEN = "unwritten"
    """Memory had let its body go, and it could not be written to disk."""


class Lost(Enum):
    """Why a body is not on disk, where it was or was to be: a miss, never an answer."""

    CORRUPT = "corrupt"
    """What was read back does not have the checksum that it was written with."""
    TRUNCATED = "truncated"
    """The file is shorter than it says itself."""
    MISSING = "missing"
    """There is no such file any more."""
    UNREADABLE = "unreadable"
    """The system would not read it, or let it be opened."""
    NO_SPACE = "no-space"
    """There was no room to write it, on the disk or in a quota."""
    UNWRITABLE = "unwritable"
    """The system would not write it, for any other reason."""
    QUEUE_FULL = "queue-full"
    """More was waiting to be written than may wait."""
