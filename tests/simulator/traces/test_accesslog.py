"""What counts of an edge's access log, by lines that a real edge's writer wrote."""

from pathlib import Path

import msgspec
import pytest

from edge.accesslog import AccessLine, AccessLog
from simulator.traces.accesslog import read_access_log
from simulator.traces.errors import Broken, TraceError
from tests.simulator.traces.build import log_line

PATH = Path("access.jsonl")


def read(text: str, who: tuple[str, ...] = ("client",)) -> list[tuple[int, int, int]]:
    return [
        (time, key, size)
        for piece in read_access_log(PATH, [text.encode()], frozenset(who))
        for key, size, time in zip(*(array.tolist() for array in piece), strict=True)
    ]


def test_lines_of_the_edges_own_writer_are_read(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "log")
    for n, key in enumerate(["http://h/a", "http://h/b", "http://h/a"]):
        log.write(
            AccessLine(1000 + n, "e", "client", "127.0.0.1", "GET", key, 200, "hit", "fresh", 5 + n, 0.5, 1)
        )
    log.close()
    (first, second, third) = read((tmp_path / "log").read_text())
    assert [first[0], second[0], third[0]] == [1000, 1001, 1002]
    assert [first[2], second[2], third[2]] == [5, 6, 7]
    assert first[1] == third[1] != second[1]
    assert set(msgspec.structs.asdict(AccessLine(1, "", "", "", "", "", 1, "", "", 1, 1.0, 1))) >= {
        "at_ms",
        "who",
        "method",
        "key",
        "status",
        "bytes",
    }


def test_only_what_was_asked_for_counts() -> None:
    text = (
        log_line(1, "a", 10)
        + log_line(2, "a", 10, who="peer")
        + log_line(3, "a", 10, who="refresh")
        + log_line(4, "a", 10, method="POST")
        + log_line(5, "a", 10, status=404)
        + log_line(6, "a", 0, status=304)
        + log_line(7, "a", 0, method="HEAD")
        + log_line(8, "a", 3, status=206, range="bytes=0-2")
    )
    assert [time for time, _, _ in read(text)] == [1, 6, 7, 8]
    assert [time for time, _, _ in read(text, ("peer", "refresh"))] == [2, 3]


@pytest.mark.parametrize(
    ("line", "reason", "words"),
    [
        ("{}\n", Broken.NOT_A_LOG_LINE, "record 2: is no line of an access log .*at_ms"),
        ("not json\n", Broken.NOT_A_LOG_LINE, "record 2: is no line of an access log"),
        (log_line(1, "a", 1)[:40], Broken.NOT_A_LOG_LINE, "record 2: is no line of an access log"),
        (log_line(1, "a", 1, bytes="1"), Broken.NOT_A_LOG_LINE, r"record 2: .*\$.bytes"),
        (log_line(1, "a", -1), Broken.NEGATIVE_SIZE, "record 2: bytes -1 is negative"),
        (log_line(1, "a", 2**32), Broken.TOO_LARGE, "record 2: bytes 4294967296 is more"),
    ],
)
def test_a_broken_line_is_named(line: str, reason: Broken, words: str) -> None:
    with pytest.raises(TraceError, match=words) as caught:
        read(log_line(1, "a", 1) + "\n" + line)
    assert caught.value.reason is reason
