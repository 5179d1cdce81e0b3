# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import html.parser
import json
import typing as t
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.handout import Printer, page_file
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.person import Person
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.sealing import Sealer
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _handouts
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._handouts.handed import (
    KEY_ID,
    PASSPHRASE,
    PASSWORD,
    SECRET,
    URL,
    a_handout,
    said,
    saved,
    shown,
    the_pages,
)

PAGES = the_pages()
PRINTER = Printer(PAGES, "Serverless Invoices")


class Elements(html.parser.HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: t.Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_a_page_holds_all_that_a_person_needs() -> None:
    links = [{"title": "Slides", "url": "https://example.org/slides"}]
    handout = a_handout(display_name="Anna Müller", links=links, contact="Ada, ada@example.org", expires="2026-12-31")
    text = shown(PRINTER.page(handout, None))
    for needed in (
        "Anna Müller",
        "anna",
        URL,
        "123456789012",
        PASSWORD,
        KEY_ID,
        SECRET,
        "Slides",
        "31 December 2026",
        "ada@example.org",
    ):
        assert needed in text, needed
    order = [
        text.index(heading)
        for heading in ("Anna Müller", "Sign in", "Command line", "First steps", "Valid until", "If it does not work")
    ]
    assert order == sorted(order)


def test_three_lines_set_up_a_profile_and_one_proves_it() -> None:
    assert a_handout().values["commands"] == [
        f"aws configure set aws_access_key_id {KEY_ID} --profile anna",
        f"aws configure set aws_secret_access_key {SECRET} --profile anna",
        "aws configure set region eu-central-1 --profile anna",
        "aws sts get-caller-identity --profile anna",
    ]


def test_a_name_that_a_shell_would_take_apart_is_quoted() -> None:
    assert a_handout("anna,b@c").values["commands"][-1] == 'aws sts get-caller-identity --profile "anna,b@c"'


def test_who_has_no_key_is_not_told_how_to_use_one() -> None:
    text = shown(PRINTER.page(a_handout(credentials=saved(key_id="")), None))
    assert "aws configure" not in text
    assert PASSWORD in text


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_signs_in_by_the_console_is_told_how(language: str) -> None:
    handout = a_handout(cli_sign_in=True, credentials=saved(key_id=""))
    assert handout.values["commands"] == [
        "aws configure set region eu-central-1 --profile anna",
        "aws login --profile anna",
        "aws sts get-caller-identity --profile anna",
    ]
    text = shown(Printer(the_pages(language), "").page(handout, None))
    assert "2.32" in text
    assert _handouts.texts(language)["keep_secret"] not in text
    # A profile that has a key does not sign in.
    assert "aws login" not in shown(PRINTER.page(a_handout(cli_sign_in=True), None))


def test_the_same_input_gives_the_same_bytes() -> None:
    again = Printer(the_pages(), "Serverless Invoices")
    assert PRINTER.page(a_handout(), None) == again.page(a_handout(), None)
    assert PRINTER.cards([a_handout()], 4) == again.cards([a_handout()], 4)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_says_its_language(language: str) -> None:
    page = Printer(the_pages(language), "").page(a_handout(), None).decode()
    assert f'<html lang="{language}">' in page
    assert ("Anmelden" in page) is (language == "de")


HOSTILE = st.one_of(
    st.text(),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "{{ 1 + 1 }}",
            "{% x",
            "]]>",
            "\u202eabc",
            "</style>",
            "'",
            "&amp;",
            "a" * 500,
        ]
    ),
)
PLAIN = Elements(PRINTER.page(a_handout(links=[{"title": "x", "url": "https://x.org"}], contact="x"), None))


