# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Whose access key is whose: ours, ours and rotated, an orphan of an interrupted run, or somebody else's."""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from .on_file import OnFile
    from .user import AccessKey

_ROTATED_ON = re.compile(r"rotated (\d{4}-\d{2}-\d{2})", re.ASCII)


def rotated_description(day: str) -> str:
    """Describe a key of ours that has a successor, and is kept inactive for a while."""
    return f"rotated {day}"


def rotated_on(description: str | None) -> str:
    """Tell the day on which a key was rotated; empty where it was not."""
    found = _ROTATED_ON.fullmatch(description or "")
    return found[1] if found else ""


def whose(key: AccessKey) -> str:
    """Say in two words whose a key is that is not the one on file."""
    return "rotated earlier" if rotated_on(key.description) else "created elsewhere"


def current(keys: Iterable[AccessKey], on_file: OnFile) -> AccessKey | None:
    """Find the key whose secret the destination holds."""
    return next((key for key in keys if key.id == on_file.access_key_id), None)


def orphans(keys: Iterable[AccessKey], on_file: OnFile) -> list[AccessKey]:
    """Find the keys that an interrupted run asked AWS for and whose secret nobody has.

    Only an intent makes a key an orphan: it names the keys that were there before. A key that is on file, or that
    somebody has described, reached its owner and is none.
    """
    if not on_file.intent.access_key:
        return []
    known = {*on_file.intent.known_access_key_ids, on_file.access_key_id}
    return [key for key in keys if key.id not in known and key.description is None]


def ours(keys: Iterable[AccessKey], on_file: OnFile, description: str) -> list[AccessKey]:
    """Find the keys that are ours: by their description, or because the destination holds the secret."""
    return [key for key in keys if key.id == on_file.access_key_id or key.description == description]


def lost(keys: Iterable[AccessKey], on_file: OnFile, description: str) -> list[AccessKey]:
    """Find the keys that are ours by their description, and whose secret is not on file."""
    return [key for key in keys if key.description == description and key.id != on_file.access_key_id]
