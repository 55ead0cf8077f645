"""The system's Chromium without a screen, driven by Playwright, for as long as a block runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Playwright, sync_playwright

from core.errors import EnvironmentProblem

# What a browser does by itself, such as asking for updates and experiments, is not the page's.
ARGUMENTS = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-features=OptimizationHints,MediaRouter",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
)


class BrowserMissing(EnvironmentProblem):
    """There is no Chromium on this machine."""


def launch_options() -> dict[str, Any]:
    """How Playwright starts the system's Chromium. Raises BrowserMissing."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise BrowserMissing(
            "the page cannot be shown in a browser",
            why="there is no chromium in PATH",
            fix="apt-get install chromium fonts-noto-cjk",
        )
    return {"executable_path": found, "args": list(ARGUMENTS)}


@contextmanager
def chromium() -> Iterator[tuple[Playwright, Browser]]:
    """Playwright and a browser without contexts. Raises BrowserMissing."""
    options = launch_options()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        try:
            yield playwright, browser
        finally:
            browser.close()
