"""Real players need a real browser: finds Chromium, launches it, and keeps a picture when a test fails.

Chromium and npm come from the system. On a user's machine their absence skips the tests with one line; with
CI=true it fails them, so that the suite can't pass by skipping.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.node_packages import InstallError, NodeAbsentError, install

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # CI runs as root in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
ARTIFACTS = Path(__file__).parents[1] / "artifacts"


def chromium_path() -> str:
    """The executable: HEADWATER_CHROMIUM, or the first of the usual names on PATH."""
    named = os.environ.get("HEADWATER_CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            pytest.fail(f"HEADWATER_CHROMIUM names {named}, which is no executable file", pytrace=False)
        return named
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or absent("Chromium", f"install one of {', '.join(NAMES)}, or set HEADWATER_CHROMIUM")


@asynccontextmanager
async def launched_chromium() -> AsyncIterator[Browser]:
    """One headless browser with a profile of its own, which ends with it."""
    path = chromium_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, headless=True, args=[*FLAGS])
        yield browser
        await browser.close()


@asynccontextmanager
async def screenshot_on_failure(page: Page, name: str) -> AsyncIterator[None]:
    """Keeps what the page showed, as `artifacts/{name}.png`, when the block raises."""
    try:
        yield
    except BaseException:
        ARTIFACTS.mkdir(exist_ok=True)
        await page.screenshot(path=ARTIFACTS / f"{name}.png")
        raise


def installed_node_modules(folder: Path) -> Path:
    """`folder/node_modules` as its lock file says; skips, or fails in CI, where there is no npm."""
    try:
        return install(folder)
    except NodeAbsentError:
        return absent("npm", "install Node.js with npm")
    except InstallError as error:
        pytest.fail(str(error), pytrace=False)


def absent(what: str, remedy: str) -> NoReturn:
    """Skips, or fails in CI, where every test is to run."""
    line = f"{what} is absent: {remedy}"
    if os.environ.get("CI") == "true":
        pytest.fail(line, pytrace=False)
    pytest.skip(line)
