import pytest

from caching import Failure, Headers, Scope
from tests.caching.driver import Answer
from tests.caching.ranged import PLAIN, SLICE_BYTES, Ranged, outcome, partial, reply_of, status_of, told
from tests.caching.samples import T0_MS, head, key_of, request

V2 = PLAIN | {"etag": '"2"'}
WEAK = PLAIN | {"etag": 'W/"1"'}


@pytest.mark.parametrize(
    ("wanted", "blocks", "answer"),
    [
        ("0-0", ["0-99"], (206, "bytes 0-0/1000", 1)),
        ("150-249", ["100-199", "200-299"], (206, "bytes 150-249/1000", 100)),
        ("950-2000", ["900-999"], (206, "bytes 950-999/1000", 50)),
        ("850-", ["800-899", "900-999"], (206, "bytes 850-999/1000", 150)),
        ("-50", ["-50"], (206, "bytes 950-999/1000", 50)),
        ("-150", ["0-99", "800-899", "900-999"], (206, "bytes 850-999/1000", 150)),
        ("1000-", ["1000-1099"], (416, "bytes */1000", 0)),
        ("0-1,2-3", ["0-99"], (206, "bytes 0-3/1000", 4)),
        ("2000-,0-1", ["2000-2099", "0-99"], (206, "bytes 0-1/1000", 2)),
        ("-2000", ["0-99", *(f"{n}00-{n}99" for n in range(1, 10))], (206, "bytes 0-999/1000", 1000)),
    ],
)
def test_a_range_of_what_is_missing_fetches_the_blocks_that_it_lies_in(
    wanted: str, blocks: list[str], answer: tuple[int, str | None, int]
) -> None:
    node = Ranged()
    assert told(node.ask(wanted)) == answer
    assert node.ranges == [f"bytes={block}" for block in blocks]
    node.asked.clear()
    again = node.ask(wanted)
    assert told(again) == answer
    assert answer[0] == 416 or (node.asked == [] and outcome(again.record) == "hit fresh")


def test_several_ranges_are_one_answer_in_parts() -> None:
    node = Ranged()
    done = node.ask("0-9,500-509,5-20")
    reply = reply_of(done)
    assert reply.status == 206 and done.size_bytes == int(Headers(reply.headers).get("content-length") or 0)
    assert node.ranges == ["bytes=0-99", "bytes=500-599"]
    assert 31 < done.size_bytes < 31 + 3 * 120


def test_too_many_ranges_are_refused() -> None:
    node = Ranged(max_ranges=2)
    assert told(node.ask("0-1,200-201"))[0] == 206
    done = node.ask("0-1,200-201,400-401")
    assert told(done) == (416, None, 0) and outcome(done.record) == "refused too-many-ranges"
    node.ask()
    assert told(node.ask("0-1,200-201,400-401"))[0] == 416


def test_more_of_it_is_asked_for_on_condition_that_it_is_the_same() -> None:
    node = Ranged()
    node.ask("0-199")
    first, second = node.asked
    assert "if-match" not in first.headers and second.headers.get("if-match") == '"1"'


def test_what_is_stored_of_it_says_so() -> None:
    node = Ranged()
    assert "fwd=uri-miss; fwd-status=206" in status_of(node.ask("0-99"))
    done = node.ask("50-149")
    assert outcome(done.record) == "miss partial" and "fwd=partial;" in status_of(done)
    assert done.record.upstream_bytes == 50
    block = node.driver.records[-2]
    assert (block.span, block.upstream_bytes, block.stored) == ("bytes=100-199", 100, True)
    assert "; hit;" in status_of(node.ask("0-199"))
    assert node.ranges == ["bytes=0-99", "bytes=100-199"]
    # Also when the part that is there comes last.
    assert outcome(node.ask("150-250").record) == "miss partial"
    assert outcome(node.ask("250-350").record) == "miss partial"


def test_a_block_that_holds_all_there_is_is_the_whole() -> None:
    node = Ranged(50)
    assert told(node.ask("10-19")) == (206, "bytes 10-19/50", 10)
    assert told(node.ask()) == (200, None, 50) and len(node.asked) == 1


def test_a_client_that_leaves_is_fetched_no_more_for() -> None:
    node = Ranged()
    node.ask("0-", leaves_after=1)
    assert node.ranges == ["bytes=0-99"]


