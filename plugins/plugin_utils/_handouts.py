# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Find the templates of handout pages, and load the texts of a language."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import yaml
from ansible.errors import AnsibleActionFail

# In the role, because files in plugins/ may only be Python.
MATERIAL = Path(__file__).parents[2] / "roles" / "invoice_iam_user" / "templates" / "handouts"
_TEXTS = MATERIAL / "texts"
_DEFAULT = "en"
_OPTION = "invoice_iam_user_handout_language"


def languages() -> list[str]:
    """List the languages that come with this collection."""
    return sorted(path.stem for path in _TEXTS.glob("*.yml"))


def texts(language: str) -> dict[str, t.Any]:
    """Load the texts of a language by its code, or from the user's own file. Raises AnsibleActionFail."""
    own = language.endswith((".yml", ".yaml"))
    if not own and language not in languages():
        raise AnsibleActionFail(
            f"{_OPTION} is {language!r} and has to be one of {', '.join(languages())}, or a YAML file with texts of "
            "your own"
        )
    path = Path(os.path.expanduser(language)) if own else _TEXTS / f"{language}.yml"
    known = _read(_TEXTS / f"{_DEFAULT}.yml")
    found = _read(path)
    unknown = sorted(set(map(str, found)) - set(known))
    if unknown:
        raise AnsibleActionFail(f"{_OPTION} is {language!r}, but no page uses its text {unknown[0]!r}; remove it")
    wrong = [name for name, text in found.items() if not _fits(text, known[name])]
    if wrong:
        raise AnsibleActionFail(
            f"{_OPTION} is {language!r}, but its {wrong[0]!r} has to match the English {known[wrong[0]]!r}, with the "
            "same placeholders in braces"
        )
    return known | found


def _read(path: Path) -> dict[str, t.Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise AnsibleActionFail(f"{_OPTION} is {str(path)!r}, which cannot be read as YAML: {_why(error)}") from error
    if not isinstance(found, dict):
        raise AnsibleActionFail(
            f"{_OPTION} is {str(path)!r}, which is not a mapping of names to texts; copy {str(_TEXTS / 'en.yml')!r}"
        )
    return found


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or " ".join(str(error).split()))


def _fits(text: t.Any, english: t.Any) -> bool:
    """Return whether a text has the form and placeholders of the English one."""
    if isinstance(english, list):
        return isinstance(text, list) and len(text) == len(english) and all(isinstance(one, str) for one in text)
    if not isinstance(text, str):
        return False
    names = [
        word for word in ("day", "month", "year", "account", "moment", "count", "total") if f"{{{word}}}" in english
    ]
    try:
        text.format(**dict.fromkeys(names, ""))
    except (KeyError, IndexError, ValueError):
        return False
    return True
