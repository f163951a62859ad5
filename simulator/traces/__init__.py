"""Traces: read in several formats, made ready for replays, written for others."""

from simulator.traces.columns import Columns
from simulator.traces.errors import Broken, TraceError
from simulator.traces.prepared import Prepared, Summary, prepare
from simulator.traces.trace import Format, Trace, format_of

__all__ = [
    "Broken",
    "Columns",
    "Format",
    "Prepared",
    "Summary",
    "Trace",
    "TraceError",
    "format_of",
    "prepare",
]
