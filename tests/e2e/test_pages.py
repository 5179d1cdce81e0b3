# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Pages in a real browser, whatever is on them."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.handout import Handout, Printer
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.pages import Pages
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.person import Person
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.report import report
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.sealing import Sealer
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.text import printable
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _handouts

from .support.browser import LAPTOP, PHONE, Browser, code_in, needs, needs_chromium, pages_of

pytestmark = needs_chromium

URL = "https://serverless-invoices.signin.aws.amazon.com/console"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
PASSWORD = "Kd7-WmqT4rxvNh"
PASSPHRASE = "Käse und Brot und Wein"
LONGEST = "Maximiliane Alexandra Prinzessin von und zu Hohenlohe-Schillingsfürst-Langenburg und Großkreutz"
LINKS = [
    {"title": "Slides of the first day", "url": "https://workshop.example.org/slides"},
    {"title": "Your repository", "url": "https://git.example.org/anna"},
]
SCREENS = [(LAPTOP, "light"), (PHONE, "light"), (PHONE, "dark")]


def the_pages(language: str = "en") -> Pages:
    """The templates that come with this collection."""
    return Pages(str(_handouts.MATERIAL), _handouts.texts(language))


def a_handout(name: str = "anna.mueller", password: str = PASSWORD, url: str = URL, **more: t.Any) -> Handout:
    """What somebody is given."""
    said = {"display_name": "Anna Müller", "email": "", "cells": {}, "links": LINKS, "expires": "2026-12-31"}
    person = Person.of({"name": name, "contact": "Ada, ada@example.org, room 3.14", **said, **more})
    return Handout(
        person, Credentials(name, password, url, "AKIAIOSFODNN7EXAMPLE", SECRET), "123456789012", "eu-west-1"
    )


def longest() -> Handout:
    """Somebody of whom everything is as long as AWS allows."""
    alias = f"https://{'alias-' * 10}abc.signin.aws.amazon.com/console"
    return a_handout("m" * 64, "W" * 128, alias, display_name=LONGEST * 2, contact="Ask " * 60)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def a_report(language: str = "en") -> bytes:
    """An instructor's page with one of each."""
    usual = {
        "failed": False,
        "msg": "",
        "exists": True,
        "access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "expires": "2026-12-31",
    }
    finding = {"finding": "access key AKIAIOSFODNN7EXAMPLE is Inactive", "command": "ansible-playbook x --limit bert"}
    found = {
        "anna": {
            **usual,
            "signed_in": "2026-11-24T08:31:00Z",
            "key_used": "2026-11-24T08:31:00Z",
            "key_used_for": "s3",
        },
        "bert": {**usual, "failed": True, "findings": [finding]},
        "carl": {**usual, "failed": True, "exists": False, "findings": [finding]},
        "dora": {
            **usual,
            "key_used": "2026-11-24T08:31:00Z",
            "key_used_for": "sts",
            "remarks": ["'dora' is in group x"],
        },
        "m" * 64: {**usual, "revoked": "2026-11-01"},
    }
    hosts = {name: {"name": name, **one} for name, one in found.items()}
    verified = {"account_id": "123456789012", "verified_at": "2026-11-24T08:55:00Z", "arrivals": True, "hosts": hosts}
    people = {name: {"display_name": name.title(), "group": "A"} for name in hosts}
    return report(the_pages(language), "Serverless Invoices", verified, people | {"anna": {"display_name": LONGEST}})


def content_of(kind: str, language: str = "en") -> bytes:
    """A page of each kind."""
    if kind == "report":
        return a_report(language)
    sealer = Sealer(PASSPHRASE) if kind == "sealed" else None
    printer = Printer(the_pages(language), "Serverless Invoices", sealer=sealer)
    if kind.startswith("cards"):
        return printer.cards([a_handout(), longest(), a_handout("bert")], int(kind.removeprefix("cards-")))
    return printer.page(longest() if kind == "longest" else a_handout(), None)


KINDS = ("person", "longest", "sealed", "cards-4", "report")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_everybody_can_use_a_page_on_every_screen(browser: Browser, tmp_path: Path, kind: str) -> None:
    """WCAG 2.2 AA as far as a program can tell; nothing is loaded, nothing complains, nothing is cut off."""
    page = written(tmp_path / "page.html", content_of(kind, "de" if kind == "report" else "en"))
    with browser.showing(page) as shown:
        for (width, height), scheme in SCREENS:
            shown.tab.set_viewport_size({"width": width, "height": height})
            shown.tab.emulate_media(color_scheme=scheme)
            size = (width, height)
            assert shown.faults() == [], (size, scheme)
            if not kind.startswith("cards"):
                # Cards are as wide as a sheet of paper.
                assert shown.overflows() == [], (size, scheme)
            assert shown.said == []
            assert {url for url in shown.requests if not url.startswith("data:")} == {page.as_uri()}


