from caching import Fetch, Follow, Headers, Relay, Serve
from caching.block import BlockExchange, Stretch
from caching.flights import FlightState
from caching.parts import Likeness
from tests.caching.ranged import Ranged
from tests.caching.samples import T0_MS, head, request

FIRST = Stretch(0, "bytes=0-99")
SECOND = Stretch(100, "bytes=100-199", Likeness('"1"', 1_000), block=1)


def block(node: Ranged, stretch: Stretch = FIRST, **fields: str) -> BlockExchange:
    return BlockExchange(node.cache, request("/a", **fields), stretch)


def led(exchange: BlockExchange) -> BlockExchange:
    """The exchange in the background that asks for a block, which has asked."""
    action = exchange.begin(T0_MS)
    assert isinstance(action, Follow) and action.lead is not None
    assert isinstance(action.lead.begin(T0_MS), Fetch)
    return action.lead


def test_blocks_spread_over_the_tier_but_the_first_goes_where_the_whole_would() -> None:
    node = Ranged()
    assert block(node).routing_key == "http://cdn.test/a"
    assert block(node, SECOND).routing_key == "http://cdn.test/a#1"


def test_what_is_missing_is_asked_for_in_the_background_and_followed() -> None:
    node = Ranged()
    mine, other = block(node), block(node)
    lead = led(mine)
    following = other.begin(T0_MS)
    assert isinstance(following, Follow) and following.lead is None
    values = {"content_range": "bytes 0-99/1000", "content_length": "100", "etag": '"1"'}
    action = lead.on_head(head(206, None, cache_control="max-age=9", **values), T0_MS)
    assert isinstance(action, Relay) and action.fill is lead.brought and action.fill is not None
    assert (action.fill.start, action.fill.end, action.fill.whole_bytes) == (0, 100, 1_000)
    assert all(isinstance(one.on_flight(T0_MS), Serve) for one in (mine, other))
    node.shelf.open(action.fill.serial)
    lead.on_filled(100)
    assert block(node).finds(T0_MS) and not block(node, SECOND).finds(T0_MS)


def test_what_ends_early_is_not_stored_as_the_part_that_it_claimed_to_be() -> None:
    node = Ranged()
    lead = led(block(node))
    values = {"content_range": "bytes 0-99/1000", "etag": '"1"', "cache_control": "max-age=9"}
    action = lead.on_head(head(206, **values), T0_MS)
    assert isinstance(action, Relay) and action.fill is not None
    node.shelf.open(action.fill.serial)
    lead.on_filled(50)
    assert not node.shelf.kept and not block(node).finds(T0_MS)


def test_a_peer_that_has_another_version_is_not_believed() -> None:
    node = Ranged()
    lead = led(block(node, SECOND))
    action = lead.on_head(head(412, 0), T0_MS)
    assert isinstance(action, Fetch) and action.origin_only and action.headers.get("if-match") == '"1"'
    action = lead.on_head(head(412), T0_MS)
    assert isinstance(action, Fetch) and "if-match" not in action.headers
    lead.finish()


def test_an_abandoned_flight_is_taken_over() -> None:
    node = Ranged()
    mine, other = block(node), block(node)
    lead = led(mine)
    other.begin(T0_MS)
    lead.finish()
    assert lead._flight is not None and lead._flight.state is FlightState.ABANDONED
    action = other.on_flight(T0_MS)
    assert isinstance(action, Follow) and action.lead is not None
    action.lead.finish()
    mine.finish()


def test_it_carries_nothing_of_its_clients_own() -> None:
    mine = block(Ranged(), FIRST, if_none_match='"1"', range="bytes=5-6", accept="x")
    assert mine.request.headers == Headers([("accept", "x")])
