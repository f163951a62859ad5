"""CSV and its relatives, with a mapping that says which column is what.

Columns are given by number from 1 or by the names in the first line. Without a size column every object
has 1 byte; without a time column the trace has no time. With numbers alone the first line is taken for
a header, and passed over, when neither its size nor its time is a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from simulator.traces.blocks import whole_lines
from simulator.traces.columns import Columns
from simulator.traces.errors import Broken, TraceError
from simulator.traces.parse import Reals, decimals, find_fields, hashes, separators
from simulator.traces.requests import I64, Requests

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FURTHEST_MS: Final = 2.0**62


class Fault(NamedTuple):
    """The first line of a text that cannot be understood."""

    record: int
    """From 0, within the text."""
    at: int
    """A byte of the line."""
    reason: Broken
    why: str


def read_delimited(path: Path, content: Iterable[bytes], columns: Columns) -> Iterator[Requests]:
    """The requests in the file's content. Raises TraceError naming record and line."""
    places: dict[str, int] | None = None
    record, line = 1, 1
    for lines in whole_lines(path, content):
        text = lines
        if places is None:
            text = lines.removeprefix(_BYTE_ORDER_MARK)
            first, _, rest = text.partition(b"\n")
            places = _places(path, columns, columns.fields(first))
            if columns.named or _is_header(first, places, columns):
                text, line = rest, 2
        requests, fault = _parse(text, places, columns)
        if fault is not None:
            line += text.count(b"\n", 0, fault.at)
            raise TraceError(path, fault.reason, fault.why, record=record + fault.record, line=line)
        record += len(requests.keys)
        line += text.count(b"\n")
        yield requests


def _places(path: Path, columns: Columns, header: list[str]) -> dict[str, int]:
    """Where each role's column is, from 0."""
    places = {}
    for role, column in columns.roles.items():
        if columns.named and column in header:
            places[role] = header.index(column)
        elif column.isdigit():
            places[role] = int(column) - 1
        else:
            why = f"there is no column {column!r} in the header ({', '.join(header)[:200]})"
            raise TraceError(path, Broken.ABSENT_COLUMN, why)
    return places


def _is_header(line: bytes, places: dict[str, int], columns: Columns) -> bool:
    """Whether the fields that ought to be numbers are all there and none is one."""
    fields = columns.fields(line)
    numbers = [fields[place] for role, place in places.items() if role != "id" and place < len(fields)]
    return bool(numbers) and not any(set("0123456789") & set(field) for field in numbers)


def _parse(text: bytes, places: dict[str, int], columns: Columns) -> tuple[Requests, Fault | None]:
    """The records up to the first faulty one."""
    room = np.frombuffer(text, np.uint8)
    bounds = np.empty((text.count(b"\n"), len(places), 2), np.int64)
    ends = separators(room, ord(columns.delimiter))
    count, at = find_fields(room, ends, np.array([*places.values()]), bounds)
    fields = {role: bounds[:count, k] for k, role in enumerate(places)}
    values = {"size": np.ones(count), "time": np.zeros(count)}
    for role in fields.keys() - {"id"}:
        decimals(room, fields[role], values[role])
    fault = _wrong(text, fields, values["size"], values["time"])
    if fault is None and at < len(text):
        fault = _too_short(text[at : text.index(b"\n", at)], count, at, places, columns)
    if fault is not None:
        count = fault.record
    keys = np.empty(count, np.uint64)
    hashes(room, fields["id"], keys)
    times_ms = np.clip(values["time"][:count] * 1000, -_FURTHEST_MS, _FURTHEST_MS)
    return Requests(keys, values["size"][:count].astype(np.uint32), times_ms.astype(np.int64)), fault


def _wrong(text: bytes, fields: dict[str, I64], sizes: Reals, times: Reals) -> Fault | None:
    """The first record that has something else where a name or a number belongs."""
    names = fields["id"]
    table = (
        ("id", names[:, 0] == names[:, 1], Broken.ABSENT_COLUMN, "is empty"),
        ("time", np.isnan(times), Broken.NOT_A_NUMBER, "is not a number of seconds"),
        ("size", sizes != np.floor(sizes), Broken.NOT_A_NUMBER, "is not a whole number of bytes"),
        ("size", sizes < 0, Broken.NEGATIVE_SIZE, "is negative"),
        ("size", sizes >= 2.0**32, Broken.TOO_LARGE, "is more than 4294967295 bytes"),
    )
    found = [(int(wrong.argmax()), role, reason, why) for role, wrong, reason, why in table if wrong.any()]
    if not found:
        return None
    record, role, reason, why = min(found, key=lambda fault: fault[0])
    begin, end = fields[role][record]
    shown = text[begin:end].decode("utf-8", "replace")[:40]
    return Fault(record, int(begin), reason, f"{role} {shown!r} {why}")


def _too_short(line: bytes, record: int, at: int, places: dict[str, int], columns: Columns) -> Fault:
    has = len(columns.fields(line))
    role = next(role for role, place in places.items() if place >= has)
    why = f"there is no column {places[role] + 1} ({role}); the line has {has}"
    return Fault(record, at, Broken.ABSENT_COLUMN, why)