def test_a_page_is_read_in_order_and_one_click_selects_a_secret(browser: Browser, tmp_path: Path) -> None:
    page = written(tmp_path / "page.html", content_of("person"))
    with browser.showing(page) as shown:
        assert shown.text("#display-name").split("\n")[-1] == "Anna Müller"
        assert shown.tab.title() == "Anna Müller · Serverless Invoices"
        assert shown.tab.locator("h2").all_inner_texts() == [
            "Sign in",
            "Command line",
            "First steps",
            "Valid until",
            "If it does not work",
        ]
        for name, needed in (("password", PASSWORD), ("user-name", "anna.mueller"), ("secret-access-key", SECRET)):
            shown.tab.locator(f"#{name}").click()
            assert shown.tab.evaluate("getSelection().toString()") == needed
        shown.tab.locator("#commands code").nth(1).click()
        line = shown.tab.evaluate("getSelection().toString()")
        assert line == f"aws configure set aws_secret_access_key {SECRET} --profile anna.mueller"
        face = shown.tab.evaluate("getComputedStyle(document.getElementById('password')).fontFamily")
        assert "monospace" in face


def test_tab_goes_through_all_links_in_order(browser: Browser, tmp_path: Path) -> None:
    page = written(tmp_path / "page.html", content_of("person"))
    with browser.showing(page) as shown:
        reached = []
        for _time in range(4):
            shown.tab.keyboard.press("Tab")
            reached.append(shown.tab.evaluate("document.activeElement.href"))
        assert reached == [URL, *(link["url"] for link in LINKS), "mailto:ada@example.org"]
        outline = shown.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


@needs("zbarimg", "zbar-tools")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_code_leads_to_the_sign_in_page_and_says_no_more(browser: Browser, tmp_path: Path, scheme: str) -> None:
    page = written(tmp_path / "page.html", content_of("person"))
    with browser.showing(page, scheme=scheme, scale=2) as shown:
        shown.tab.screenshot(path=str(tmp_path / "screen.png"), full_page=True)
    assert code_in(tmp_path / "screen.png") == [URL]


def test_a_sealed_page_opens_with_the_passphrase_and_with_no_other(browser: Browser, tmp_path: Path) -> None:
    page = written(tmp_path / "page.html", content_of("sealed"))
    with browser.showing(page) as shown:
        assert shown.text("h1") == "This page is locked"
        shown.tab.keyboard.press("Tab")
        shown.tab.keyboard.type("the wrong passphrase")
        shown.tab.keyboard.press("Enter")
        shown.tab.wait_for_selector("#wrong-passphrase:not(:empty)")
        assert shown.text("#wrong-passphrase") == (
            "This passphrase does not open the page. Check each word and try again."
        )
        assert shown.faults() == []
        assert shown.tab.locator("#password").count() == 0
        # As a keyboard with dead keys writes it, and with the spaces of somebody in a hurry
        shown.tab.locator("#passphrase").fill(" Ka\u0308se  und Brot und Wein ")
        shown.tab.locator("#open").click()
        shown.tab.wait_for_selector("#password")
        assert (shown.text("#password"), shown.text("#user-name")) == (PASSWORD, "anna.mueller")
        assert shown.tab.locator("#sign-in-url").get_attribute("href") == URL
        assert shown.tab.evaluate("document.activeElement.id") == "display-name"
        assert shown.faults() == []
        assert shown.said == []
        assert {url for url in shown.requests if not url.startswith("data:")} == {page.as_uri()}


def test_a_page_whose_bytes_were_changed_does_not_open(browser: Browser, tmp_path: Path) -> None:
    content = content_of("sealed").replace(b'data-sealed="', b'data-sealed="AAAA')
    page = written(tmp_path / "page.html", content)
    with browser.showing(page) as shown:
        shown.tab.locator("#passphrase").fill(PASSPHRASE)
        shown.tab.locator("#open").click()
        shown.tab.wait_for_selector("#wrong-passphrase:not(:empty)")
        assert shown.tab.locator("#password").count() == 0


@needs("pdftotext", "poppler-utils")
@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("per_page", [1, 4, 8])
def test_cards_are_on_their_sheets_and_none_is_split(
    browser: Browser, tmp_path: Path, paper: str, per_page: int
) -> None:
    names = [f"student-{number:02d}" for number in range(9)]
    handouts = [longest() if number == 4 else a_handout(name) for number, name in enumerate(names)]
    printer = Printer(the_pages(), "Serverless Invoices")
    page = written(tmp_path / "class.html", printer.cards(handouts, per_page))
    wanted = [[one.person.name for one in handouts[first : first + per_page]] for first in range(0, 9, per_page)]
    with browser.showing(page) as shown:
        shown.tab.emulate_media(media="print")
        for card in shown.tab.locator(".card").all():
            lost = card.evaluate(
                """(card) => {
                  const edge = card.getBoundingClientRect();
                  return [...card.querySelectorAll(".exact, .address, .qr, h2, footer")]
                    .filter((one) => getComputedStyle(one).display !== "none" && one.getClientRects().length)
                    .map((one) => one.getBoundingClientRect())
                    .filter((box) => box.bottom > edge.bottom + 1 || box.right > edge.right + 1).length;
                }"""
            )
            assert (lost, card.inner_text()) == (0, card.inner_text())
        shown.tab.emulate_media(media=None)
        sheets = pages_of(shown.pdf(tmp_path / "class.pdf", paper))
    assert len(sheets) == len(wanted)
    for sheet, there in zip(sheets, wanted, strict=True):
        found = [name for name in names if name in sheet]
        assert found == [name for name in there if name in names]
        assert sheet.count("123456789012") == len(there)


