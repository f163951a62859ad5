from rich.console import Console

from bench.rows import EndToEndRow, HitRow, LiveRow, PolicyRow, Row, Side, TraceRow, as_dict
from bench.table import NO_PEER, lines, policy_table

TRACE = TraceRow(1000, 100, 0.8, 3, 5000, 500, 50, 0.5, None, 1, "0.3.5")
OURS, THEIRS = Side(250, 1000, 0.25, 0.2, 80e6), Side(251, 1001, 0.251, 0.2002, 5e6)
BOTH = PolicyRow("lru", OURS, THEIRS, 16.0, 15.5, 117.25, 0.01, True)
ALONE = PolicyRow("beladysize", OURS, None, None, None, None, 2.5, False)
ROWS: list[Row] = [
    TRACE,
    BOTH,
    ALONE,
    LiveRow("lru", 1000, 1.5e6),
    HitRow("cachetools LRUCache: cache[key]", 151.4),
    EndToEndRow("theirs", "lru", 2.0, 500.0),
]


def test_the_table_fits_a_narrow_terminal() -> None:
    console = Console(width=80)
    with console.capture() as captured:
        console.print(policy_table([BOTH, ALONE]))
    header, names, both, alone = captured.get().splitlines()
    assert header.split() == ["misses", "byte", "misses", "M", "req/s", "ratio"]
    assert names.split()[:3] == ["policy", "ours", "theirs"]
    assert both.split()[:5] == ["lru", "0.25000", "0.25100", "0.20000", "0.20020"]
    assert both.split()[5:] == ["80.0", "5.00", "16.0", "(15.5-117)"]
    assert alone.split() == ["beladysize", "0.25000", "-", "0.20000", "-", "80.0", "-", "-"]


def test_all_else_is_told_in_lines() -> None:
    assert list(lines(ROWS)) == [
        "1,000 requests for 100 objects (Zipf 0.8, seed 3), cache of 10% = 50 bytes, all on core 1",
        "loading for ours (read, number, lay down): 0.50 s, 0.0 M requests/s; once for all policies",
        "libcachesim 0.3.5 with its own defaults, reading the mapped file while it replays",
        "machine code for ours, from disk unless compiled, in s: lru 0.01, beladysize 2.50 (compiled)",
        "live lru over 1,000 requests: 1.50 M requests/s of CPU time",
        "a hit, cachetools LRUCache: cache[key]: 151 ns",
        "from file to answer, lru, theirs: 2.00 s, 0.00 M requests/s",
    ]
    future = list(lines([TRACE._replace(look_ahead_s=0.25)]))[2]
    assert future == "finding next requests for the policies that know the future: 0.25 s"
    alone = TRACE._replace(peer=None, core=None)
    assert NO_PEER in list(lines([alone])) and "a core of the system's choice" in next(lines([alone]))


def test_rows_are_plain_figures_with_their_kind() -> None:
    both = as_dict(BOTH)
    assert (both["kind"], both["ours"]["misses"], both["theirs"]["misses"]) == ("policy", 250, 251)
    assert [as_dict(row)["kind"] for row in ROWS[3:]] == ["live", "hit", "end_to_end"]
    assert as_dict(ALONE)["theirs"] is None
