"""Real Chromium, as Debian ships it, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def require_browser() -> str:
    """Return Chromium's program; skip the test without, or fail it where it must run."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        if os.environ.get("SCENELIST_REQUIRE_BROWSER"):
            pytest.fail("Chromium is not installed, and these tests must run")
        pytest.skip("Chromium is not installed")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium without a screen."""
    program = require_browser()
    arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@contextmanager
def page(browser: Browser, address: str, **how: object) -> Iterator[Page]:
    """Open a page; whatever it says on its console that is no information fails the test."""
    context = browser.new_context(base_url=address, locale="en-GB", **how)  # type: ignore[arg-type]
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    said: list[str] = []
    expected: list[str] = []
    opened.on(
        "console",
        lambda message: said.append(message.text) if message.type in ("error", "warning") else None,
    )
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    opened.expected = expected  # type: ignore[attr-defined]
    try:
        yield opened
        left = [text for text in said if not any(known in text for known in expected)]
        assert left == []
    finally:
        context.close()
