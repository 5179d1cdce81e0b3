# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Whose access key is whose: ours, an orphan of an interrupted run, or a stranger's."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from .on_file import OnFile
    from .user import AccessKey


def on_file(keys: Iterable[AccessKey], saved: OnFile) -> AccessKey | None:
    """Find the key whose secret the destination holds."""
    return next((key for key in keys if key.id == saved.access_key_id), None)


def orphans(keys: Iterable[AccessKey], saved: OnFile) -> list[AccessKey]:
    """Find the keys that an interrupted run asked AWS for and whose secret nobody has.

    Only an intent makes a key an orphan: it names the keys that were there before. A key that is on file, or that
    somebody has described, reached its owner and is none.
    """
    if not saved.intent.access_key:
        return []
    known = {*saved.intent.known_access_key_ids, saved.access_key_id}
    return [key for key in keys if key.id not in known and key.description is None]


def lost(keys: Iterable[AccessKey], saved: OnFile, description: str) -> list[AccessKey]:
    """Find the keys that are ours by their description, and whose secret is not on file."""
    return [key for key in keys if key.description == description and key.id != saved.access_key_id]
