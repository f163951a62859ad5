import pytest

from caching import Exchange, Gather
from caching.ranges import Spec
from caching.wanted import Wanted
from tests.caching.ranged import PLAIN, Ranged
from tests.caching.samples import T0_MS, request


def wanted(node: Ranged, method: str = "GET", at_ms: int = 0, /, **fields: str) -> Wanted | None:
    exchange = Exchange(node.cache, request("/a", method, **fields))
    action = exchange.begin(T0_MS + at_ms)
    exchange.finish()
    return action.wanted if isinstance(action, Gather) else None


@pytest.mark.parametrize(
    ("value", "specs"),
    [
        ("bytes=0-9", (Spec(0, 9),)),
        ("bytes=0-9,-5", (Spec(0, 9), Spec(None, 5))),
        ("bytes=9-0", None),
        ("bytes=0-9,x", None),
        ("lines=0-9", None),
    ],
)
def test_ranges_of_what_is_missing(value: str, specs: tuple[Spec, ...] | None) -> None:
    node = Ranged()
    assert wanted(node, range=value) == (None if specs is None else Wanted(specs))
    assert wanted(node, "HEAD", range=value) is None
    assert wanted(Ranged(slice_bytes=0), range=value) is None


def test_of_a_fresh_whole_only_several_ranges_are_gathered() -> None:
    node = Ranged()
    node.ask()
    assert wanted(node, range="bytes=0-9") is None
    assert wanted(node, range="bytes=0-9,50-59") == Wanted((Spec(0, 9), Spec(50, 59)))
    assert wanted(node, "GET", 60_000, range="bytes=0-9") == Wanted((Spec(0, 9),))


def test_a_whole_that_is_on_its_way_is_followed() -> None:
    node = Ranged()
    leader = Exchange(node.cache, request("/a"))
    leader.begin(T0_MS)
    assert wanted(node, range="bytes=0-9") is None
    leader.finish()
    assert wanted(node, range="bytes=0-9") is not None


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ([], None),
        (["0-399"], Wanted((), Spec(400, None))),
        (["400-"], Wanted((), Spec(0, 399))),
        (["0-99", "500-"], Wanted((), Spec(100, 499))),
        (["0-499", "500-"], Wanted(())),
        (["100-199"], None),
        (["100-199", "800-"], None),
    ],
)
def test_a_whole_is_completed_when_one_stretch_is_missing(stored: list[str], expected: Wanted | None) -> None:
    node = Ranged()
    for value in stored:
        node.ask(value)
    assert wanted(node) == expected
    assert wanted(node, "GET", 60_000) is None, "what is stored is stale"
    assert wanted(node, range="x") is None


def test_what_is_too_large_to_be_stored_whole_is_not_completed() -> None:
    node = Ranged(max_object_bytes=999)
    node.ask("0-899")
    assert wanted(node) is None


def test_a_head_is_answered_by_any_part() -> None:
    node = Ranged()
    node.ask("300-399")
    assert wanted(node, "HEAD") == wanted(node, "HEAD", range="bytes=0-9") == Wanted((), None, 300)
    assert wanted(node, "HEAD", 60_000) is None


def test_another_variant_is_not_completed() -> None:
    node = Ranged(fields=PLAIN | {"vary": "Accept"})
    node.ask("0-399", accept="x")
    assert wanted(node, accept="y") is None and wanted(node, accept="x") is not None
