"""Compares what came of a step with what was expected. Complaints are sentences; none of them is good."""

from __future__ import annotations

from collections.abc import Iterator

from caching import Headers
from tests.scenarios.case import NODE, Ask, Expected, Fields, Step, Wanted
from tests.scenarios.got import Got
from tests.scenarios.script import Asked


def complaints(step: Step, gots: list[Got], asked: list[Asked]) -> Iterator[str]:
    """Everything that is not as the step wants it."""
    yield from _of_number(step, asked)
    for number, (wanted, item) in enumerate(zip(step.wanted, asked, strict=False), 1):
        yield from (f"origin, request {number}: {text}" for text in _of_asked(wanted, item))
    for number, (ask, got) in enumerate(zip(step.asks, gots, strict=True), 1):
        yield from (f"client {number}, {_named(ask)}: {text}" for text in _of_got(ask.expected, got))


def _named(ask: Ask) -> str:
    return f"{ask.sent.method} {ask.sent.target}"


def _of_number(step: Step, asked: list[Asked]) -> Iterator[str]:
    least, most = step.times
    if len(asked) < least or (most is not None and len(asked) > most):
        often = f"at least {least}" if most is None else f"{least}"
        sent = ", ".join(f"{item.request.method} {item.request.target}" for item in asked)
        yield f"the origin was asked {len(asked)} times ({sent or 'nothing'}), not {often}"


def _of_asked(wanted: Wanted, asked: Asked) -> Iterator[str]:
    request = asked.request
    if wanted.method not in (None, request.method):
        yield f"method {request.method}, not {wanted.method}"
    if wanted.target not in (None, request.target):
        yield f"target {request.target}, not {wanted.target}"
    if wanted.body is not None and asked.body not in (None, wanted.body):
        yield f"body {asked.body!r}, not {wanted.body!r}"
    yield from _of_fields(wanted.fields, request.headers)


def _of_got(expected: Expected, got: Got) -> Iterator[str]:
    if expected.statuses is not None and got.status not in expected.statuses:
        yield f"status {got.status}, not {' or '.join(map(str, expected.statuses))}"
    if got.broken is not expected.broken:
        yield "it broke off" if got.broken else "it came whole, and was to break off"
    yield from _of_fields(expected.fields, got.headers)
    yield from _of_cache(expected, got.headers)
    yield from _of_body(expected, got)
    if expected.interim is not None and got.interim not in (None, expected.interim):
        yield f"interim responses {got.interim}, not {expected.interim}"
    if expected.closed and got.closed is False:
        yield "the connection went on"


def _of_body(expected: Expected, got: Got) -> Iterator[str]:
    if expected.body is not None:
        if got.body is not None and got.body != expected.body:
            yield f"body {got.body!r}, not {expected.body!r}"
        elif got.size_bytes not in (None, len(expected.body)):
            yield f"{got.size_bytes} bytes, not {len(expected.body)}"
    if expected.size_bytes is not None and got.size_bytes not in (None, expected.size_bytes):
        yield f"{got.size_bytes} bytes, not {expected.size_bytes}"


def _of_fields(wanted: Fields, headers: Headers) -> Iterator[str]:
    for name, value in wanted.equal:
        if headers.get(name) != value:
            yield f"{name}: {headers.get(name)!r}, not {value!r}"
    for name, values in wanted.one_of:
        if headers.get(name) not in values:
            yield f"{name}: {headers.get(name)!r}, not one of {', '.join(values)}"
    for name in wanted.absent:
        if name in headers:
            yield f"{name}: {headers.get(name)!r}, and was to be absent"
    for name in wanted.present:
        if name not in headers:
            yield f"{name} is absent"


def _of_cache(expected: Expected, headers: Headers) -> Iterator[str]:
    if not expected.cache:
        return
    told = parameters(headers.get("cache-status") or "")
    for name, value in expected.cache:
        if name.startswith("!"):
            if name[1:] in told:
                yield f"Cache-Status has {name[1:]}, and was not to: {headers.get('cache-status')}"
        elif name not in told or told[name] != value:
            item = name if value is None else f"{name}={value}"
            yield f"Cache-Status lacks {item}: {headers.get('cache-status')}"


def parameters(cache_status: str) -> dict[str, str | None]:
    """What this cache says in Cache-Status: the parameters of its member, which is the last (RFC 9211)."""
    last = cache_status.rpartition(f"{NODE};")[2] if f"{NODE};" in cache_status else ""
    items = (item.strip().partition("=") for item in last.split(";") if item.strip())
    return {name: value.strip('"') if equals else None for name, equals, value in items}
