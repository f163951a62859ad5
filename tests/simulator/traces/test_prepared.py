"""A prepared trace says what the file says, can be read by any process, and leaves nothing behind."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.traces import Broken, Format, Prepared, Trace, TraceError, prepare
from simulator.traces.future import NEVER
from tests.simulator.traces.build import SOME, log_line, oracle_bytes, write


def oracle(path: Path, requests: list[tuple[int, int, int]]) -> Trace:
    return Trace(write(path / "t.oracleGeneral", oracle_bytes(requests)), Format.ORACLE)


def test_everything_is_as_in_the_file(tmp_path: Path) -> None:
    with prepare(oracle(tmp_path, SOME), tmp_path) as prepared:
        assert prepared.ids.tolist() == [0, 1, 0, 2, 1, 0]
        assert prepared.sizes.tolist() == [100, 50, 100, 1, 50, 100]
        assert prepared.times_ms.tolist() == [10_000, 10_000, 11_000, 12_000, 14_000, 15_000]
        summary = prepared.summary
        assert (summary.requests, summary.objects, summary.one_hit_wonders) == (6, 3, 1)
        assert (summary.request_bytes, summary.unique_bytes, summary.largest_bytes) == (401, 151, 100)
        assert (summary.sizeless, summary.resized, summary.seconds) == (0, 0, 5.0)
        assert summary.one_hit_wonder_share == pytest.approx(1 / 3)


def test_chunks_cover_it_in_order_with_the_future_if_wanted(tmp_path: Path) -> None:
    with prepare(oracle(tmp_path, SOME)) as prepared:
        chunks = list(prepared.chunks(piece=4))
        assert [chunk.ids.tolist() for chunk in chunks] == [[0, 1, 0, 2], [1, 0]]
        assert [chunk.sizes.tolist() for chunk in chunks] == [[100, 50, 100, 1], [50, 100]]
        assert [len(chunk.nexts) for chunk in chunks] == [0, 0]
        assert {chunk.objects for chunk in chunks} == {3}
        prepared.look_ahead()
        chunks = list(prepared.chunks(future=True, piece=4))
        assert [chunk.nexts.tolist() for chunk in chunks] == [[2, 4, 5, NEVER], [NEVER, NEVER]]


def test_requests_of_no_bytes_are_left_out(tmp_path: Path) -> None:
    with prepare(oracle(tmp_path, [(0, 5, 0), *SOME, (99, 7, 0)])) as prepared:
        assert prepared.ids.tolist() == [0, 1, 0, 2, 1, 0]
        assert (prepared.summary.requests, prepared.summary.sizeless) == (6, 2)
        assert prepared.summary.seconds == 5.0


def test_sizes_that_change_are_kept_and_counted(tmp_path: Path) -> None:
    with prepare(oracle(tmp_path, [(0, 5, 10), (0, 5, 30), (0, 5, 30), (0, 5, 20)])) as prepared:
        assert prepared.sizes.tolist() == [10, 30, 30, 20]
        assert (prepared.summary.unique_bytes, prepared.summary.request_bytes) == (10, 90)
        assert (prepared.summary.largest_bytes, prepared.summary.resized) == (30, 2)


def test_the_largest_answer_is_the_size_of_a_logged_object(tmp_path: Path) -> None:
    log = (
        log_line(1000, "a", 0, status=304)
        + log_line(1500, "b", 0, method="HEAD")
        + log_line(2000, "a", 900)
        + log_line(2500, "a", 10, status=206)
    )
    with prepare(Trace(write(tmp_path / "t.jsonl", log), Format.ACCESS_LOG)) as prepared:
        assert prepared.ids.tolist() == [0, 1, 0, 0]
        assert prepared.sizes.tolist() == [900, 1, 900, 900]
        assert (prepared.summary.unique_bytes, prepared.summary.request_bytes) == (901, 2701)
        assert prepared.summary.seconds == 1.5


def test_another_process_can_map_it(tmp_path: Path) -> None:
    with prepare(oracle(tmp_path, SOME)) as prepared:
        again: Prepared = pickle.loads(pickle.dumps(prepared))
        assert again.ids.tolist() == prepared.ids.tolist()
        assert len(pickle.dumps(prepared)) < 2000


@pytest.mark.parametrize(
    ("requests", "words"),
    [([], "has no request"), ([(0, 1, 0)] * 3, "has nothing but 3 requests of 0 bytes")],
)
def test_an_empty_trace_is_refused(tmp_path: Path, requests: list[tuple[int, int, int]], words: str) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(TraceError, match=words) as caught, prepare(oracle(tmp_path, requests), scratch):
        pass
    assert caught.value.reason is Broken.EMPTY
    assert list(scratch.iterdir()) == []


def test_nothing_is_left_whatever_ends_it(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(KeyboardInterrupt), prepare(oracle(tmp_path, SOME), scratch) as prepared:
        assert [prepared.folder] == list(scratch.iterdir())
        raise KeyboardInterrupt
    assert list(scratch.iterdir()) == []
    broken = Trace(write(tmp_path / "t.bin", oracle_bytes(SOME)[:-3]), Format.ORACLE)
    with pytest.raises(TraceError, match="record 6"), prepare(broken, scratch):
        pass
    assert list(scratch.iterdir()) == []


def test_a_scratch_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(TraceError, match=r"none \(No such file") as caught,
        prepare(oracle(tmp_path, SOME), tmp_path / "none"),
    ):
        pass
    assert caught.value.reason is Broken.NO_ROOM


FULL = """
import resource, sys
from pathlib import Path
from simulator.traces import Format, Trace, TraceError, prepare
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    with prepare(Trace(Path(sys.argv[1]), Format.ORACLE), Path(sys.argv[2])):
        pass
except TraceError as error:
    print(error.reason.value, error)
"""


def test_a_disk_that_is_full_is_named_and_left_clean(tmp_path: Path) -> None:
    trace = oracle(tmp_path, SOME * 1000)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(trace.path), str(scratch)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"no_room {trace.path}: cannot be prepared in {scratch} (File too large)")
    assert list(scratch.iterdir()) == []
