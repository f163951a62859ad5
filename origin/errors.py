"""What the origin says no to, and why: one class for each reason, with the HTTP status that tells it.

Theirs (4xx): the request or the file in it is at fault, and the message says what would be right. Ours (5xx):
the origin's machine or configuration is. The admin API and the command line translate these once, into
`{"error": reason, "message": text}` and into one line.
"""

from enum import StrEnum
from typing import ClassVar


class Reason(StrEnum):
    """Why the origin refused; the `error` of an error body and the label of the metric."""

    BAD_ASSET_ID = "bad_asset_id"
    """The name could not stand in a URL and as a folder."""
    BAD_TITLE = "bad_title"
    """The title is too long or has control characters."""
    ASSET_EXISTS = "asset_exists"
    """The name is taken; published media are immutable."""
    ASSET_NOT_FOUND = "asset_not_found"
    """No asset of that name is published."""
    EMPTY_SOURCE = "empty_source"
    """The file has no bytes, or there is no such file."""
    NOT_A_VIDEO = "not_a_video"
    """The file is in no container that we take, or nothing in it can be decoded."""
    TRUNCATED = "truncated"
    """The file ends before what it announces."""
    NO_PICTURE = "no_picture"
    """The file has sound alone."""
    ABSURD_DIMENSIONS = "absurd_dimensions"
    """The picture is smaller, larger or more oblong than the limits allow."""
    TOO_LONG = "too_long"
    """The video lasts longer than the limit allows."""
    ENCODING_TIMEOUT = "encoding_timeout"
    """Encoding took longer than the limit allows."""
    ENCODING_FAILED = "encoding_failed"
    """ffmpeg gave up on a source that looked sound, or wrote what it should not."""
    FFMPEG_MISSING = "ffmpeg_missing"
    """No ffmpeg is installed where we look."""
    CORRUPT_DESCRIPTION = "corrupt_description"
    """The description beside an asset's media can't be read."""


class OriginError(Exception):
    """A refusal; `reason` and `status` are the class's, the message is about this one."""

    reason: ClassVar[Reason]
    status: ClassVar[int]


class BadAssetIdError(OriginError):
    reason, status = Reason.BAD_ASSET_ID, 400

    def __init__(self, asset_id: str) -> None:
        super().__init__(
            f"{asset_id[:80]!r} can't name an asset: take 1 to 64 letters, digits, '-' and '_', "
            "beginning with a letter or a digit"
        )


class BadTitleError(OriginError):
    reason, status = Reason.BAD_TITLE, 400


class AssetExistsError(OriginError):
    reason, status = Reason.ASSET_EXISTS, 409

    def __init__(self, asset_id: str) -> None:
        super().__init__(f"asset {asset_id!r} exists: delete it first, or publish under another name")


class AssetNotFoundError(OriginError):
    reason, status = Reason.ASSET_NOT_FOUND, 404

    def __init__(self, asset_id: str) -> None:
        super().__init__(f"no asset {asset_id[:80]!r} is published")


class EmptySourceError(OriginError):
    reason, status = Reason.EMPTY_SOURCE, 400


class NotAVideoError(OriginError):
    reason, status = Reason.NOT_A_VIDEO, 415


class TruncatedError(OriginError):
    reason, status = Reason.TRUNCATED, 422


class NoPictureError(OriginError):
    reason, status = Reason.NO_PICTURE, 422


class AbsurdDimensionsError(OriginError):
    reason, status = Reason.ABSURD_DIMENSIONS, 422


class TooLongError(OriginError):
    reason, status = Reason.TOO_LONG, 422


class EncodingTimeoutError(OriginError):
    reason, status = Reason.ENCODING_TIMEOUT, 422


class EncodingFailedError(OriginError):
    reason, status = Reason.ENCODING_FAILED, 500


class FfmpegMissingError(OriginError):
    reason, status = Reason.FFMPEG_MISSING, 500


class CorruptDescriptionError(OriginError):
    reason, status = Reason.CORRUPT_DESCRIPTION, 500
