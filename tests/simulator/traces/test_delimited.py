"""CSV by numbers and by names, with and without header; every fault with its record and line."""

from pathlib import Path

import pytest

from simulator.traces.columns import Columns
from simulator.traces.delimited import read_delimited
from simulator.traces.errors import Broken, TraceError

PATH = Path("t.csv")


def read(
    text: str, columns: str = "time=1,id=2,size=3", delimiter: str = ",", step: int = 10**6
) -> list[tuple[int, int, int]]:
    content = text.encode()
    pieces = [content[at : at + step] for at in range(0, len(content), step)]
    return [
        (time, key, size)
        for piece in read_delimited(PATH, pieces, Columns.parse(columns, delimiter))
        for key, size, time in zip(*(array.tolist() for array in piece), strict=True)
    ]


def numbered(requests: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """With objects by first appearance instead of by hash."""
    seen: dict[int, int] = {}
    return [(time, seen.setdefault(key, len(seen)), size) for time, key, size in requests]


EXPECTED = [(1500, 0, 10), (2000, 1, 20), (3000, 0, 10)]


@pytest.mark.parametrize(
    ("text", "columns", "delimiter"),
    [
        ("1.5,a,10\n2,b,20\n3,a,10\n", "time=1,id=2,size=3", ","),
        ("1.5,a,10\r\n\r\n2,b,20\r\n3,a,10", "time=1,id=2,size=3", ","),
        ("time,key,size\n1.5,a,10\n2,b,20\n3,a,10\n", "time=1,id=2,size=3", ","),
        ("\ufefftime,key,size\n1.5,a,10\n2,b,20\n3,a,10\n", "time=time,id=key,size=size", ","),
        ("size\tkey\tx\ttime\n10\ta\t\t1.5\n20\tb\t\t2\n10\ta\t\t3\n", "time=time,id=key,size=size", "tab"),
        ('"a;1";"10";1.5\n"b";20;2\n"a;1";10;3\n', "id=1,size=2,time=3", ";"),
        ('"the key, quoted",t,s\na,1.5,10\nb,2,20\na,3,10\n', "id=1,time=t,size=s", ","),
    ],
)
def test_the_same_requests_in_many_dresses(text: str, columns: str, delimiter: str) -> None:
    for step in (3, 10**6):
        assert numbered(read(text, columns, delimiter, step)) == EXPECTED


def test_without_sizes_all_are_one_byte_and_without_times_it_is_always_zero() -> None:
    assert numbered(read("a\nb\na\n", "id=1")) == [(0, 0, 1), (0, 1, 1), (0, 0, 1)]


@pytest.mark.parametrize(
    ("text", "columns", "reason", "words"),
    [
        (
            "1,a,10\n2,b,-20\n",
            "time=1,id=2,size=3",
            Broken.NEGATIVE_SIZE,
            r"record 2 \(line 2\): size '-20' is negative",
        ),
        (
            "t,k,s\n\n1,a,10\n2,b,x\n",
            "time=t,id=k,size=s",
            Broken.NOT_A_NUMBER,
            r"record 2 \(line 4\): size 'x' is not a whole",
        ),
        (
            "1,a,10.5\n",
            "time=1,id=2,size=3",
            Broken.NOT_A_NUMBER,
            r"record 1 \(line 1\): size '10.5' is not a whole",
        ),
        ("1,a,\n", "time=1,id=2,size=3", Broken.NOT_A_NUMBER, "size '' is not a whole"),
        ("1,a,4294967296\n", "time=1,id=2,size=3", Broken.TOO_LARGE, "more than 4294967295"),
        (
            "1,a,1\nnoon,a,1\n",
            "time=1,id=2,size=3",
            Broken.NOT_A_NUMBER,
            r"record 2 \(line 2\): time 'noon' is not a number",
        ),
        ("1,a,1\n1,,1\n", "time=1,id=2,size=3", Broken.ABSENT_COLUMN, r"record 2 \(line 2\): id '' is empty"),
        (
            "1,a,1\n1,a\n",
            "time=1,id=2,size=3",
            Broken.ABSENT_COLUMN,
            r"record 2 \(line 2\): there is no column 3 \(size\); the line has 2",
        ),
        (
            "t,k,s\n1,a,1\n",
            "time=t,id=k,size=bytes",
            Broken.ABSENT_COLUMN,
            r"there is no column 'bytes' in the header \(t, k, s\)",
        ),
        ("1,a,x\n1,a,-1\n1,a\n", "time=1,id=2,size=3", Broken.NOT_A_NUMBER, "record 1 "),
    ],
)
def test_faults_are_named(text: str, columns: str, reason: Broken, words: str) -> None:
    for step in (5, 10**6):
        with pytest.raises(TraceError, match=words) as caught:
            read(text, columns, step=step)
        assert caught.value.reason is reason
        assert str(caught.value).startswith("t.csv: ")
        assert "\n" not in str(caught.value)


def test_records_before_the_fault_are_read_first() -> None:
    text = "".join(f"{n},k{n},1\n" for n in range(5)) + "5,k5,-1\n"
    requests = read_delimited(PATH, [text[:20].encode(), text[20:].encode()], Columns())
    assert len(next(requests).keys) == 2
    with pytest.raises(TraceError, match=r"record 6 \(line 6\)"):
        next(requests)