def test_a_changed_object_shows_at_once_and_drops_the_older_parts() -> None:
    node = Ranged()
    node.ask("0-199")
    node.has(900, V2)
    assert told(node.ask("500-599")) == (206, "bytes 500-599/900", 100)
    assert [asked.status for asked in node.asked[2:]] == [412, 206]
    assert told(node.ask("0-99")) == (206, "bytes 0-99/900", 100)
    assert len(node.shelf.kept) == 2


def test_an_origin_without_conditions_is_found_out_by_its_validator() -> None:
    node = Ranged()
    node.ask("0-99")
    node.instead = [partial("bytes 100-199/900", 100, etag='"2"')]
    done = node.ask("0-199")
    assert done.broken and outcome(done.record) == "refused changed-midway" and done.size_bytes == 100
    assert len(node.shelf.kept) == 1


def test_a_change_in_the_middle_breaks_the_answer_off() -> None:
    node = Ranged()
    node.ask("0-99")
    node.has(1_000, V2)
    done = node.ask("0-199")
    assert done.broken and outcome(done.record) == "refused changed-midway"
    assert [asked.status for asked in node.asked] == [206, 412, 206]
    whole = node.ask("0-199")
    assert not whole.broken and told(whole) == (206, "bytes 0-199/1000", 200)
    assert [asked.range for asked in node.asked[3:]] == ["bytes=0-99"]


def test_without_a_strong_validator_nothing_is_combined() -> None:
    node = Ranged(fields=WEAK)
    assert told(node.ask("10-19")) == (206, "bytes 10-19/1000", 10)
    assert outcome(node.ask("20-99").record) == "hit fresh"
    done = node.ask("90-109")
    assert told(done) == (206, "bytes 90-109/1000", 20) and outcome(done.record) == "bypass unsliced"
    assert node.ranges == ["bytes=0-99", "bytes=90-109"]


def test_what_cannot_be_combined_is_remembered() -> None:
    node = Ranged(fields=WEAK)
    assert told(node.ask("50-149")) == (206, "bytes 50-149/1000", 100)
    assert told(node.ask("50-149")) == (206, "bytes 50-149/1000", 100)
    assert node.ranges == ["bytes=0-99", "bytes=50-149", "bytes=50-149"]


def test_blocks_that_may_not_be_stored_are_for_their_client_and_remembered() -> None:
    node = Ranged(fields=PLAIN | {"cache-control": "private"})
    done = node.ask("50-249")
    assert told(done) == (206, "bytes 50-249/1000", 200) and not node.shelf.kept
    assert node.ranges == ["bytes=0-99", "bytes=100-249"]
    node.asked.clear()
    assert told(node.ask("50-249")) == (206, "bytes 50-249/1000", 200)
    assert node.ranges == ["bytes=50-249"]
    node.asked.clear()
    node.ask("50-249", at_ms=node.settings.hit_for_miss_ms)
    assert node.ranges == ["bytes=0-99", "bytes=100-249"]


def test_the_rest_in_own_words_must_be_of_the_same_version() -> None:
    node = Ranged(fields=PLAIN | {"cache-control": "private"})
    node.instead = [
        partial("bytes 0-99/1000", 100, etag='"1"', cache_control="private"),
        partial("bytes 100-249/1000", 150, etag='"2"', cache_control="private"),
    ]
    done = node.ask("50-249")
    assert done.broken and done.size_bytes == 50 and outcome(done.record) == "refused changed-midway"


def test_an_origin_that_knows_no_ranges_gives_the_whole() -> None:
    node = Ranged()
    node.ignores_ranges = True
    assert told(node.ask("150-249")) == (206, "bytes 150-249/1000", 100)
    assert told(node.ask()) == (200, None, 1000) and len(node.asked) == 1


@pytest.mark.parametrize("status", [404, 403, 500])
def test_an_error_is_answered_as_it_is(status: int) -> None:
    node = Ranged()
    node.instead = [Answer(head(status, content_length="5", cache_control="no-store"), 5)]
    assert told(node.ask("0-9")) == (status, None, 5)
    assert told(node.ask("0-9"))[0] == 206


