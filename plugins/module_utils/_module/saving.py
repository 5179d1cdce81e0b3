# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Bring the credential files of one user to the wanted state."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._credentials.destination import (
    DestinationError,
    Names,
    StaleError,
)
from .._users.on_file import Credentials, Intent

if t.TYPE_CHECKING:
    from .._credentials.destination import (
        CredentialsDestination,
    )


@dataclass(frozen=True)
class Saved:
    """What is on file after the call (in check mode: before it), without secrets, and what changed."""

    changed_files: tuple[str, ...]
    names: Names
    credentials: Credentials = field(repr=False)
    intent: Intent


def read(directory: CredentialsDestination, user_name: str) -> Saved:
    """Tell what is on file."""
    return Saved((), directory.names(user_name), directory.saved(user_name), directory.intent(user_name) or Intent())


def leave_intent(
    directory: CredentialsDestination, user_name: str, intent: Intent, planned_key: str | None, check_mode: bool
) -> Saved:
    """Prove that the destination takes files, and note which secrets are about to be asked for."""
    before = directory.intent(user_name) or Intent()
    changed = () if before.merged(intent) == before else (directory.names(user_name).intent,)
    if not check_mode:
        directory.prepare()
        if intent:
            _leave_intent(directory, user_name, intent, planned_key)
    return Saved(changed, directory.names(user_name), directory.saved(user_name), before.merged(intent))


def _leave_intent(directory: CredentialsDestination, user_name: str, intent: Intent, planned_key: str | None) -> None:
    try:
        directory.leave_intent(user_name, intent, planned_key)
    except StaleError as error:
        raise DestinationError(f"another run has just served {user_name!r}; run again") from error


def take_intent_back(
    directory: CredentialsDestination, user_name: str, login_profile: bool, access_key: bool, check_mode: bool
) -> Saved:
    """Note that secrets were not asked for after all."""
    before = directory.intent(user_name) or Intent()
    remaining = before.without(login_profile=login_profile, access_key=access_key)
    if remaining != before and not check_mode:
        directory.settle_intent(user_name, remaining)
    changed = () if remaining == before else (directory.names(user_name).intent,)
    return Saved(changed, directory.names(user_name), directory.saved(user_name), remaining)


def save(directory: CredentialsDestination, new: Credentials, keep_intent: bool, check_mode: bool) -> Saved:
    """Save what is new, bring the files of the class up to date, and take back the intent for what was saved."""
    name = new.user_name
    before = directory.saved(name)
    after = new.completed_by(before)
    intent = directory.intent(name) or Intent()
    saved_key = bool(new.access_key_id) and not keep_intent
    remaining = intent.without(login_profile=bool(new.password), access_key=saved_key)
    names = directory.names(name)
    own = [names.login] if _login_differs(before, after) else []
    own += [names.access_key] if before.access_key_id != after.access_key_id else []
    if own and not check_mode:
        # The user's own files first: whatever is wrong with those of the class, the secret is saved.
        directory.prepare()
        _write(directory, after)
    shared = list(directory.class_files_with([after]))
    if shared and not check_mode:
        directory.save_class_files([after])
    if remaining != intent and not check_mode:
        directory.settle_intent(name, remaining)
    changed = [*own, *shared, *([names.intent] if remaining != intent else [])]
    # A durable store has one document for all of it.
    return Saved(tuple(dict.fromkeys(changed)), names, after, remaining)


def _write(directory: CredentialsDestination, one: Credentials) -> None:
    if one.password:
        directory.save_login(one)
    if one.access_key_id:
        directory.save_access_key(one)


def _login_differs(before: Credentials, after: Credentials) -> bool:
    return (before.password, before.sign_in_url) != (after.password, after.sign_in_url) and bool(after.password)
