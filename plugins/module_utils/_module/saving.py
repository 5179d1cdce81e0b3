# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Bring the credential files of one user to the wanted state."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._credentials import csv_files as files
from .._credentials.destination import DestinationError, Names, StaleError
from .._users import password as _password
from .._users import user_name as _user_name
from .._users.on_file import Credentials, Intent

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._credentials.destination import CredentialsDestination


ARGUMENTS: dict[str, t.Any] = {
    "dest": {"type": "path", "required": True},
    "user_name": {"type": "str", "required": True, "aliases": ["name"]},
    "state": {"type": "str", "choices": ["present", "intent", "no_intent", "read"], "default": "present"},
    "password": {"type": "str", "no_log": True},
    "sign_in_url": {"type": "str"},
    "access_key_id": {"type": "str", "no_log": False},
    "secret_access_key": {"type": "str", "no_log": True},
    "keep_intent": {"type": "bool", "default": False},
    "intends": {"type": "list", "elements": "str", "choices": ["login_profile", "access_key"], "default": []},
    "known_access_key_ids": {"type": "list", "elements": "str", "no_log": False},
    "planned_access_key_id": {"type": "str", "no_log": False},
    "run": {"type": "dict"},
}
REQUIRED_TOGETHER = [("access_key_id", "secret_access_key")]


@dataclass(frozen=True)
class Saved:
    """What is saved after the call, and which files changed. In check mode, what is saved before it."""

    changed_files: tuple[str, ...]
    names: Names
    credentials: Credentials = field(repr=False)
    intent: Intent


def read(destination: CredentialsDestination, user_name: str) -> Saved:
    """Read what is saved."""
    return Saved(
        (), destination.names(user_name), destination.saved(user_name), destination.intent(user_name) or Intent()
    )


def leave_intent(
    destination: CredentialsDestination, user_name: str, intent: Intent, planned_key: str | None, check_mode: bool
) -> Saved:
    """Prove that the destination works, and record which secrets are about to be asked for."""
    before = destination.intent(user_name) or Intent()
    changed = () if before.merged(intent) == before else (destination.names(user_name).intent,)
    if not check_mode:
        destination.prepare()
        if intent:
            _leave_intent(destination, user_name, intent, planned_key)
    return Saved(changed, destination.names(user_name), destination.saved(user_name), before.merged(intent))


def _leave_intent(destination: CredentialsDestination, user_name: str, intent: Intent, planned_key: str | None) -> None:
    try:
        destination.leave_intent(user_name, intent, planned_key)
    except StaleError as error:
        raise DestinationError(f"another run has just served {user_name!r}; run again") from error


def take_intent_back(
    destination: CredentialsDestination, user_name: str, login_profile: bool, access_key: bool, check_mode: bool
) -> Saved:
    """Remove secrets from the intent that were not asked for after all."""
    before = destination.intent(user_name) or Intent()
    remaining = before.without(login_profile=login_profile, access_key=access_key)
    if remaining != before and not check_mode:
        destination.settle_intent(user_name, remaining)
    changed = () if remaining == before else (destination.names(user_name).intent,)
    return Saved(changed, destination.names(user_name), destination.saved(user_name), remaining)


def save(destination: CredentialsDestination, new: Credentials, keep_intent: bool, check_mode: bool) -> Saved:
    """Save new credentials, update the files of the class, and remove the intent for what was saved."""
    name = new.user_name
    before = destination.saved(name)
    after = new.completed_by(before)
    intent = destination.intent(name) or Intent()
    saved_key = bool(new.access_key_id) and not keep_intent
    remaining = intent.without(login_profile=bool(new.password), access_key=saved_key)
    names = destination.names(name)
    own = [names.login] if _login_differs(before, after) else []
    own += filter(None, [names.access_key, names.own_import]) if before.access_key_id != after.access_key_id else []
    own += [file for file in destination.missing(name) if file and file not in own]
    if own and not check_mode:
        # The user's own files come first, so that the secret is saved even if the files of the class fail.
        destination.prepare()
        _write(destination, after)
    shared = list(destination.class_files_with([after]))
    if shared and not check_mode:
        destination.save_class_files([after])
    if remaining != intent and not check_mode:
        destination.settle_intent(name, remaining)
    changed = [*own, *shared, *([names.intent] if remaining != intent else [])]
    # In a durable store, all names are the same document.
    return Saved(tuple(dict.fromkeys(changed)), names, after, remaining)


def _write(destination: CredentialsDestination, one: Credentials) -> None:
    if one.password:
        destination.save_login(one)
    if one.access_key_id:
        destination.save_access_key(one)


def _login_differs(before: Credentials, after: Credentials) -> bool:
    return (before.password, before.sign_in_url) != (after.password, after.sign_in_url) and bool(after.password)


def option_problem(params: Mapping[str, t.Any]) -> str | None:
    """Return one sentence saying which option makes no sense, or None."""
    asks_for_key = params["state"] == "intent" and "access_key" in params["intends"]
    if asks_for_key and params["known_access_key_ids"] is None:
        return (
            f"the intent to ask for an access key of {params['user_name']!r} needs known_access_key_ids, the IDs of "
            "the keys that the user has (none: []); any other key would be taken for one whose secret got lost"
        )
    return _user_name.problem(params["user_name"])


def bring_about(destination: CredentialsDestination, params: Mapping[str, t.Any], check_mode: bool) -> Saved:
    """Do what the options of credentials_csv ask for. Raises DestinationError."""
    name, state = params["user_name"], params["state"]
    if state == "read":
        return read(destination, name)
    problem = destination.problem()
    if problem:
        raise DestinationError(problem)
    login, key = ("login_profile" in params["intends"]), ("access_key" in params["intends"])
    if state == "intent":
        intent = Intent(login, key, tuple(params["known_access_key_ids"] or ()))
        return leave_intent(destination, name, intent, params["planned_access_key_id"], check_mode)
    if state == "no_intent":
        return take_intent_back(destination, name, login, key, check_mode)
    parts = ("password", "sign_in_url", "access_key_id", "secret_access_key")
    new = Credentials(name, **{part: params[part] or "" for part in parts})
    return save(destination, new, params["keep_intent"], check_mode)


def result_of(saved: Saved, place: str) -> dict[str, t.Any]:
    """Build the result of the module, without secrets."""
    intends = {"login_profile": saved.intent.login_profile, "access_key": saved.intent.access_key}
    return {
        "changed": bool(saved.changed_files),
        "changed_files": list(saved.changed_files),
        "dest": place,
        "files": {
            "login": saved.names.login,
            "access_key": saved.names.access_key,
            "import": saved.names.own_import,
        },
        "on_file": {
            "password": bool(saved.credentials.password),
            "access_key_id": saved.credentials.access_key_id,
            "intends": [secret for secret, intended in intends.items() if intended],
            "known_access_key_ids": list(saved.intent.known_access_key_ids),
        },
        "diff": {"before": "", "after": "".join(f"{place}/{file}\n" for file in saved.changed_files)},
    }


def hazards(params: Mapping[str, t.Any]) -> Iterator[str]:
    """Yield warnings about problems with the files, which never contain a secret."""
    name = params["user_name"]
    if "," in name:
        yield f"{name!r} contains a comma: it is left out of {files.IMPORT_FILE} and has no such file of its own"
    hazard = _password.spreadsheet_hazard(params["password"] or "")
    if hazard:
        yield f"the console password of {name!r} {hazard}"