def test_a_stored_404_answers_ranges_too() -> None:
    node = Ranged()
    node.instead = [Answer(head(404, content_length="5", cache_control="max-age=9"), 5)]
    assert told(node.ask("0-9")) == told(node.ask("700-")) == (404, None, 5)
    assert len(node.asked) == 1


def test_nobody_to_ask_is_an_error_or_a_broken_answer() -> None:
    node = Ranged()
    node.instead = [Failure.UNREACHABLE]
    assert told(node.ask("0-9"))[0] == 502
    node.ask("0-99")
    node.instead = [Failure.UNREACHABLE]
    done = node.ask("0-199")
    assert done.broken and outcome(done.record) == "refused upstream-unreachable"
    assert told(node.ask("0-199")) == (206, "bytes 0-199/1000", 200)


def test_a_block_that_breaks_off_breaks_the_answer_and_is_not_stored() -> None:
    node = Ranged()
    node.breaks = True
    assert node.ask("0-199").broken
    assert not node.shelf.kept and len(node.asked) == 1


def test_stale_parts_are_validated_and_freshened_together() -> None:
    node = Ranged()
    node.ask("0-199")
    done = node.ask("0-199", at_ms=61_000)
    assert told(done) == (206, "bytes 0-199/1000", 200) and outcome(done.record) == "revalidated expired"
    assert [(asked.status, asked.range) for asked in node.asked[2:]] == [(304, "bytes=0-99")]
    assert node.asked[2].headers.get("if-none-match") == '"1"'


def test_a_stale_whole_is_validated_and_not_fetched_for_a_range() -> None:
    node = Ranged()
    node.ask()
    assert outcome(node.ask("0-9", at_ms=61_000).record) == "revalidated expired"
    node.has(900, V2)
    assert told(node.ask("500-509", at_ms=200_000)) == (206, "bytes 500-509/900", 10)
    assert [asked.size_bytes for asked in node.asked] == [1000, 0, 100]
    assert len(node.shelf.kept) == 1


@pytest.mark.parametrize(
    ("scope", "value"),
    [
        (Scope.URL, "/a"),
        (Scope.URL, "http://cdn.test/a"),
        (Scope.PREFIX, "/"),
        (Scope.TAG, "t"),
        (Scope.ALL, ""),
    ],
)
def test_a_purge_matches_every_part(scope: Scope, value: str) -> None:
    node = Ranged(fields=PLAIN | {"cache-tag": "t"})
    node.ask("0-199")
    node.purge(scope, value, soft=True)
    assert outcome(node.ask("100-199").record) == "revalidated soft-purged"
    node.purge(scope, value)
    assert not node.shelf.kept
    assert outcome(node.ask("100-199").record) == "miss uri-miss"


def test_a_whole_is_completed_from_its_parts() -> None:
    node = Ranged()
    node.ask("0-399")
    done = node.ask()
    assert told(done) == (200, None, 1000) and outcome(done.record) == "miss partial"
    assert node.ranges[-1] == "bytes=400-" and node.asked[-1].headers.get("if-match") == '"1"'
    assert told(node.ask()) == (200, None, 1000) and node.asked_bytes == 1000


def test_a_gap_in_the_middle_is_filled() -> None:
    node = Ranged()
    node.ask("0-99,500-")
    assert told(node.ask()) == (200, None, 1000) and node.ranges[-1] == "bytes=100-499"


def test_more_than_one_gap_is_not_worth_it_and_the_whole_replaces_its_parts() -> None:
    node = Ranged()
    node.ask("100-199,500-599")
    assert told(node.ask()) == (200, None, 1000) and node.ranges[-1] is None
    assert len(node.shelf.kept) == 1


@pytest.mark.parametrize("ignores_ranges", [True, False])
def test_what_does_not_complete_it_is_not_used(ignores_ranges: bool) -> None:
    node = Ranged()
    node.ask("0-99")
    node.has(900, V2)
    node.ignores_ranges = ignores_ranges
    assert told(node.ask()) == (200, None, 900)
    assert len(node.shelf.kept) == 1


def test_a_part_without_a_validator_is_not_completed_but_it_is_tried() -> None:
    node = Ranged(fields=WEAK)
    node.ask("0-99")
    assert told(node.ask()) == (200, None, 1000)
    assert node.ranges == ["bytes=0-99", "bytes=100-", None]


