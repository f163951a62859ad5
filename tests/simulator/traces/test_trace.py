"""A file's format is told by its name or by the user."""

import tempfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.traces.blocks import MAGIC
from simulator.traces.columns import Columns
from simulator.traces.errors import Broken, TraceError
from simulator.traces.trace import Format, Trace, format_of
from tests.simulator.traces.build import SOME, log_line, oracle_bytes, write


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("w1.oracleGeneral", Format.ORACLE),
        ("w1.oracleGeneral.bin.zst", Format.ORACLE),
        ("t.CSV", Format.CSV),
        ("t.csv.zst", Format.CSV),
        ("edge-1.access.jsonl", Format.ACCESS_LOG),
        ("edge.log", Format.ACCESS_LOG),
    ],
)
def test_names_tell_formats(name: str, expected: Format) -> None:
    assert format_of(Path(name)) is expected


@pytest.mark.parametrize("name", ["trace", "trace.zst", "trace.parquet"])
def test_a_name_that_tells_nothing_is_an_error(name: str) -> None:
    with pytest.raises(TraceError, match="say which of oracle, csv, accesslog it is") as caught:
        format_of(Path(name))
    assert caught.value.reason is Broken.UNKNOWN_FORMAT


def test_each_format_is_read_by_its_reader(tmp_path: Path) -> None:
    lines = "".join(f"{time},{key},{size}\n" for time, key, size in SOME)
    log = "".join(log_line(time * 1000, str(key), size) for time, key, size in SOME)
    for kind, content in (
        (Format.ORACLE, oracle_bytes(SOME)),
        (Format.CSV, lines),
        (Format.ACCESS_LOG, log),
    ):
        trace = Trace(write(tmp_path / "t", content), kind)
        (requests,) = trace.requests()
        assert requests.times_ms.tolist() == [time * 1000 for time, _, _ in SOME]
        assert requests.sizes.tolist() == [size for _, _, size in SOME]
        assert len(set(requests.keys.tolist())) == 3


CONTENT = st.one_of(
    st.binary(max_size=120),
    st.text(st.sampled_from('0123456789.,-"\n\r\t ab{}:'), max_size=120).map(str.encode),
    st.binary(max_size=60).map(zstandard.ZstdCompressor().compress),
    st.binary(max_size=60).map(lambda rest: MAGIC + rest),
)

MAPPINGS = ["time=1,id=2,size=3", "id=1", "id=a,size=2", "id=2,time=b"]


@settings(max_examples=250, deadline=None)
@given(CONTENT, st.sampled_from(Format), st.sampled_from(["t", "t.zst"]), st.sampled_from(MAPPINGS))
def test_whatever_it_holds_it_is_read_or_refused_in_one_line(
    content: bytes, kind: Format, name: str, mapping: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder, name), content)
        try:
            for requests in Trace(path, kind, Columns.parse(mapping)).requests():
                assert len(requests.keys) == len(requests.sizes) == len(requests.times_ms)
        except TraceError as error:
            assert str(error).startswith(f"{path}: ")
            assert "\n" not in str(error)


@pytest.mark.parametrize("who", [set(), {"client", "robot"}])
def test_askers_that_no_edge_knows_are_refused(who: set[str]) -> None:
    with pytest.raises(ValueError, match=r"who: some of client, peer, refresh, not (robot|nobody)"):
        Trace(Path("t"), Format.ACCESS_LOG, who=frozenset(who))