@settings(max_examples=60, deadline=None)
@given(name=HOSTILE, title=HOSTILE, contact=HOSTILE, cell=HOSTILE, link=HOSTILE, password=HOSTILE)
def test_whatever_people_write_is_a_text(
    name: str, title: str, contact: str, cell: str, link: str, password: str
) -> None:
    handout = a_handout(
        credentials=saved(password=Person.of(said(display_name=password)).display_name),
        display_name=name,
        contact=contact,
        cells={"c": cell},
        links=[{"title": link, "url": "https://x.org"}],
    )
    printer = Printer(PAGES, title)
    for page in (printer.page(handout, None), printer.cards([handout], 8)):
        found = Elements(page)
        assert set(found.tags) <= {*PLAIN.tags, "article", "footer", "strong"}
        assert not [one for one, _value in found.attributes if one.startswith("on")]
        addresses = {value for one, value in found.attributes if one in ("href", "src")}
        assert all(one.startswith(("https://x.org", URL, "mailto:", "data:,")) for one in addresses)


def test_what_looks_like_a_template_is_a_name() -> None:
    assert "{{ 1 + 1 }}" in shown(PRINTER.page(a_handout(display_name="{{ 1 + 1 }}"), None))


def test_nobody_s_page_is_the_class_s() -> None:
    assert page_file("anna") == "anna.html"
    assert page_file("class") != "class.html"
    assert page_file("Class").lower() != "class.html"
    assert page_file("..").strip(".html")


@pytest.mark.parametrize(("per_page", "sheets"), [(1, 9), (4, 3), (8, 2)])
def test_so_many_cards_are_on_a_sheet(per_page: int, sheets: int) -> None:
    names = [f"student-{number}" for number in range(9)]
    page = PRINTER.cards([a_handout(name) for name in names], per_page).decode()
    assert page.count('class="sheet"') == sheets
    assert page.count('class="card ') == 9
    places = [page.index(f">{name}<") for name in names]
    assert places == sorted(places)
    assert (SECRET in page) is (per_page != 8)


@pytest.mark.parametrize(("name", "size"), [("anna", ""), ("a" * 30, "long"), ("a" * 60, "very-long")])
def test_longer_names_are_written_smaller(name: str, size: str) -> None:
    assert a_handout(name).size == size


def test_a_sealed_page_shows_nothing_of_whom_it_is_for() -> None:
    page = Printer(PAGES, "Serverless Invoices", sealer=Sealer(PASSPHRASE, 10)).page(
        a_handout(display_name="Anna Müller"), None
    )
    for secret in (PASSWORD, SECRET, KEY_ID, "Anna", URL):
        assert secret.encode() not in page
    assert Elements(page).tags.count("script") == 1


def test_open_pages_have_no_script() -> None:
    assert "script" not in Elements(PRINTER.page(a_handout(), None)).tags
    assert "script" not in Elements(PRINTER.cards([a_handout()], 4)).tags


def test_a_sealed_page_is_sealed_again_only_if_it_says_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    sealer = Sealer(PASSPHRASE, 10)
    printer = Printer(PAGES, "T", sealer=sealer)
    first = printer.page(a_handout(), None)
    newer = printer.page(a_handout(credentials=saved(password="Another-Pw1")), first)
    assert newer != first

    def seal(*_args: t.Any) -> t.NoReturn:
        raise AssertionError

    monkeypatch.setattr(sealer, "seal", seal)
    assert printer.page(a_handout(), first) == first


def test_an_instructor_s_own_template_gets_what_is_documented(tmp_path: Path) -> None:
    path = tmp_path / "own.j2"
    names = a_handout().values.keys() | {"title", "words", "language", "style", "policy"}
    path.write_text(
        "".join(f"{{% if {name} is undefined %}}missing {name}{{% endif %}}" for name in names)
        + "<p>{{ display_name }}</p>{{ roster.gruppe }}",
        encoding="utf-8",
    )
    page = Printer(PAGES, "T", str(path)).page(a_handout(display_name="<Anna>", cells={"gruppe": "A&B"}), None)
    assert page == b"<p>&lt;Anna&gt;</p>A&amp;B"


def test_the_documentation_lists_what_a_template_may_use() -> None:
    page = (Path(__file__).parents[5] / "docs/docsite/rst/class_day.rst").read_text(encoding="utf-8")
    for name in (*a_handout().values, "title", "words", "language", "style", "policy"):
        assert f"``{name}``" in page, name


def test_what_is_on_a_page_fits_into_a_result() -> None:
    assert json.dumps(a_handout().values)
