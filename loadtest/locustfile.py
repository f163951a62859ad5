"""What ``locust -f`` loads: viewers as ``$HEADWATER_LOADTEST`` wants them (the JSON of ``LoadtestSettings``).

Standard output belongs to ``run.py``: one JSON line with ``progress`` each second, and at the end one with
``rows``. Locust itself writes to standard error. When nobody reads any more, the test ends.
"""

import json
import os
from time import time
from typing import Any

import gevent
from locust import events

from loadtest.report import QOE, Progress, Row
from loadtest.settings import ENVIRONMENT_VARIABLE, LoadtestSettings
from loadtest.users import Viewer

MAX_PROBLEMS = 20


class HlsViewer(Viewer):
    """The user class that Locust finds here."""

    settings = LoadtestSettings.from_json(os.environ[ENVIRONMENT_VARIABLE])


def _begin(environment: Any, **_: Any) -> None:
    gevent.spawn(_tell_progress, environment)


def _tell_rows(environment: Any, **_: Any) -> None:
    message = {
        "rows": _rows(environment),
        "problems": _problems(environment),
        "seconds": _seconds(environment),
    }
    _tell(message)


def _tell_progress(environment: Any) -> None:
    try:
        while True:
            gevent.sleep(1)
            _tell({"progress": _progress(environment)})
    except BrokenPipeError:
        environment.runner.quit()


def _tell(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)  # noqa: T201 (this is the protocol)


def _progress(environment: Any) -> Progress:
    requests = [row for row in _rows(environment) if row.type != QOE]
    return Progress(
        seconds=_seconds(environment),
        users=environment.runner.user_count,
        requests=sum(row.requests for row in requests),
        errors=sum(row.failures for row in requests),
        bytes=sum(row.bytes for row in requests),
    )


def _problems(environment: Any) -> list[str]:
    """What failed and how often; first what should never happen, an exception in a viewer."""
    counted = [(error.occurrences, error.name, error.error) for error in environment.stats.errors.values()]
    counted.sort(key=lambda problem: -problem[0])
    raised = [(e["count"], "viewer", e["msg"]) for e in environment.runner.exceptions.values()]
    return [f"{times} x {where}: {what}" for times, where, what in (raised + counted)[:MAX_PROBLEMS]]


def _seconds(environment: Any) -> float:
    began_s: float = environment.stats.start_time
    return round(time() - began_s, 3)


def _rows(environment: Any) -> list[Row]:
    return [
        Row(
            entry.method,
            entry.name,
            entry.num_requests,
            entry.num_failures,
            entry.total_content_length,
            entry.total_response_time,
            dict(entry.response_times),
        )
        for entry in environment.stats.entries.values()
    ]


events.init.add_listener(_begin)  # type: ignore[no-untyped-call]
events.quitting.add_listener(_tell_rows)  # type: ignore[no-untyped-call]
