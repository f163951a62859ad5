"""Publish, list and purge by the command line, against a real origin."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from headwater.cli import app
from tests.headwater.commands.conftest import TOKEN
from tests.media import small_clip


def run(origin: str, *arguments: str, token: str = TOKEN) -> Result:
    environment = {"HEADWATER_ORIGIN": origin, "HEADWATER_TOKEN": token, "COLUMNS": "200"}
    return CliRunner().invoke(app, list(arguments), env=environment)


def test_a_file_is_published_listed_and_purged(origin: str) -> None:
    published = run(origin, "publish", str(small_clip()), "--id", "clip")
    assert published.exit_code == 0, published.output
    assert f"HLS   {origin}/vod/clip/master.m3u8" in published.stdout
    assert f"DASH  {origin}/vod/clip/manifest.mpd" in published.stdout
    assert "encoding clip: 100 %" in published.stderr
    listed = json.loads(run(origin, "assets", "--json", "-").stdout)
    assert [asset["id"] for asset in listed] == ["clip"]
    names = ", ".join(rendition["id"] for rendition in listed[0]["renditions"])
    assert names in run(origin, "assets").stdout and "audio" in names
    purged = json.loads(run(origin, "purge", "--tag", "asset:clip", "--soft", "--json", "-").stdout)
    assert purged["position"] >= 2 and purged["edges"] == []
    assert "no edge follows the bus" in run(origin, "purge", "--all").stderr


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty", "bytes"),
        (b"this is no video" * 100, "text", "video"),
        (b"x", "..", "id '..': 1 to 64 letters"),
        (b"x", "a/b", "id 'a/b': 1 to 64 letters"),
    ],
)
def test_what_cannot_be_published_is_one_line(
    origin: str, tmp_path: Path, content: bytes, name: str, words: str
) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(content)
    result = run(origin, "publish", str(file), "--id", name)
    assert result.exit_code == 1
    complaint = result.stderr.splitlines()[-1]
    assert complaint.startswith("headwater: ") and words in complaint.lower(), complaint


def test_a_wrong_token_is_said(origin: str) -> None:
    result = run(origin, "assets", token="another-token")
    assert result.exit_code == 1 and "token" in result.stderr
