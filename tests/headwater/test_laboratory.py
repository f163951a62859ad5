"""What users write is understood, or answered with what would be right."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import typer

from headwater import laboratory as lab
from headwater.config import ConfigError
from simulator.plot import Series
from simulator.sweep import SweepError, Task
from simulator.synthetic import Sizes, Zipf, drawn
from simulator.traces import Broken, Columns, Format, Summary, TraceError
from tests.simulator.laid import laid
from tests.simulator.traces.build import SOME, oracle_bytes, write


def tasks(policy: str, admission: str) -> list[Task]:
    return lab.tasks(lab.parse_policies(policy), lab.parse_admissions(admission), [1000])


def test_capacities_are_shares_or_sizes() -> None:
    assert lab.parse_capacities("1%, 12.5%,10GiB,500", 1_000_000) == [10_000, 125_000, 10 * 2**30, 500]
    assert lab.parse_capacities("0.0001%", 1_000_000) == [1]


def test_warm_up_is_a_share_or_a_number() -> None:
    assert lab.parse_warmup("10%", 999) == 99
    assert lab.parse_warmup("10", 999) == 10
    assert lab.parse_warmup("0", 999) == 0


def test_policies_have_options_of_their_kinds() -> None:
    assert lab.parse_policies("lru, s3fifo:small_ratio=0.2:promote_hits=1:admit_large=true:x=y") == [
        ("lru", {}),
        ("s3fifo", {"small_ratio": 0.2, "promote_hits": 1, "admit_large": True, "x": "y"}),
    ]


def test_names_may_be_as_their_papers_write_them() -> None:
    names = [name for name, _ in lab.parse_policies("LRU,2Q,LFU-DA,S3-FIFO,W-TinyLFU,Belady-Size")]
    assert names == ["lru", "twoq", "lfuda", "s3fifo", "wtinylfu", "beladysize"]


def test_tasks_are_every_combination_in_order() -> None:
    policies = lab.parse_policies("lru,fifo")
    rules = lab.parse_admissions("all,size:max_bytes=4kB")
    limit = {"max_bytes": 4000}
    assert lab.tasks(policies, rules, [5, 9]) == [
        Task("lru", 5),
        Task("lru", 9),
        Task("lru", 5, "size", {}, limit),
        Task("lru", 9, "size", {}, limit),
        Task("fifo", 5),
        Task("fifo", 9),
        Task("fifo", 5, "size", {}, limit),
        Task("fifo", 9, "size", {}, limit),
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: lab.parse_share("5"), "'5': a percentage such as 5%"),
        (lambda: lab.parse_share("5%%"), "a percentage"),
        (lambda: lab.parse_share("-1%"), "a percentage"),
        (lambda: lab.parse_share("101%"), "a percentage"),
        (lambda: lab.parse_share("nan%"), "a percentage"),
        (lambda: lab.parse_rate("0%"), r"sample '0%': above 0 % and up to 12.5%"),
        (lambda: lab.parse_rate("13%"), "up to 12.5%"),
        (lambda: lab.parse_capacities("1%,", 100), "capacity size ''"),
        (lambda: lab.parse_capacities("1GX", 100), "capacity size '1GX'"),
        (lambda: lab.parse_capacities("inf", 100), "capacity "),
        (lambda: lab.parse_capacities("0%", 100), "capacity '0%': at least 1 byte, of 100 unique ones"),
        (lambda: lab.parse_capacities("1e30", 100), r"capacity '1e30': less than 2\*\*62 bytes"),
        (lambda: lab.parse_capacities("-5", 100), "capacity '-5': at least 1 byte"),
        (lambda: lab.parse_warmup("100%", 100), "warmup '100%': fewer than the 100 requests"),
        (lambda: lab.parse_warmup("x", 100), "a percentage"),
        (lambda: lab.parse_policies("lru:x"), "policy 'lru:x': options are written as"),
        (lambda: tasks("mru", "all"), "policy: 'mru' is not one of .*lru"),
        (lambda: tasks("lru:x=1", "all"), "x: is no option of the policy 'lru'"),
        (lambda: tasks("belady:x=1", "all"), "x: is no option of the policy 'belady', which has no options"),
        (
            lambda: tasks("beladysize:x=1", "all"),
            "x: is no option of the policy 'beladysize', which has samples, seed, bypass",
        ),
        (lambda: tasks("beladysize:samples=abc", "all"), "samples: must be a whole number, not 'abc'"),
        (lambda: tasks("beladysize:bypass=1", "all"), "bypass: must be true or false, not 1"),
        (lambda: tasks("s3fifo:small_ratio=abc", "all"), "small_ratio: must be a number, not 'abc'"),
        (lambda: tasks("s3fifo:promote_hits=1.5", "all"), "promote_hits: must be a whole number, not 1.5"),
        (lambda: tasks("lru", "second:keys=many"), "keys: must be a whole number, not 'many'"),
        (lambda: tasks("lru", "none"), "admission: 'none' is not one of all, .*second"),
        (lambda: tasks("lru", "all:x=1"), "x: the rule 'all' has no options"),
        (lambda: tasks("lru", "size"), "max_bytes: is needed by the rule 'size'"),
        (lambda: tasks("lru", "size:max_bytes=much"), "size 'much'"),
        (lambda: tasks("lru", "second:x=1"), "x: is no option of the rule 'second'"),
        (lambda: tasks("belady", "second"), "belady: goes without an admission rule"),
        (lambda: lab.check_plot(Path("a.pdf")), r"plot a.pdf: the name ends in .png or .html"),
        (lambda: lab.check_plot(Path("none/a.png")), "plot none/a.png: there is no such folder"),
    ],
)
def test_what_is_wrong_is_named(wrong: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        wrong()


def test_a_trace_is_what_the_options_say_or_its_name() -> None:
    told = lab.trace_of(Path("t.oracleGeneral"), None, None, ",", "client, peer")
    assert (told.format, told.who) == (Format.ORACLE, frozenset({"client", "peer"}))
    assert lab.trace_of(Path("t"), "accesslog", None, ",", "client").format is Format.ACCESS_LOG
    mapped = lab.trace_of(Path("t.log"), None, "id=1", "tab", "client")
    assert (mapped.format, mapped.columns) == (Format.CSV, Columns(None, "1", None, "\t"))


@pytest.mark.parametrize(
    ("block", "error", "code", "words"),
    [
        (lab.usage, ConfigError("wrong"), 2, "headwater: wrong\n"),
        (
            lab.usage,
            TraceError(Path("t"), Broken.EMPTY, "has no request"),
            2,
            "headwater: t: has no request\n",
        ),
        (lab.failures, SweepError("lost"), 1, "headwater: lost\n"),
        (
            lab.failures,
            OSError(28, "No space left on device", "x"),
            1,
            "headwater: x: No space left on device\n",
        ),
    ],
)
def test_errors_end_with_one_line(
    block: Callable[[], "typer.Context"],
    error: Exception,
    code: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit) as ended, block():
        raise error
    assert ended.value.exit_code == code
    assert capsys.readouterr().err == words


def test_a_prepared_trace_is_there_within_the_block_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "t.bin", oracle_bytes(SOME))
    with lab.prepared_trace(lab.trace_of(path, None, None, ",", "client"), None) as prepared:
        assert prepared.ids.tolist() == [0, 1, 0, 2, 1, 0]
    assert not prepared.folder.exists()


def test_rates_and_pieces_are_told() -> None:
    told: list[tuple[float, str]] = []
    on_requests = lab.at_rate(lambda share, note="": told.append((share, note)), 1000)
    pieces = list(lab.counted(drawn(Zipf(9), Sizes(), 1000, piece=400), on_requests))
    assert sum(len(piece.ids) for piece in pieces) == 1000
    assert [share for share, _ in told] == [0.4, 0.8, 1.0]
    assert all(note.endswith(" M requests/s") for _, note in told)


def test_pictures_are_drawn_if_wanted(tmp_path: Path) -> None:
    with laid(tmp_path, [(1, 1), (2, 1)]) as prepared:
        summary: Summary = prepared.summary
    series = [Series("lru", [1, 2], [1.0, 0.5], [1.0, 0.5])]
    lab.draw(None, series, "t", summary)
    lab.draw(tmp_path / "a.png", series, "t", summary)
    assert (tmp_path / "a.png").stat().st_size > 1000
    assert np.all([line.label == "lru" for line in series])
