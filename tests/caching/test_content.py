import pytest

from caching.content import check_limits, limit_of
from tests.caching.samples import head


@pytest.mark.parametrize(
    ("status", "content_type", "limit"),
    [
        (404, "text/plain", 1),
        (410, "text/plain", 2),
        (200, "video/mp4", 3),
        (200, "Video/MP4; codecs=avc1", 3),
        (200, "video/iso.segment", 4),
        (503, "video/mp4", 3),
        (503, "text/plain", None),
        (200, "text/plain", None),
        (200, "", None),
        (200, "*/*", None),
    ],
)
def test_the_first_class_that_fits_counts(status: int, content_type: str, limit: int | None) -> None:
    limits = {"404": 1, "4xx": 2, "video/mp4": 3, "video/*": 4}
    assert limit_of(limits, head(status, content_type=content_type)) == limit


def test_without_classes_nothing_is_set() -> None:
    assert limit_of({}, head(404)) is None


@pytest.mark.parametrize(
    "name", ["404", "5xx", "200", "video/mp4", "video/*", "application/vnd.apple.mpegurl"]
)
def test_classes(name: str) -> None:
    check_limits("max_stale_of_ms", {name: 0}, errors_only=False)


@pytest.mark.parametrize(
    "name", ["", "600", "4x", "xxx", "video", "*/*", "Video/mp4", "video/mp4; q=1", "1xx"]
)
def test_what_is_no_class(name: str) -> None:
    with pytest.raises(ValueError, match="max_stale_of_ms: a class such as"):
        check_limits("max_stale_of_ms", {name: 0}, errors_only=False)


@pytest.mark.parametrize("name", ["200", "3xx", "video/mp4"])
def test_only_an_error_is_negative(name: str) -> None:
    with pytest.raises(ValueError, match="negative_ttl_ms: a class such as 404 or 5xx"):
        check_limits("negative_ttl_ms", {name: 0}, errors_only=True)


def test_no_limit_is_negative() -> None:
    with pytest.raises(ValueError, match="negative_ttl_ms: 404: must not be negative, not -1"):
        check_limits("negative_ttl_ms", {"404": -1}, errors_only=True)
