# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Read everything that hangs on a user, by the table of what that may be."""

from __future__ import annotations

import typing as t

from .._plans import removal as _removal

if t.TYPE_CHECKING:
    from collections.abc import Collection

    from .._aws.iam import Answer, Iam
    from .._plans.removal import FoundUser, Kind


def with_attachments(iam: Iam, said: Answer, kinds: Collection[str] | None = None) -> FoundUser:
    """Complete what AWS said of a user by what has to be asked for one by one, of some kinds or of all."""
    has = []
    for kind in _removal.KINDS:
        if kinds is None or kind.name in kinds:
            has += _removal.attachments(kind, _listed(iam, said, kind))
    return _removal.found_user(said, has)


def _listed(iam: Iam, said: Answer, kind: Kind) -> list[t.Any]:
    if kind.detail in said:
        detail = said[kind.detail]
        return list(detail) if isinstance(detail, list) else [detail]
    if not kind.listing.call:
        return []
    name = said["UserName"]
    listed: list[t.Any] = iam.listed(name, kind.listing.call, kind.listing.member)
    if kind.name == "inline_policies":
        return [{"PolicyName": one, **iam.user_policy(name, one)} for one in listed]
    return listed
