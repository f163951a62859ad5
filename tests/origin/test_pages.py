"""The page's files: by name, and nothing else of the folder."""

import re
from pathlib import Path

from origin.pages import content_etag, player_pages


def test_the_page_is_complete() -> None:
    pages = player_pages()
    index = pages["index.html"].content
    assert isinstance(index, bytes)
    named = re.findall(r'(?:src|href)="([^":]+)"', index.decode())
    assert named
    assert set(named) <= pages.keys()


def test_only_what_belongs_to_a_page_is_served(tmp_path: Path) -> None:
    for name in ("index.html", "page.js", "page.css", "secret.py", "notes.txt", ".hidden"):
        (tmp_path / name).write_text(name)
    pages = player_pages(tmp_path)
    assert {name: page.content_type for name, page in pages.items()} == {
        "index.html": "text/html; charset=utf-8",
        "page.css": "text/css; charset=utf-8",
        "page.js": "text/javascript; charset=utf-8",
    }
    assert {page.cache_tag for page in pages.values()} == {"class:page"}
    assert pages["page.js"].size_bytes == len("page.js")


def test_an_entity_tag_follows_the_content() -> None:
    assert content_etag(b"a") == content_etag(b"a") != content_etag(b"b")
    assert re.fullmatch(r'"[0-9a-f]{16}"', content_etag(b""))
