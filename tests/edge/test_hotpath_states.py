"""Whatever has happened to a node, its hot path answers as the rules would, byte for byte, or not at all."""

from __future__ import annotations

from collections import Counter
from itertools import product

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from caching import CacheSettings, Purge, Scope
from edge import EdgeSettings
from tests.edge.dry import Dry, Way, plain_request

SITE = "http://origin"
TARGETS = ("/a", "/v", "/n?x=1&y=2", "/n?x=2&y=2", "/n?y=2", "/d/e")
LINES = (
    *(f"GET {target}" for target in TARGETS),
    "HEAD /a",
    "HEAD /v",
    "GET /a?CMCD=x",
    "GET /n?y=2&x=1&CMCD=z",
)
BLOCKS = (
    "",
    "Accept-Language: de\r\n",
    "Accept-Language: fr, de;q=0.5\r\nUser-Agent: player\r\n",
    "Range: bytes=2-4\r\n",
    'Range: bytes=2-4\r\nIf-Range: "v1"\r\n',
    'If-None-Match: "v1"\r\n',
    "If-Modified-Since: Fri, 31 Dec 2027 00:00:00 GMT\r\n",
    "Cache-Control: max-age=10\r\n",
    "Authorization: Basic eDp5\r\n",
    "CDN-Loop: edge\r\n",
    "Connection: close\r\n",
)
REQUESTS = [
    f"{line} HTTP/1.1\r\nHost: viewer\r\n{block}\r\n".encode() for line, block in product(LINES, BLOCKS)
]
PURGES = {
    Scope.URL: ("/a", f"{SITE}/a", f"{SITE}/n?x=1&y=2", f"{SITE}/n?y=2", "/v"),
    Scope.PREFIX: ("/", f"{SITE}/d/", "/n"),
    Scope.TAG: ("t", "u"),
    Scope.ALL: ("",),
}
CONTROLS = (
    *("max-age=60", "max-age=60", "max-age=5", "max-age=60, stale-while-revalidate=60"),
    *("no-cache", "no-store", "private", "max-age=0"),
)
SAID = st.fixed_dictionaries(
    {"cache_control": st.sampled_from(CONTROLS)},
    optional={
        "vary": st.sampled_from(["accept-language", "accept-language", "user-agent", "*"]),
        "content_language": st.just("de"),
        "etag": st.sampled_from(['"v1"', '"v2"', 'W/"v1"']),
        "age": st.sampled_from(["0", "7"]),
        "cache_tag": st.sampled_from(["t", "t,u"]),
        "no_vary_search": st.sampled_from(['params=("x")', "key-order", "params", "params=?0"]),
        "last_modified": st.just("Sun, 06 Nov 1994 08:49:37 GMT"),
        "content_type": st.just("x/\xe9"),
    },
)
ASKED = st.fixed_dictionaries(
    {"cache_control": st.just("no-cache")},
    optional={"accept_language": st.sampled_from(["de", "fr, de;q=0.5", "de, fr;q=0.1"])},
)
MAX_ANSWERS = 20

ways: Counter[Way] = Counter()


class HotPath(RuleBasedStateMachine):
    """A small cache, so that entries are evicted, and a smaller shelf."""

    def __init__(self) -> None:
        super().__init__()
        cache = CacheSettings(
            node_name="edge", capacity_bytes=700, max_object_bytes=400, entry_overhead_bytes=100
        )
        self.node = Dry(EdgeSettings(SITE, cache=cache, prepared_objects=MAX_ANSWERS))

    @rule(
        path=st.sampled_from(TARGETS),
        asked=ASKED,
        said=SAID,
        status=st.sampled_from([200, 200, 200, 404, 301, 204]),
        body=st.sampled_from([b"0123456789", b"", b"x" * 200]),
    )
    def fill(self, path: str, asked: dict[str, str], said: dict[str, str], status: int, body: bytes) -> None:
        self.node.fill(plain_request(path, **asked), said, b"" if status == 204 else body, status)

    @rule(path=st.sampled_from(TARGETS), asked=ASKED, said=SAID)
    def validate(self, path: str, asked: dict[str, str], said: dict[str, str]) -> None:
        self.node.fill(plain_request(path, **asked), said, status=304)

    @rule(path=st.sampled_from(TARGETS))
    def write(self, path: str) -> None:
        self.node.fill(plain_request(path, method="POST"), {"cache_control": "no-store"})

    @rule(ms=st.sampled_from([1, 999, 1_000, 4_000, 30_000, 61_000, -1, -2_500, -90_000]))
    def turn_the_clock(self, ms: int) -> None:
        self.node.now_ms += ms

    @rule(
        purged=st.sampled_from([(scope, value) for scope, values in PURGES.items() for value in values]),
        soft=st.booleans(),
    )
    def purge(self, purged: tuple[Scope, str], soft: bool) -> None:
        cache = self.node.cache
        cache.apply_purge(Purge(*purged, soft), cache.position + 1, self.node.now_ms)

    @rule(ms=st.sampled_from([None, 0, 500, 5_000]))
    def hear_of_the_lease(self, ms: int | None) -> None:
        self.node.cache.lease_until_ms = None if ms is None else self.node.now_ms + ms

    @rule()
    def reset(self) -> None:
        self.node.cache.reset(self.node.cache.position)

    @invariant()
    def the_hot_path_answers_as_the_rules_do(self) -> None:
        for data in REQUESTS:
            ways[self.node.ask(data)] += 1
        assert len(self.node.hotpath) <= MAX_ANSWERS


def test_the_hot_path_follows_the_rules_whatever_happens() -> None:
    ways.clear()
    run_state_machine_as_test(
        HotPath, settings=settings(max_examples=60, stateful_step_count=30, deadline=None)
    )
    assert not ways[Way.LEFT]
    assert min(ways[Way.PREPARED], ways[Way.HIT], ways[Way.DECIDED]) > 500, ways
