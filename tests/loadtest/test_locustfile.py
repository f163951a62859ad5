import json
import os
import subprocess
import sys

from loadtest.report import QOE, Row
from loadtest.run import LOCUSTFILE
from loadtest.session import PlayerSettings
from loadtest.settings import ENVIRONMENT_VARIABLE, LoadtestSettings


def locust(settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "-u", "1", "-t", "2s"]
    environment = os.environ | {ENVIRONMENT_VARIABLE: settings}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_standard_output_is_progress_and_then_rows() -> None:
    settings = LoadtestSettings(("http://127.0.0.1:9",), ("clip",), player=PlayerSettings(max_rounds=1))
    *progress, final = map(json.loads, locust(settings.to_json()).stdout.splitlines())
    assert progress and all(message.keys() == {"progress"} for message in progress)
    assert final.keys() == {"rows", "problems", "seconds"}
    rows = {(row.type, row.name): row for row in map(Row.from_fields, final["rows"])}
    assert rows.keys() == {("GET", "multivariant"), (QOE, "session")}
    refused = rows["GET", "multivariant"]
    assert refused.requests == refused.failures == sum(refused.times.values()) > 0
    assert "ConnectionRefusedError" in final["problems"][0]


def test_settings_that_can_not_be_read_are_named() -> None:
    result = locust('{"edges": []}')
    assert result.returncode == 1
    assert "the load test settings can't be read: KeyError('assets')" in result.stderr


def test_the_test_ends_when_nobody_reads_any_more() -> None:
    settings = LoadtestSettings(("http://127.0.0.1:9",), ("clip",))
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "-t", "600s"]
    environment = os.environ | {ENVIRONMENT_VARIABLE: settings.to_json()}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        assert "progress" in process.stdout.readline()
        process.stdout.close()
        process.wait(timeout=60)
