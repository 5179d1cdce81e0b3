# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What runs note for each other beside the credentials: which secrets they ask for, whom
they serve, and whose credentials these are."""

from __future__ import annotations

import json
import typing as t

from .._users.on_file import Intent
from .csv_files import NotOurFileError
from .run import Run

if t.TYPE_CHECKING:
    from collections.abc import Collection


def intent_noted(intent: Intent, run: Run | None) -> dict[str, t.Any]:
    """Return an intent as plain values, with the run that left it."""
    return {
        "login_profile": intent.login_profile,
        "access_key": intent.access_key,
        "known_access_key_ids": list(intent.known_access_key_ids),
        "run": run and run.noted(),
    }


def intent_from(noted: t.Any) -> tuple[Intent, Run | None]:
    """Read an intent back, with the run that left it. Raises NotOurFileError."""
    try:
        known = tuple(str(one) for one in noted["known_access_key_ids"])
        run = Run.read(noted["run"]) if noted.get("run") else None
        return Intent(bool(noted["login_profile"]), bool(noted["access_key"]), known), run
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotOurFileError("is not an intent file of this collection") from error


def intent_json(intent: Intent, run: Run | None) -> bytes:
    """Render an intent as the file of a user."""
    return (json.dumps(intent_noted(intent, run), indent=2) + "\n").encode("ascii")


def parse_intent(content: bytes) -> tuple[Intent, Run | None]:
    """Read that file back. Raises NotOurFileError."""
    try:
        noted = json.loads(content)
    except ValueError as error:
        raise NotOurFileError("is not an intent file of this collection") from error
    return intent_from(noted)


def claim_json(run: Run, user_names: Collection[str]) -> bytes:
    """Render whom a run serves."""
    return (json.dumps({"run": run.noted(), "users": sorted(user_names)}) + "\n").encode("ascii")


def parse_claim(content: bytes) -> tuple[Run, frozenset[str]]:
    """Read back whom a run serves. Raises NotOurFileError."""
    try:
        claim = json.loads(content)
        return Run.read(claim["run"]), frozenset(claim["users"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotOurFileError("does not say whom a run serves") from error


def account_json(account: str) -> bytes:
    """Render to which account a destination belongs."""
    return (json.dumps({"account_id": account}) + "\n").encode("ascii")


def parse_account(content: bytes) -> str:
    """Read back to which account a destination belongs. Raises NotOurFileError."""
    try:
        return str(json.loads(content)["account_id"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotOurFileError("does not name an account") from error
