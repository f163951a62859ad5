"""A picture says what it shows: labels, units, a legend; and the page has the figures too."""

import struct
from pathlib import Path

import pytest

from simulator.plot import Series, plot, si_bytes

CURVES = [
    Series("lru", [1000, 10_000, 100_000], [0.9, 0.5, 0.1], [0.95, 0.6, 0.2]),
    Series("sieve <new>", [1000, 10_000, 100_000], [0.8, 0.4, 0.05], [0.85, 0.5, 0.1]),
    Series("sampled", [1000, 100_000], [0.9, 0.1], [0.9, 0.1], [0.05, 0.01], [0.05, 0.01]),
]
ONE = [
    line._replace(capacities_bytes=[1000], miss_ratio=[0.25], byte_miss_ratio=[0.5]) for line in CURVES[:2]
]


@pytest.mark.parametrize("series", [CURVES, ONE])
def test_a_png_is_wide_enough_to_read(tmp_path: Path, series: list[Series]) -> None:
    plot(tmp_path / "a.png", series, "a trace", 200_000)
    content = (tmp_path / "a.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert width >= 1500
    assert height >= 350


def test_a_page_has_labels_units_legend_and_figures(tmp_path: Path) -> None:
    plot(tmp_path / "a.html", CURVES, "10 requests & more", 200_000)
    page = (tmp_path / "a.html").read_text()
    for words in (
        "10 requests &amp; more",
        "request miss ratio (%)",
        "byte miss ratio (%)",
        "cache capacity",
        "share of the trace's unique bytes (%)",
        ">lru<",
        "sieve &lt;new&gt;",
        ">1 kB<",
        ">100 kB<",
        "<td>lru<td>10 kB<td>10000<td>50.00%<td>60.00%",
    ):
        assert words in page, words
    assert "<new>" not in page


def test_one_capacity_is_bars_with_their_values(tmp_path: Path) -> None:
    plot(tmp_path / "a.html", ONE, "a trace", 200_000)
    page = (tmp_path / "a.html").read_text()
    assert page.count(">25.00%<") >= 2
    assert "cache capacity 1 kB" in page


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"the name ends in \.png or \.html"):
        plot(tmp_path / "a.pdf", CURVES, "", 1)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1536, "1.54 kB"),
        (999_999, "1 MB"),
        (1e6, "1 MB"),
        (2.5e9, "2.5 GB"),
        (1e15, "1 PB"),
        (0, "0 B"),
    ],
)
def test_bytes_have_the_prefix_that_fits(size: float, text: str) -> None:
    assert si_bytes(size) == text
