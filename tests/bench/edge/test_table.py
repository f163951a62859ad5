from io import StringIO

from rich.console import Console

from bench.edge.measure import Found
from bench.edge.rows import EdgeRow, Spread
from bench.edge.table import edge_table, lines

ROWS = [
    EdgeRow(
        "404-miss", 64 * 1024, "headwater", 123_456.7, 9876.5e6, 1234.5, 12_345, 1.0, 123_456.7, None, None
    ),
    EdgeRow("404-miss", 64 * 1024, "varnish", 1.0, 1e6, 0.04, 0, None, None, Spread(1.5, 0.25, 12.0), None),
    EdgeRow("hit", 1000, "headwater", 5.0, 1e6, 2.0, 0, 0.5, 10.0, None, None),
    EdgeRow("hit", 4 * 1024**2, "nginx", 5.0, 1e6, 2.0, 0, 0.5, 10.0, Spread(2, 2, 2), Spread(3, 3, 3)),
]


def test_the_table_fits_80_columns_and_says_all() -> None:
    out = StringIO()
    Console(file=out, width=80).print(edge_table(ROWS))
    text = out.getvalue()
    assert "…" not in text and max(map(len, text.splitlines())) <= 80
    for heading in ("404-miss, 64 KiB", "hit, 1000 B", "hit, 4 MiB"):
        assert text.count(heading) == 1
    cells = [line.split() for line in text.splitlines()]
    assert ["headwater", "123,457", "9,876", "1234.5", "12,345", "123,457", "-", "-"] in cells
    assert ["varnish", "1", "1", "0.0", "0", "-", "1.50", "(0.25-12.00)", "-"] in cells
    assert ["nginx", "5", "1", "2.0", "0", "10", "2.00", "(2.00-2.00)", "3.00"] in cells


def test_lines_tell_what_was_left_out_goals_and_failures() -> None:
    found = Found(ROWS, ["tls: varnish speaks no TLS"], ["hit: nginx: broke"])
    told = list(lines(found))
    assert told[0] == "tls: varnish speaks no TLS" and told[-1] == "FAILED hit: nginx: broke"
    assert "hit 4,194,304 bytes: 2.00 of nginx (3.00 by CPU time), goal 2.0: reached" in told
