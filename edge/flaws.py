"""What may be wrong with a message's form, and what a client is told who sent it (RFC 9112).

A request with a flaw is refused and its connection closed, since nobody can say where the next one begins;
an answer with a flaw is none (502). Either way the flaw's name stands in log, metric and answer.
"""

from __future__ import annotations

from enum import Enum


class Flaw(Enum):
    """A status, a name and advice each; the status is for requests."""

    START_LINE = (
        400,
        "start-line",
        "the first line must be a method, a target and HTTP/1.1, a space between each",
    )
    """The first line is none of a request, or of a response."""
    VERSION = (505, "version", "only HTTP/1.0 and HTTP/1.1 are spoken here")
    """A version of HTTP that has another form."""
    METHOD = (501, "method", "the method is none that is known here")
    """A method that the parser does not know; nobody could say whether it has a body."""
    TARGET = (400, "target", "the target must be printable ASCII, with no space and no fragment")
    """A control character, a space, a byte above 7F or a fragment in the target."""
    TARGET_TOO_LONG = (414, "target-too-long", "the first line is longer than this node takes")
    """The start line is longer than its limit."""
    LINE_END = (400, "line-end", "every line must end with CR LF, and neither may stand alone")
    """A bare CR or LF (section 2.2)."""
    FOLDED = (400, "folded", "a field must be on one line")
    """A line that begins with white space: obs-fold, or white space before the first field (section 5.2)."""
    FIELD_NAME = (400, "field-name", "a field must be: a name, a colon at once, a value")
    """No colon, no name, or something in the name that is not of a token, such as a space (section 5.1)."""
    FIELD_VALUE = (400, "field-value", "a field's value holds a control character")
    """A control character in a value (RFC 9110 section 5.5)."""
    HEAD_TOO_LARGE = (431, "head-too-large", "the header section is larger than this node takes")
    """The head is longer than its limit, or has too many fields."""
    HOST = (400, "host", "there must be one Host field")
    """No Host in HTTP/1.1, or several (section 3.2)."""
    LENGTH = (400, "length", "Content-Length must be one whole number")
    """Several Content-Lengths, a list of them, or one that is no number (section 6.3)."""
    LENGTH_AND_CODING = (
        400,
        "length-and-coding",
        "there must be one of Content-Length and Transfer-Encoding",
    )
    """Both say where the body ends (section 6.3): somebody would believe the other."""
    CODING = (501, "coding", "the only transfer coding known here is chunked")
    """A Transfer-Encoding other than chunked, once."""
    CODING_IN_1_0 = (400, "coding-in-1.0", "HTTP/1.0 knows no Transfer-Encoding")
    """A Transfer-Encoding in HTTP/1.0 (section 6.1)."""
    BODY_TOO_LARGE = (413, "body-too-large", "the request's body is longer than this node takes")
    """The body of a request is longer than its limit, as its length says or as it turns out."""
    CHUNK = (400, "chunk", "a chunk of the body is not of the right form")
    """A chunk's size, its end or a trailer field is not of the form (section 7.1)."""
    INTERIM = (400, "interim", "there are too many interim responses")
    """More 1xx before the final response than anybody could want."""
    UNREADABLE = (400, "unreadable", "the request could not be understood")
    """The parser would not have it, for a reason of its own."""

    def __init__(self, status: int, error: str, message: str) -> None:
        self.status = status
        self.error = error
        self.message = message