@needs("pdftotext", "poppler-utils")
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_page_of_a_person_is_one_sheet_of_paper(browser: Browser, tmp_path: Path, paper: str) -> None:
    page = written(tmp_path / "page.html", content_of("person"))
    with browser.showing(page, scheme="dark") as shown:
        (sheet,) = pages_of(shown.pdf(tmp_path / "page.pdf", paper))
    assert all(needed in sheet for needed in ("Anna Müller", PASSWORD, SECRET, "31 December 2026", LINKS[0]["url"]))
    # What only makes sense on a screen is not printed.
    assert "Click to select" not in sheet


@needs("pdftotext", "poppler-utils")
def test_the_instructor_s_page_is_readable_on_paper(browser: Browser, tmp_path: Path) -> None:
    page = written(tmp_path / "page.html", a_report())
    with browser.showing(page) as shown:
        (sheet,) = pages_of(shown.pdf(tmp_path / "page.pdf", "A4"))
    assert "5 people: 2 ready, 1 needs action, 1 no user, 1 access revoked" in sheet
    assert sheet.index("Needs action") < sheet.index("Everybody")


def test_on_a_phone_every_value_of_the_instructor_s_page_is_beside_its_label(browser: Browser, tmp_path: Path) -> None:
    page = written(tmp_path / "page.html", a_report())
    with browser.showing(page) as shown:
        shown.tab.set_viewport_size({"width": 360, "height": 780})
        cells = shown.tab.evaluate(
            "[...document.querySelectorAll('td')].map(cell => [cell.innerText, cell.getBoundingClientRect().left,"
            " ...[...cell.children].map(value => value.getBoundingClientRect().left)])"
        )
    assert any("only tested" in text for text, *_lefts in cells)
    assert [text for text, left, *values in cells if not all(value > left + 100 for value in values)] == []


def test_without_its_script_a_sealed_page_says_what_is_missing(browser: Browser, tmp_path: Path) -> None:
    page = written(tmp_path / "page.html", content_of("sealed"))
    context = browser._chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(page.as_uri())
    assert "Allow scripts for this file" in tab.locator("body").inner_text()
    context.close()


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=https://evil.example.org/x onerror=alert(1)>',
            "<svg onload=alert(1)>",
            "{{ 1 + 1 }}",
            "</style><style>*{display:none}",
            "\u202e\u2066abc",
            "W" * 300,
            "a\nb\u2028c",
            "\u0301" * 50,
        ]
    ),
)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.tuples(HOSTILE, HOSTILE, HOSTILE, HOSTILE), sealed=st.booleans())
def test_nothing_that_people_write_runs_or_breaks_out(
    browser: Browser, tmp_path: Path, texts: tuple[str, str, str, str], sealed: bool
) -> None:
    name, title, contact, link = texts
    handout = a_handout(display_name=name, contact=contact, links=[{"title": link, "url": "https://example.org/x"}])
    sealer = Sealer(PASSPHRASE, 10) if sealed else None
    printer = Printer(the_pages(), printable(title), sealer=sealer)
    page = written(tmp_path / "page.html", printer.page(handout, None))
    with browser.showing(page, PHONE) as shown:
        if sealed:
            shown.tab.locator("#passphrase").fill(PASSPHRASE)
            shown.tab.locator("#open").click()
            shown.tab.wait_for_selector("#password")
        assert shown.text("#password") == PASSWORD
        assert shown.overflows() == []
        assert shown.said == []
        assert {url for url in shown.requests if not url.startswith("data:")} == {page.as_uri()}
        text = shown.tab.evaluate("document.querySelector('#display-name bdi').textContent")
        # What HTML itself makes of line ends
        assert text == handout.person.display_name.replace("\r\n", "\n").replace("\r", "\n")
        assert shown.tab.locator("#links a").get_attribute("href") == "https://example.org/x"
    cards = written(tmp_path / "class.html", printer.cards([handout] * 2, 8))
    with browser.showing(cards) as shown:
        boxes = [card.bounding_box() for card in shown.tab.locator(".card").all()]
        assert boxes[0]["height"] == pytest.approx(boxes[1]["height"], abs=1)
        assert boxes[0]["width"] == pytest.approx(97 / 25.4 * 96, abs=2)
        assert shown.said == []
