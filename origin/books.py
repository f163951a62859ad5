"""What the origin writes down of each request: one JSON line, and figures for Prometheus.

aiohttp calls the logger that `logger_class` makes once a response has been sent, with all that is known by
then.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from eventbus.hub import Hub
from eventbus.roster import Receipt
from origin.delivery import OBJECT_CLASS, SENT_BYTES

_LATENCY_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class AccessLine(msgspec.Struct, omit_defaults=True):
    """What one line says; sizes in bytes, times in milliseconds."""

    at_ms: int
    node: str
    client: str
    method: str
    target: str
    status: int
    bytes: int
    ms: float
    object_class: str = ""
    range: str | None = None


class Books:
    """The access log and the figures of one origin; raises `OSError` when the log can't be opened."""

    def __init__(self, name: str, access_log: Path | None, now_ms: Callable[[], int]) -> None:
        self._name = name
        self._now_ms = now_ms
        self._file = _opened(access_log)
        self._registry = registry = CollectorRegistry()
        prefix = "headwater_origin_"
        self._requests = Counter(
            f"{prefix}requests", "Requests answered.", ("object", "status"), registry=registry
        )
        self._sent_bytes = Counter(f"{prefix}sent_bytes", "Body bytes sent.", ("object",), registry=registry)
        self._seconds = Histogram(
            f"{prefix}request_seconds", "Time to answer.", ("object",), registry=registry, buckets=_LATENCY_S
        )
        self._purge_seconds = Histogram(
            f"{prefix}purge_seconds",
            "From a purge's acceptance until it holds at a member.",
            ("state",),
            registry=registry,
            buckets=_LATENCY_S,
        )

    def watch(self, hub: Hub) -> None:
        """Show the bus as it is when the figures are read."""
        members = Gauge("headwater_origin_bus_members", "Nodes that hold a lease.", registry=self._registry)
        members.set_function(lambda: len(hub.members))
        newest = Gauge("headwater_origin_log_position", "The newest event's.", registry=self._registry)
        newest.set_function(lambda: hub.newest)

    def purged(self, receipts: tuple[Receipt, ...]) -> None:
        """Note how a purge came to hold."""
        for receipt in receipts:
            self._purge_seconds.labels(receipt.state).observe(receipt.after_ms / 1_000)

    def figures(self) -> bytes:
        """Prometheus' exposition format."""
        return generate_latest(self._registry)

    def logger_class(self) -> type[AbstractAccessLogger]:
        """What aiohttp makes a logger of for each connection."""
        books = self

        class Logger(AbstractAccessLogger):
            def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
                books._note(request, response, time)

        return Logger

    def close(self) -> None:
        if self._file is not None and self._file is not sys.stderr.buffer:
            self._file.close()

    def _note(self, request: web.BaseRequest, response: web.StreamResponse, time_s: float) -> None:
        kind = str(request.get(OBJECT_CLASS) or "other")
        self._requests.labels(kind, response.status).inc()
        self._sent_bytes.labels(kind).inc(_body_bytes(request, response))
        self._seconds.labels(kind).observe(time_s)
        if self._file is not None:
            self._file.write(msgspec.json.encode(self._line(request, response, time_s)) + b"\n")

    def _line(self, request: web.BaseRequest, response: web.StreamResponse, time_s: float) -> AccessLine:
        return AccessLine(
            at_ms=self._now_ms(),
            node=self._name,
            client=request.remote or "",
            method=request.method,
            target=request.raw_path,
            status=response.status,
            bytes=_body_bytes(request, response),
            ms=round(time_s * 1_000, 3),
            object_class=str(request.get(OBJECT_CLASS) or ""),
            range=request.headers.get("Range"),
        )


def _body_bytes(request: web.BaseRequest, response: web.StreamResponse) -> int:
    """What was sent without the head (aiohttp's own figure counts it in)."""
    if isinstance(response, web.Response) and request.method != "HEAD":
        return len(response.body) if isinstance(response.body, bytes) else 0
    return request.get(SENT_BYTES) or 0


def _opened(access_log: Path | None) -> BinaryIO | None:
    if access_log is None:
        return None
    return sys.stderr.buffer if str(access_log) == "-" else access_log.open("ab", buffering=0)
