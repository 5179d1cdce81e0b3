# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The tools that check the documentation find what they are for."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.guides import GUIDES, guide
from tests.tools import check_words, make_docs

PROJECT = Path(__file__).parents[2]


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text('<h1 id="here">There</h1>', encoding="utf-8")
    links = ["there.html", "there.html#here", "#own", "https://example.org/x", "gone.html", "there.html#gone", "#gone"]
    text = '<p id="own">' + "".join(f'<a href="{link}">x</a>' for link in links)
    (tmp_path / "index.html").write_text(text + '<img src="gone.png">', encoding="utf-8")
    broken = ["#gone", "gone.html", "gone.png", "there.html#gone"]
    assert make_docs.broken_links(tmp_path) == [f"index.html: {link}" for link in broken]


def test_a_phrase_that_we_do_not_use_is_named_with_its_line() -> None:
    found = check_words.phrases_in("It is fine.\nAs a rule, it is fine.\n")
    assert found == [(2, "As a rule", "usually")]


@pytest.mark.parametrize(
    ("name", "found"),
    [("plugins/modules/x.py", ["on file"]), ("docs/docsite/rst/x.rst", ["on file"]), ("tests/x.md", [])],
)
def test_a_word_that_this_project_coined_is_named_where_users_read(
    name: str, found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_words, "PROJECT", tmp_path)
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("The secret is on\nfile.\n", encoding="utf-8")
    assert check_words.phrases(path) == [f"{name}:1: '{phrase}': better 'saved'" for phrase in found]


def test_the_words_of_the_readme_are_those_that_are_shown() -> None:
    text = (
        "<!-- a licence -->\n# One two\n\n| three | `four` |\n|---|---|\n\n```console\n$ five\n```\n![six](seven.png)\n"
    )
    assert check_words.shown(text).split() == ["One", "two", "three", "four", "$", "five", "six"]


def test_every_guide_is_on_the_site() -> None:
    listed = yaml.safe_load((PROJECT / "docs/docsite/extra-docs.yml").read_text(encoding="utf-8"))
    names = [name for one in listed["sections"] for name in one["toctree"]]
    assert sorted(names) == sorted(path.stem for path in GUIDES.glob("*.rst"))


def test_a_guide_reads_as_markdown() -> None:
    text = guide("after_class")
    assert "# After the class" in text
    assert "```console\n$ ansible-playbook" in text
    assert "| add | to |\n|---|---|\n| `-e invoice_iam_user_revoke_delete=true` | delete the keys" in text
