# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The documentation site in a real browser, as make docs builds it."""

from __future__ import annotations

import subprocess
import sys
import typing as t
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from tests.guides import GUIDES

from .conftest import PROJECT
from .support.browser import Browser, needs_chromium

pytestmark = [needs_chromium, pytest.mark.slow]

SPECS = yaml.safe_load((PROJECT / "roles/invoice_iam_user/meta/argument_specs.yml").read_text(encoding="utf-8"))
BROKEN_IMAGES = "() => [...document.images].filter((one) => !one.naturalWidth).map((one) => one.src)"
MODULES = sorted(path.stem for path in (PROJECT / "plugins" / "modules").glob("*.py"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of this test's own, so that nobody's own is replaced."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, str(PROJECT / "tests/tools/make_docs.py"), str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return folder / "html"


def found_by_search(shown: t.Any, words: str) -> list[str]:
    """Type words into the search box of a page, and return the titles of what is found."""
    shown.tab.locator("input[name=q]").first.fill(words)
    shown.tab.keyboard.press("Enter")
    # Results come one after the other; the heading follows when there are no more.
    shown.tab.wait_for_selector("#search-results h2:text-is('Search Results')")
    return list(shown.tab.locator("#search-results li > a").all_inner_texts())


def test_a_module_is_found_by_its_name(browser: Browser, site: Path) -> None:
    with browser.showing(site / "index.html") as shown:
        titles = found_by_search(shown, "iam_access_keys_revoke")
        (title,) = [one for one in titles if one.startswith("invoice_scanner.iam.iam_access_keys_revoke module")]
        shown.tab.get_by_role("link", name=title).first.click()
        assert shown.text("h1").startswith("invoice_scanner.iam.iam_access_keys_revoke module")
        assert {url for url in shown.requests if not url.startswith(("file:", "data:"))} == set()


def test_a_guide_is_found_by_what_people_read_in_their_terminal(browser: Browser, site: Path) -> None:
    with browser.showing(site / "docsite" / "class.html") as shown:
        assert any("Troubleshooting" in one for one in found_by_search(shown, "interrupted run lost"))


def test_every_link_leads_to_a_page_that_is_there(browser: Browser, site: Path) -> None:
    """From page to page, as somebody who follows every link; a link to a place on a page finds that place."""
    places: dict[str, set[str]] = {}
    links: set[str] = set()
    with browser.showing(site / "index.html") as shown:
        left = {shown.tab.url}
        while left:
            url = left.pop()
            shown.tab.goto(url, wait_until="load")
            assert shown.tab.evaluate(BROKEN_IMAGES) == [], url
            places[url] = set(shown.tab.eval_on_selector_all("[id]", "all => all.map((one) => one.id)"))
            found = shown.tab.eval_on_selector_all("a[href]", "all => all.map((one) => one.href)")
            links |= {unquote(one) for one in found if one.startswith(site.as_uri())}
            left |= {page for one in links if (page := one.split("#")[0]).endswith(".html")} - set(places)
        outside = {url for url in shown.requests if not url.startswith(("file:", "data:"))}
    assert outside == set()
    to_places = [one.split("#") for one in links if "#" in one and not one.endswith("#")]
    assert [(url, place) for url, place in to_places if place not in places[url]] == []
    names = {Path(url).stem for url in places}
    assert {f"{name}_module" for name in MODULES} | {"roster_inventory", "invoice_iam_user_role"} <= names
    assert {path.stem for path in GUIDES.glob("*.rst")} <= names


def test_the_role_s_page_has_every_entry_point_and_variable(browser: Browser, site: Path) -> None:
    with browser.showing(site / "invoice_iam_user_role.html") as shown:
        ids = set(shown.tab.eval_on_selector_all("[id]", "all => all.map((one) => one.id)"))
    for entry_point, spec in SPECS["argument_specs"].items():
        for option in spec["options"]:
            assert f"parameter-{entry_point}--{option}" in ids


def test_the_pages_fit_a_phone(browser: Browser, site: Path) -> None:
    with browser.showing(site / "docsite" / "getting_started.html", (390, 844)) as shown:
        assert shown.tab.evaluate("document.documentElement.scrollWidth") <= 390
