"""What is written can be read back, and its next requests are the true ones."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zstandard

from simulator.sweep import Task, run
from simulator.synthetic import Drawn, Sizes, Zipf, drawn
from simulator.traces import Format, Trace, prepare
from simulator.traces.oracle import RECORD
from simulator.traces.write import write_oracle


@pytest.mark.parametrize("name", ["t.oracleGeneral", "t.oracleGeneral.zst"])
def test_what_is_written_is_read_back(tmp_path: Path, name: str) -> None:
    kind, path = Zipf(50), tmp_path / name
    write_oracle(path, drawn(kind, Sizes(10, 99), 3000, piece=700), 3000, 50, rate_per_s=100)
    content = path.read_bytes()
    if name.endswith(".zst"):
        content = zstandard.ZstdDecompressor().decompressobj().decompress(content)
    records = np.frombuffer(content, RECORD)
    pieces = list(drawn(kind, Sizes(10, 99), 3000))
    assert np.array_equal(records["object"], pieces[0].ids + 1)
    assert np.array_equal(records["size"], pieces[0].sizes)
    assert np.array_equal(records["time"], np.arange(3000) // 100)
    with prepare(Trace(path, Format.ORACLE)) as prepared:
        prepared.look_ahead()
        nexts = np.where(prepared.nexts > 3000, -1, prepared.nexts)
        assert np.array_equal(records["next"], nexts)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["t.oracleGeneral", "t.oracleGeneral.zst"])
def test_libcachesim_reads_it_and_misses_the_same(tmp_path: Path, name: str) -> None:
    lcs = pytest.importorskip("libcachesim", reason="the wheel of libcachesim is not installed")
    path = tmp_path / name
    write_oracle(path, drawn(Zipf(500), Sizes(10, 99), 20_000), 20_000, 500, rate_per_s=100)
    reader = lcs.TraceReader(str(path), lcs.TraceType.ORACLE_GENERAL_TRACE)
    with prepare(Trace(path, Format.ORACLE)) as prepared:
        assert reader.get_num_of_req() == prepared.summary.requests == 20_000
        row = run(prepared, Task("lru", 5000))
    request_ratio, byte_ratio = lcs.LRU(cache_size=5000).process_trace(reader)
    assert round(request_ratio * row.requests) == row.misses
    assert round(byte_ratio * row.request_bytes) == row.miss_bytes


def test_the_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def interrupted() -> Iterator[Drawn]:
        yield from drawn(Zipf(5), Sizes(), 10)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_oracle(tmp_path / "t.oracleGeneral", interrupted(), 20, 5, rate_per_s=1)
    assert list(tmp_path.iterdir()) == []
