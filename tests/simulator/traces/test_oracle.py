"""oracleGeneral is read to the letter, however the file is cut, and a cut-off record is named."""

from pathlib import Path

import pytest

from simulator.traces.errors import Broken, TraceError
from simulator.traces.oracle import read_oracle
from tests.simulator.traces.build import SOME, oracle_bytes

PATH = Path("t.oracleGeneral")


@pytest.mark.parametrize("step", [1, 7, 24, 25, 1000])
def test_records_are_read_however_they_are_cut(step: int) -> None:
    content = oracle_bytes([*SOME, (2**32 - 1, 2**64 - 1, 2**32 - 1)])
    pieces = [content[at : at + step] for at in range(0, len(content), step)]
    got = [
        (time // 1000, key, size)
        for piece in read_oracle(PATH, pieces)
        for key, size, time in zip(*(array.tolist() for array in piece), strict=True)
    ]
    assert got == [*SOME, (2**32 - 1, 2**64 - 1, 2**32 - 1)]


@pytest.mark.parametrize("missing", [1, 12, 23])
def test_a_record_cut_off_is_named(missing: int) -> None:
    with pytest.raises(
        TraceError, match=rf"record 6: is {24 - missing} bytes long and should be 24"
    ) as caught:
        list(read_oracle(PATH, [oracle_bytes(SOME)[:-missing]]))
    assert caught.value.reason is Broken.TRUNCATED
    assert caught.value.record == 6
