"""What goes to peers, and what they are told."""

from dataclasses import replace

import pytest

from caching.entry import Fill, make_entry
from caching.messages import ResponseHead
from caching.reply import Reply
from caching.tier import for_peer, may_ask_peer
from tests.caching.samples import SETTINGS, fields, request


@pytest.mark.parametrize(
    ("method", "from_peer", "may"),
    [
        ("GET", False, True),
        ("HEAD", False, True),
        ("GET", True, False),
        ("POST", False, False),
        ("OPTIONS", False, False),
        ("QUERY", False, False),
    ],
)
def test_only_what_may_be_repeated_and_has_not_come_from_one(method: str, from_peer: bool, may: bool) -> None:
    assert may_ask_peer(request()._replace(method=method, from_peer=from_peer)) is may


def test_a_peer_is_told_the_position_and_of_what_was_purged_softly_the_old_one() -> None:
    reply = Reply(200, (("a", "b"),), None)
    head = ResponseHead(200, fields(cache_control="max-age=60"))
    entry = make_entry(request(), head, SETTINGS, Fill("k", 1, position=3, asked_ms=0), 0)
    assert for_peer(reply, 7, None).headers == (("a", "b"), ("headwater-position", "7"))
    assert for_peer(reply, 7, entry).headers[-1] == ("headwater-position", "7")
    assert for_peer(reply, 7, replace(entry, soft_purged_ms=1)).headers[-1] == ("headwater-position", "3")
