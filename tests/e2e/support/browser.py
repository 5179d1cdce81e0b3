# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Show pages in a real Chromium: on a phone, on a laptop and on paper."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

if t.TYPE_CHECKING:
    from collections.abc import Iterator

# The names of the executable in Debian's, Ubuntu's and other packages. The variable CHROMIUM names another one.
NAMES = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
EXECUTABLE = next((found for name in NAMES if name and (found := shutil.which(name))), None)
needs_chromium = pytest.mark.skipif(
    EXECUTABLE is None, reason="there is no Chromium; Debian and Ubuntu: apt-get install chromium"
)
LAPTOP, PHONE = (1280, 800), (390, 844)
# The rules of WCAG 2.2 on level AA
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def needs(program: str, package: str) -> pytest.MarkDecorator:
    """Return a mark that skips a test if a program is not installed."""
    missing = shutil.which(program) is None
    return pytest.mark.skipif(missing, reason=f"there is no {program}; Debian and Ubuntu: apt-get install {package}")


@dataclass
class Shown:
    """A page in a tab, with its requests and messages."""

    tab: t.Any
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def dialogue(self, dialog: t.Any) -> None:
        """Note the message of a script's dialog, and close it."""
        self.said.append(dialog.message)
        dialog.dismiss()

    def text(self, selector: str) -> str:
        """Return the text that a person reads there."""
        return str(self.tab.locator(selector).inner_text())

    def faults(self) -> list[str]:
        """List what keeps somebody from using the page, as axe finds it."""
        result = Axe().run(self.tab, options=RULES)
        return [
            f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes']][:3]}"
            for one in result.response["violations"]
        ]

    def overflows(self) -> list[str]:
        """List the elements that are wider than the window."""
        script = """() => [...document.querySelectorAll("body *")]
          .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
          // The head of a table that is shown as cards is there for screen readers only.
          .filter((one) => !(one.closest("thead") && getComputedStyle(one.closest("thead")).position === "absolute"))
          .map((one) => one.tagName + "#" + one.id + "." + one.className)"""
        return list(self.tab.evaluate(script))

    def pdf(self, path: Path, paper: str) -> Path:
        """Print the page with the default settings of the print dialog."""
        self.tab.pdf(path=str(path), format=paper)
        return path


class Browser:
    """A browser that shows files."""

    def __init__(self, chromium: t.Any) -> None:
        self._chromium = chromium

    @contextlib.contextmanager
    def showing(
        self, page: Path | str, size: tuple[int, int] = LAPTOP, scheme: str = "light", scale: int = 1
    ) -> Iterator[Shown]:
        """Show a page on a screen of the given size, in light or dark mode."""
        width, height = size
        context = self._chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=scale
        )
        try:
            tab = context.new_page()
            shown = Shown(tab)
            tab.on("request", lambda request: shown.requests.append(request.url))
            tab.on("console", lambda message: shown.said.append(message.text))
            tab.on("pageerror", lambda error: shown.said.append(str(error)))
            tab.on("dialog", shown.dialogue)
            tab.goto(Path(page).as_uri() if isinstance(page, Path) else page)
            yield shown
        finally:
            context.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield a browser for all tests of this process."""
    if EXECUTABLE is None:
        pytest.skip("there is no Chromium; Debian and Ubuntu: apt-get install chromium")
    with sync_playwright() as playwright:
        # Chromium's sandbox does not work for root, who runs tests in a container.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=EXECUTABLE, args=options)
        yield Browser(chromium)
        chromium.close()


def pages_of(pdf: Path) -> list[str]:
    """Return the text of each page of a PDF."""
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


def code_in(picture: Path) -> list[str]:
    """Return the contents of the QR codes in a picture, read by zbarimg."""
    done = subprocess.run(["zbarimg", "--quiet", "--raw", str(picture)], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()
