# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Render and parse the notes that runs leave beside the credentials.

They say which secrets a run is asking for, which users it serves, and which account the credentials belong to.
"""

from __future__ import annotations

import json
import typing as t

from .._users.on_file import Intent
from .csv_files import NotOurFileError
from .run import Run

if t.TYPE_CHECKING:
    from collections.abc import Collection


def intent_noted(intent: Intent, run: Run | None) -> dict[str, t.Any]:
    """Convert an intent, and the run that left it, to plain values."""
    return {
        "login_profile": intent.login_profile,
        "access_key": intent.access_key,
        "known_access_key_ids": list(intent.known_access_key_ids),
        "run": run and run.noted(),
    }


def intent_from(noted: t.Any) -> tuple[Intent, Run | None]:
    """Convert plain values back to an intent and the run that left it. Raises NotOurFileError."""
    try:
        known = tuple(str(one) for one in noted["known_access_key_ids"])
        run = Run.read(noted["run"]) if noted.get("run") else None
        return Intent(bool(noted["login_profile"]), bool(noted["access_key"]), known), run
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotOurFileError("is not an intent file of this collection") from error


def intent_json(intent: Intent, run: Run | None) -> bytes:
    """Render the intent file of a user."""
    return (json.dumps(intent_noted(intent, run), indent=2) + "\n").encode("ascii")


def parse_intent(content: bytes) -> tuple[Intent, Run | None]:
    """Parse the intent file of a user. Raises NotOurFileError."""
    try:
        noted = json.loads(content)
    except ValueError as error:
        raise NotOurFileError("is not an intent file of this collection") from error
    return intent_from(noted)


def claim_json(run: Run, user_names: Collection[str]) -> bytes:
    """Render which users a run serves."""
    return (json.dumps({"run": run.noted(), "users": sorted(user_names)}) + "\n").encode("ascii")


def parse_claim(content: bytes) -> tuple[Run, frozenset[str]]:
    """Parse which users a run serves. Raises NotOurFileError."""
    try:
        claim = json.loads(content)
        return Run.read(claim["run"]), frozenset(claim["users"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotOurFileError("does not say which users a run serves") from error


def account_json(account: str) -> bytes:
    """Render which account a destination belongs to."""
    return (json.dumps({"account_id": account}) + "\n").encode("ascii")


def parse_account(content: bytes) -> str:
    """Parse which account a destination belongs to. Raises NotOurFileError."""
    try:
        return str(json.loads(content)["account_id"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotOurFileError("does not name an account") from error
