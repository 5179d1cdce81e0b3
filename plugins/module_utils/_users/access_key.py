# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Classify a user's access keys: saved, lost, rotated, orphaned by an interrupted run, or somebody else's.

A key belongs to this collection if its secret is saved, or if it carries the collection's description.
"""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from .on_file import OnFile
    from .user import AccessKey

_ROTATED_ON = re.compile(r"rotated (\d{4}-\d{2}-\d{2})", re.ASCII)


def rotated_description(day: str) -> str:
    """Return the description for a key that was rotated and is kept, inactive, for a grace period."""
    return f"rotated {day}"


def rotated_on(description: str | None) -> str:
    """Return the day on which a key was rotated, or an empty string if it was not."""
    found = _ROTATED_ON.fullmatch(description or "")
    return found[1] if found else ""


def description_problem(description: str) -> str | None:
    """Return one sentence saying why a key cannot have this description, or None."""
    if not description:
        return "invoice_iam_user_access_key_description is empty; set it, as it tells the workshop's key from others"
    if rotated_on(description):
        return (
            f"invoice_iam_user_access_key_description is {description!r}, which marks a key that was rotated; choose "
            "other words"
        )
    return None


def whose(key: AccessKey) -> str:
    """Return in two words where a key comes from that is not the saved one."""
    return "rotated earlier" if rotated_on(key.description) else "created elsewhere"


def current(keys: Iterable[AccessKey], on_file: OnFile) -> AccessKey | None:
    """Find the key whose secret is saved in the destination."""
    return next((key for key in keys if key.id == on_file.access_key_id), None)


def orphans(keys: Iterable[AccessKey], on_file: OnFile) -> list[AccessKey]:
    """Find the keys that an interrupted run created and whose secret nobody has.

    A key can only be an orphan if that run left an intent, which lists the keys that existed before. A key that is
    saved or has a description reached its owner, so it is not an orphan.
    """
    if not on_file.intent.access_key:
        return []
    known = {*on_file.intent.known_access_key_ids, on_file.access_key_id}
    return [key for key in keys if key.id not in known and key.description is None]


def ours(keys: Iterable[AccessKey], on_file: OnFile, description: str) -> list[AccessKey]:
    """Find the keys of this collection: those with its description, and the one whose secret is saved."""
    return [key for key in keys if key.id == on_file.access_key_id or key.description == description]


def lost(keys: Iterable[AccessKey], on_file: OnFile, description: str) -> list[AccessKey]:
    """Find the keys that have this collection's description, but whose secret is not saved."""
    return [key for key in keys if key.description == description and key.id != on_file.access_key_id]
