# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import base64
import hashlib
import re
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.pages import (
    breakable,
    minute,
    with_mail_links,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.person import HandoutError
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._handouts.handed import the_pages

if t.TYPE_CHECKING:
    from pathlib import Path


def test_days_are_written_as_people_do() -> None:
    assert the_pages("en").day("2026-12-31") == "31 December 2026"
    assert the_pages("de").day("2026-03-01") == "1. März 2026"


def test_moments_are_in_utc() -> None:
    assert minute("2026-11-24T08:31:02+02:00") == "2026-11-24 06:31"
    assert the_pages().moment("2026-11-24T23:31:02Z") == "24 November 2026, 23:31 UTC"


def test_nothing_is_allowed_that_the_policy_does_not_name() -> None:
    pages = the_pages()
    digest = base64.b64encode(hashlib.sha256(pages.style.encode()).digest()).decode()
    policy = pages.policy()
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_the_one_script_is_named_by_its_hash() -> None:
    pages = the_pages()
    digest = base64.b64encode(hashlib.sha256(pages.script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in pages.policy(script=True)


def test_style_and_script_end_nothing_early_and_load_nothing() -> None:
    pages = the_pages()
    for text in (pages.style, pages.script):
        assert "</" not in text
        assert not re.search(r"url\(|@import|https?:|fetch|XMLHttp", text)


def test_an_address_is_broken_where_people_would() -> None:
    assert str(breakable("https://a.b.org/c")) == "https://<wbr>a.<wbr>b.<wbr>org/<wbr>c"
    assert "&lt;" in str(breakable("https://<x>"))


def test_a_mail_address_is_a_link_and_the_rest_is_a_text() -> None:
    made = str(with_mail_links("<b>Ada</b>, ada@example.org & co"))
    assert made == '&lt;b&gt;Ada&lt;/b&gt;, <a href="mailto:ada@example.org">ada@example.org</a> &amp; co'


def test_a_template_that_is_no_jinja_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "own.j2"
    path.write_text("one\n{% if %}", encoding="utf-8")
    with pytest.raises(
        HandoutError, match=r"invoice_iam_user_handout_template is .*own.j2', and its line 2 is not valid Jinja"
    ):
        the_pages().own(str(path))


def test_one_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HandoutError, match=r"cannot be read: No such file or directory"):
        the_pages().own(str(tmp_path / "none.j2"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(HandoutError, match=r"cannot be read: it is not a text in UTF-8"):
        the_pages().own(str(tmp_path / "binary"))


@pytest.mark.parametrize(
    ("text", "why"), [("{{ passwort }}", "'passwort' is undefined"), ("{{ 1 / 0 }}", "ZeroDivisionError")]
)
def test_one_that_cannot_be_filled_in_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "own.j2"
    path.write_text(text, encoding="utf-8")
    pages = the_pages()
    with pytest.raises(HandoutError, match=rf"cannot be filled in: {why}"):
        pages.render_own(pages.own(str(path)), str(path), {})