def test_contradictions_of_the_origin_are_read_by_the_bytes_that_came() -> None:
    node = Ranged()
    node.instead = [partial("bytes 4-9/10", 5)]
    assert told(node.ask("-5")) == (206, "bytes 4-9/10", 5)
    assert told(node.ask("-5")) == (206, "bytes 4-9/10", 5)
    assert told(node.ask("6-8")) == (206, "bytes 6-8/9", 3)
    assert told(node.ask("6-")) == (206, "bytes 6-8/9", 3)
    assert told(node.ask("-1")) == (206, "bytes 8-8/9", 1)
    assert len(node.asked) == 1


def test_another_range_than_was_asked_for_is_relayed_only_to_who_used_the_same_words() -> None:
    node = Ranged()
    node.instead = [partial("bytes 0-4/10", 5)]
    assert told(node.ask("-5")) == (206, "bytes 0-4/10", 5)
    node = Ranged()
    node.instead = [partial("bytes 300-399/1000", 100, etag='"1"')]
    assert told(node.ask("10-19")) == (206, "bytes 10-19/1000", 10)
    assert node.ranges == ["bytes=0-99", "bytes=10-19"]


def test_an_object_of_unknown_length_is_answered_as_far_as_a_part_goes() -> None:
    node = Ranged()
    node.instead = [partial("bytes 0-99/*", 100)]
    assert told(node.ask("10-19")) == (206, "bytes 10-19/*", 10)
    assert outcome(node.ask("20-29").record) == "hit fresh"
    assert node.ranges == ["bytes=0-99"]


def test_a_private_rest_is_not_shared_with_followers() -> None:
    node = Ranged(fields=PLAIN | {"cache-control": "private"})
    done = node.driver.together([request("/a", range="bytes=0-9")] * 2, T0_MS)
    assert [told(item) for item in done] == [(206, "bytes 0-9/1000", 10)] * 2
    assert [outcome(item.record) for item in done] == ["miss uri-miss", "bypass unsliced"]


def test_clients_of_one_block_share_its_flight() -> None:
    node = Ranged()
    both = [request("/a", range=f"bytes={wanted}") for wanted in ("0-9", "50-59")]
    done = node.driver.together(both, T0_MS)
    assert [outcome(item.record) for item in done] == ["miss uri-miss", "collapsed uri-miss"]
    assert node.ranges == ["bytes=0-99"]


def test_without_slices_the_whole_is_fetched() -> None:
    node = Ranged(slice_bytes=0)
    assert told(node.ask("10-19")) == (206, "bytes 10-19/1000", 10)
    assert node.ranges == [None]
    assert told(node.ask("10-19,500-509"))[0] == 206 and len(node.asked) == 1


@pytest.mark.parametrize("wanted", [None, "0-399", "150-", "0-9,250-259", "-350"])
@pytest.mark.parametrize("bad", [[0], [1], [2], [0, 3], [0, 1, 2, 3]])
def test_a_part_that_cannot_be_read_is_fetched_like_one_that_is_missing(
    wanted: str | None, bad: list[int]
) -> None:
    node = Ranged(400)
    expected = told(Ranged(400).ask(wanted)), Ranged(400).ask(wanted).size_bytes
    for first in range(0, 400, SLICE_BYTES):
        node.ask(f"{first}-{first + SLICE_BYTES - 1}")
    parts = sorted(node.cache.index.parts.of(key_of("/a")), key=lambda part: part.start)
    node.shelf.unreadable.update(parts[number].serial for number in bad)
    node.asked.clear()
    done = node.ask(wanted)
    assert (told(done), done.size_bytes) == expected and not done.broken
    assert all(each.status == 206 for each in node.asked) and len(node.asked) <= len(bad)
    assert node.ask(wanted).size_bytes == expected[1] and len(node.cache.flights) == 0


def test_nor_is_a_whole_with_a_gap_lost_for_a_part_that_cannot_be_read() -> None:
    node = Ranged(400)
    for first in (0, 100, 300):
        node.ask(f"{first}-{first + SLICE_BYTES - 1}")
    parts = node.cache.index.parts.of(key_of("/a"))
    node.shelf.unreadable.update(part.serial for part in parts if part.start == 100)
    node.asked.clear()
    assert told(node.ask()) == (200, None, 400)
    assert sorted(node.ranges) == ["bytes=100-199", "bytes=200-299"]
