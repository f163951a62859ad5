from dataclasses import replace

import pytest

from caching import Entry, Headers, Slice
from caching.entry import Part
from caching.opening import Opening, as_it_came, open_answer
from caching.ranges import parse_range
from tests.caching.samples import T0_MS, entry, request


def part(first: int, length: int, complete: int | None = 100, **values: str) -> Entry:
    made = entry("/a", 1, length, **({"etag": '"1"', "content_range": "as it came"} | values))
    return replace(made, status=206, part=Part(first, complete))


def opened(stored: Entry, wanted: str | None = None, **values: str) -> Opening | None:
    fields = values if wanted is None else {"range": f"bytes={wanted}"} | values
    asked = request("/a", **fields)
    return open_answer(asked, parse_range(asked.headers.get("range")), stored, T0_MS)


@pytest.mark.parametrize(
    ("wanted", "status", "spans", "content_range"),
    [
        ("0-99", 206, [Slice(0, 100)], "bytes 0-99/100"),
        ("15-", 206, [Slice(15, 85)], "bytes 15-99/100"),
        ("-5", 206, [Slice(95, 5)], "bytes 95-99/100"),
        ("10-19", 206, [Slice(10, 10)], "as it came"),
        ("100-", 416, [], "bytes */100"),
        ("1-2,100-", 206, [Slice(1, 2)], "bytes 1-2/100"),
        ("0-4,3-7", 206, [Slice(0, 8)], "bytes 0-7/100"),
        ("100-,200-", 416, [], "bytes */100"),
        (None, 200, [Slice(0, 100)], None),
    ],
)
def test_one_part_tells_how_the_answer_begins(
    wanted: str | None, status: int, spans: list[Slice], content_range: str | None
) -> None:
    opening = opened(part(10, 10), wanted)
    assert opening is not None
    sent = Headers(opening.reply.headers)
    assert (opening.reply.status, opening.spans, sent.get("content-range")) == (status, spans, content_range)
    assert sent.get("content-length") == str(sum(span.length for span in spans))
    assert opening.multipart is None


def test_several_ranges_are_framed() -> None:
    wide = replace(
        part(0, 100, 1_000), headers=part(0, 10).headers.replacing([("content-type", "video/mp4")])
    )
    opening = opened(wide, "900-909,0-1")
    assert opening is not None and opening.multipart is not None
    assert opening.spans == [Slice(900, 10), Slice(0, 2)]
    sent = Headers(opening.reply.headers)
    assert opening.reply.status == 206 and "content-range" not in sent
    assert sent.get("content-length") == str(opening.multipart.size_bytes)
    assert (sent.get("content-type") or "").startswith("multipart/byteranges; boundary=")
    assert b"content-type: video/mp4\r\n" in opening.multipart.head_at(900)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"if_none_match": '"1"'}, 304),
        ({"if_range": '"1"'}, 206),
        ({"if_range": '"2"'}, 200),
    ],
)
def test_conditions_are_settled_by_the_part(values: dict[str, str], status: int) -> None:
    opening = opened(part(10, 10), "0-9,90-99", **values)
    assert opening is not None and opening.reply.status == status


@pytest.mark.parametrize(("if_match", "status"), [('"1"', 206), ('"2"', 412)])
def test_a_peer_may_ask_for_one_version(if_match: str, status: int) -> None:
    asked = request("/a", range="bytes=0-9", if_match=if_match)._replace(from_peer=True)
    opening = open_answer(asked, parse_range("bytes=0-9"), part(10, 10), T0_MS)
    assert opening is not None and opening.reply.status == status


@pytest.mark.parametrize("wanted", ["0-19", "15-", "-5", None])
def test_without_a_strong_validator_a_part_stands_alone(wanted: str | None) -> None:
    weak = part(10, 10, etag='W/"1"')
    assert opened(weak, wanted) is None
    assert opened(weak, "12-15") is not None and opened(weak, "100-") is not None


def test_of_a_whole_of_unknown_length_only_what_is_there_is_answered() -> None:
    growing = part(10, 10, None)
    opening = opened(growing, "12-15")
    assert opening is not None and opening.spans == [Slice(12, 4)]
    sent = Headers(opening.reply.headers)
    assert sent.get("content-range") == "bytes 12-15/*" and sent.get("content-length") == "4"
    assert all(opened(growing, wanted) is None for wanted in ("12-", "-5", "12-25", "0-12", "1-2,3-4"))
    assert opened(growing, "12-15", if_range='"1"') is None
    unchanged = opened(growing, "12-15", if_none_match='"1"')
    assert unchanged is not None and unchanged.reply.status == 304


def test_an_error_is_the_answer_as_it_is() -> None:
    missing = replace(entry(size_bytes=3), status=404)
    opening = opened(missing, "0-1")
    assert opening is not None and opening.reply.status == 404 and opening.spans == []


def test_the_same_words_are_answered_as_upstream_answered_them() -> None:
    asked = request("/a", range="bytes=-5")
    opening = as_it_came(asked, part(0, 5, 10), T0_MS)
    assert opening is not None and opening.spans == [Slice(0, 5)]
    assert opening.reply.status == 206
    assert Headers(opening.reply.headers).get("content-range") == "as it came"
    assert as_it_came(request("/a", range="bytes=-5", if_range='"1"'), part(0, 5), T0_MS) is None
    assert as_it_came(asked, entry(), T0_MS) is None
