"""The load test by its command: what it prints, and that a tier which is not there is no success."""

import json

from typer.testing import CliRunner

from headwater.cli import app
from tests.headwater.commands.conftest import TOKEN
from tests.media import small_clip


def test_players_watch_and_the_table_tells(origin: str) -> None:
    environment = {"HEADWATER_ORIGIN": origin, "HEADWATER_TOKEN": TOKEN, "COLUMNS": "160"}
    published = CliRunner().invoke(app, ["publish", str(small_clip()), "--id", "film"], env=environment)
    assert published.exit_code == 0, published.output
    arguments = ["loadtest", "--edge", origin, "--asset", "film", "--users", "2", "--seconds", "3"]
    result = CliRunner().invoke(app, arguments, env=environment)
    assert result.exit_code == 0, result.output
    assert "segment" in result.stdout and "rebuffering" in result.stdout
    report = json.loads(CliRunner().invoke(app, [*arguments, "--json", "-"], env=environment).stdout)
    assert report["requests"] > 0 and report["errors"] == 0 and report["startup_p50_ms"] > 0
