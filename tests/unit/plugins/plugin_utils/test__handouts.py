# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import string
import typing as t

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _handouts

if t.TYPE_CHECKING:
    from pathlib import Path


def names_in_braces(text: str) -> set[str | None]:
    return {name for _text, name, _form, _conversion in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", _handouts.languages())
def test_every_language_has_every_text_with_the_same_words_in_braces(language: str) -> None:
    english = _handouts.texts("en")
    found = _handouts._read(_handouts.MATERIAL / "texts" / f"{language}.yml")
    assert set(found) == set(english)
    assert found["language"] == language
    assert len(found["months"]) == 12
    for name, text in english.items():
        if isinstance(text, str):
            assert names_in_braces(found[name]) == names_in_braces(text), name


def test_english_and_german_are_there() -> None:
    assert {"en", "de"} <= {*_handouts.languages()}


def test_another_language_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(
        AnsibleActionFail, match=r"invoice_iam_user_handout_language is 'tlh' and has to be one of de, en"
    ):
        _handouts.texts("tlh")


def test_texts_of_one_s_own_fall_back_to_english(tmp_path: Path) -> None:
    (tmp_path / "fr.yml").write_text("language: fr\nsign_in: Se connecter\n", encoding="utf-8")
    texts = _handouts.texts(str(tmp_path / "fr.yml"))
    assert (texts["language"], texts["sign_in"], texts["password"]) == ("fr", "Se connecter", "Password")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("signin: x", "no page uses its text 'signin'; remove it"),
        ("count: '{number} people'", "its 'count' has to match the English"),
        ("count: '{count'", "its 'count' has to match the English"),
        ("months: [a, b]", "its 'months' has to match the English"),
        ("sign_in: [a]", "its 'sign_in' has to match the English"),
        ("just a text", "which is not a mapping of names to texts; copy "),
        ("a: [", "which cannot be read as YAML"),
    ],
)
def test_texts_that_no_page_could_use_are_refused(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "own.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(AnsibleActionFail) as caught:
        _handouts.texts(str(path))
    assert sentence in str(caught.value)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(AnsibleActionFail, match=r"'/nowhere.yml', which cannot be read as YAML: No such file"):
        _handouts.texts("/nowhere.yml")
