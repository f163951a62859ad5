"""What ranges cost the origin: the invariant that ``caching.gathering`` states, on two kinds of driver."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from caching import CacheSettings, Headers, Purge, Refuse, Scope
from caching.gathering import excess_blocks
from caching.ranges import parse_range
from simulator import SimObject, World, WorldSettings
from simulator.client import Got
from tests.caching.ranged import PLAIN, SLICE_BYTES, Ranged, reply_of

SIZES = (0, 1, 99, 100, 101, 1_000, 1_050)
VERSIONS = (
    PLAIN,
    PLAIN | {"etag": '"2"'},
    {"cache-control": "max-age=5", "last-modified": "Mon, 13 Nov 2023 00:00:00 GMT"},
    {"cache-control": "max-age=5, stale-while-revalidate=5", "etag": '"3"'},
    {"cache-control": "max-age=60", "etag": 'W/"4"'},
    {"cache-control": "private", "etag": '"5"'},
    {"cache-control": "no-store"},
)

positions = st.one_of(st.integers(0, 1_200), st.sampled_from([0, 99, 100, 199, 200, 999, 1_000]))
spans = st.one_of(
    st.builds(
        lambda first, more: f"{first}-{first + more}", positions, st.sampled_from([0, 0, 1, 99, 100, 700])
    ),
    positions.map(lambda first: f"{first}-"),
    st.integers(0, 1_200).map(lambda length: f"-{length}"),
)


class Ask(NamedTuple):
    """A client asks for ranges, and may leave."""

    wanted: str
    leaves_after: int | None
    if_range: str | None


asks = st.builds(
    Ask,
    st.lists(spans, min_size=1, max_size=5).map(",".join),
    st.one_of(st.none(), st.none(), st.integers(1, 600)),
    st.sampled_from([None, None, None, '"1"', '"9"']),
)
versions = st.tuples(st.sampled_from(SIZES), st.sampled_from(VERSIONS))
purges = st.sampled_from([Scope.ALL, Scope.URL]).flatmap(
    lambda scope: st.tuples(st.just(scope), st.booleans())
)
times = st.sampled_from([0, 1_000, 6_000, 61_000])
steps = st.lists(st.one_of(asks, asks, asks, versions, purges, times), min_size=1, max_size=12)


@given(versions, steps, st.sampled_from([300, 5_000]))
@settings(max_examples=300)
def test_the_origin_is_asked_for_little_more_than_clients_are_sent(
    first: tuple[int, dict[str, str]], taken: list[object], capacity_bytes: int
) -> None:
    node, now_ms = Ranged(first[0], first[1], capacity_bytes=capacity_bytes), 0
    for step in taken:
        match step:
            case Ask():
                _ask(node, step, now_ms)
            case (Scope() as scope, bool(soft)):
                node.purge(scope, "http://cdn.test/a" if scope is Scope.URL else "", soft=soft)
            case (int(size_bytes), dict(fields)):
                node.has(size_bytes, fields)
            case int(ms):
                now_ms += ms


def _ask(node: Ranged, ask: Ask, now_ms: int) -> None:
    fields = {} if ask.if_range is None else {"if_range": ask.if_range}
    before = node.asked_bytes
    done = node.ask(ask.wanted, now_ms, ask.leaves_after, **fields)
    ranges = len(parse_range(f"bytes={ask.wanted}"))
    sent_bytes = done.size_bytes - done.framing_bytes
    assert node.asked_bytes - before <= sent_bytes + excess_blocks(ranges) * SLICE_BYTES
    assert len(done.etags) <= 1
    if isinstance(done.action, Refuse) or done.broken or ask.leaves_after is not None:
        return
    reply = reply_of(done)
    told = Headers(reply.headers).get("content-length")
    assert reply.body is None or told is None or done.size_bytes == int(told)


happenings = st.lists(st.tuples(st.integers(0, 600), st.one_of(versions, purges)), max_size=4)
waves = st.lists(
    st.tuples(st.lists(asks, min_size=1, max_size=4), happenings),
    min_size=1,
    max_size=4,
)


@given(versions, waves)
@settings(max_examples=60)
def test_nor_when_clients_share_a_network_with_latency(
    first: tuple[int, dict[str, str]], taken: list[tuple[list[Ask], list[tuple[int, object]]]]
) -> None:
    cache = CacheSettings(slice_bytes=SLICE_BYTES, capacity_bytes=5_000, entry_overhead_bytes=0)
    world = World(WorldSettings(cache=cache, chunk_bytes=50), [_object(*first)])
    got: list[Got] = []
    for wave, happening in taken:
        for after_ms, what in happening:
            world.at(world.scheduler.now_us // 1_000 + after_ms, partial(_happen, world, what))
        for ask in wave:
            world.spawn(_get(world, ask, got))
        world.settle()
    asked = [ask for wave, _ in taken for ask in wave]
    blocks = sum(excess_blocks(len(parse_range(f"bytes={ask.wanted}"))) for ask in asked)
    sent_bytes = world.edges["edge-1"].uplink.carried_bytes
    assert world.origin.uplink.carried_bytes <= sent_bytes + blocks * SLICE_BYTES
    for ask, answer in zip(asked, got, strict=True):
        told = answer.headers.get("content-length")
        whole = answer.failure is None and ask.leaves_after is None and told is not None
        assert not whole or answer.size_bytes == int(told or 0)


def _object(size_bytes: int, fields: dict[str, str]) -> SimObject:
    return SimObject("/a", size_bytes, Headers(fields.items()))


def _happen(world: World, what: object) -> None:
    match what:
        case (Scope() as scope, bool(soft)):
            world.purge(Purge(scope, "/a" if scope is Scope.URL else "", soft))
        case (int(size_bytes), dict(fields)):
            world.origin.table.put(_object(size_bytes, fields))


async def _get(world: World, ask: Ask, got: list[Got]) -> None:
    fields = [("range", f"bytes={ask.wanted}")]
    fields += [] if ask.if_range is None else [("if-range", ask.if_range)]
    place = len(got)
    got.append(Got("", 0, Headers(), 0, None, 0, 0, 0))
    client = world.client()
    got[place] = await client.get("edge-1", "/a", Headers(fields), leave_after_bytes=ask.leaves_after)
