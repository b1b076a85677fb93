"""A real browser for the page's tests."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from xharness.leaderboard.content import BoardContent


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium of the system's; XHARNESS_REQUIRE_BROWSER makes its absence a failure."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        absent = "no Chromium on the path: install Debian's chromium"
        if os.environ.get("XHARNESS_REQUIRE_BROWSER"):
            pytest.fail(absent)
        pytest.skip(absent)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Shows a board from a file; afterwards nothing may have been complained about, and nothing asked of a network."""
    from xharness_html.page import render

    said: list[str] = []
    contexts = []

    def opened(content: BoardContent, **options: object) -> Page:
        file = tmp_path / f"{content.id}.html"
        file.write_text(render(content), encoding="utf-8")
        settings = {"viewport": {"width": 1280, "height": 900}, "service_workers": "block", **options}
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
        page.on(
            "request", lambda request: None if request.url.startswith(("file:", "data:")) else said.append(request.url)
        )
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []
