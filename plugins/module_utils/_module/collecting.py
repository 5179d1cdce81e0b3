# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Collect credentials from a durable store into a directory, as files."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from .._aws.connection import Connection
from .._aws.iam import Iam
from .._credentials import csv_files as files
from .._credentials import uri as _uri
from .._credentials.destination import DestinationError, account_problem
from .._users import user_name as _user_name
from .._users.on_file import Credentials
from .common import RefusedError, open_destination, place_for, see_account

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from .._credentials.destination import (
        CredentialsDestination,
        Look,
        Names,
    )
    from .._users.on_file import Missing


# The options about each user whose credentials are collected
USER: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "display_name": {"type": "str", "default": ""},
    "email": {"type": "str", "default": ""},
}


@dataclass(frozen=True)
class Collected:
    """The result for one user."""

    name: str
    failure: str = ""
    files: tuple[str, ...] = ()
    access_key_id: str = ""
    interrupted: bool = False


@dataclass(frozen=True)
class Collection:
    """The results for all users, and which files of the class changed."""

    users: tuple[Collected, ...]
    class_files: tuple[str, ...]


def run(module: AnsibleAWSModule, params: Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """Collect the credentials of the users of one account. Raises RefusedError and DestinationError."""
    source, dest = params["src"], params["dest"]

    def connect() -> Connection:
        return Connection(module, params["threads"])

    if params["accounts"] or params["divided"] or params["account_id"]:
        account = account_of(module)
        source, dest = (place_for(params, account, connect, place) for place in (source, dest))
    store, directory = open_destination(source, connect), open_destination(dest, connect)
    collection = collect(store, directory, params["users"], params["threads"], check_mode)
    return result_of(collection) | {"warnings": list(warnings(collection)), "place": dest}


def account_of(module: AnsibleAWSModule) -> str:
    """Return the account of the operator's credentials. Raises RefusedError if another account is meant."""
    iam = Iam(module)
    see_account(iam, (module.params["account_id"] or "").strip())
    return str(iam.caller_identity()["Account"])


def collect(
    store: CredentialsDestination,
    destination: CredentialsDestination,
    people: Sequence[Mapping[str, str]],
    threads: int,
    check_mode: bool,
) -> Collection:
    """Collect these users' credentials, in this order. Raises DestinationError if nothing can be saved at all.

    C(people) have the options in C(USER). The store does not contain their names, but the class sheet does.
    """
    names = [one["name"] for one in people]
    account = store.account()
    problem = destination.problem() or destination.class_files_problem()
    problem = problem or (account_problem(destination, account) if account else None)
    if problem:
        raise DestinationError(problem)
    if not check_mode:
        destination.prepare(account)
    # Read from the store in parallel, but write to the disk one by one.
    with ThreadPoolExecutor(max_workers=threads) as pool:
        found = dict(zip(names, pool.map(lambda name: _look(store, name), names), strict=True))
    users = {name: _save(store, destination, name, one, check_mode) for name, one in found.items()}
    about = {one["name"]: {"display_name": one["display_name"], "email": one["email"]} for one in people}
    collected = [replace(one.saved, **about[name]) for name, one in found.items() if not isinstance(one, str)]
    class_files = tuple(destination.class_files_with(collected))
    if class_files and not check_mode:
        destination.save_class_files(collected)
    return Collection(tuple(users[name] for name in names), class_files)


def _look(store: CredentialsDestination, name: str) -> Look | str:
    """Read what is saved for a user, or return why that is impossible."""
    problem = _user_name.problem(name)
    if problem:
        return problem
    try:
        found = store.look(name)
    except DestinationError as error:
        return str(error)
    if found.saved == Credentials(name):
        return f"nothing is saved for user {name!r} in {str(store)!r}; run the playbook setup or class first"
    return found


def _save(
    store: CredentialsDestination, destination: CredentialsDestination, name: str, found: Look | str, check_mode: bool
) -> Collected:
    if isinstance(found, str):
        return Collected(name, found)
    one = found.saved
    try:
        before, names = destination.saved(name), destination.names(name)
        missing = destination.missing(name)
        login, key = _changed_files(one, before, names, missing)
        if login and not check_mode:
            destination.save_login(one)
        if key and not check_mode:
            destination.save_access_key(one)
    except DestinationError as error:
        return Collected(name, str(error))
    return Collected(name, "", (*login, *key), one.access_key_id, bool(found.intent))


def _changed_files(
    one: Credentials, before: Credentials, names: Names, missing: Missing
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the names of the files that will change: that of the login, and those of the access key."""
    other_login = (one.password, one.sign_in_url) != (before.password, before.sign_in_url)
    other_key = (one.access_key_id, one.secret_access_key) != (before.access_key_id, before.secret_access_key)
    login = [names.login] if one.password and (other_login or missing.login) else []
    of_key = (names.access_key, names.own_import) if other_key else (missing.access_key, missing.own_import)
    return login, [name for name in of_key if name] if one.access_key_id else []


def check(params: Mapping[str, t.Any]) -> None:
    """Validate the options of credentials_collect. Raises RefusedError."""
    if not _uri.is_uri(params["src"]):
        raise RefusedError(
            f"src is {params['src']!r}, which is not a store; give s3://bucket/prefix or secretsmanager://prefix"
        )
    if _uri.is_uri(params["dest"]):
        raise RefusedError(f"dest is {params['dest']!r}, which is a store; give a directory")


def result_of(collection: Collection) -> dict[str, t.Any]:
    """Build the result of the module."""
    users = [_outcome(one) for one in collection.users]
    changed = bool(collection.class_files) or any(one["changed"] for one in users)
    return {"changed": changed, "users": users, "class_files": list(collection.class_files)}


def _outcome(one: Collected) -> dict[str, t.Any]:
    return {
        "name": one.name,
        "changed": bool(one.files),
        "failed": bool(one.failure),
        "fate": "collected" if one.files else "unchanged",
        "msg": one.failure,
        "changes": [f"save {file}" for file in one.files],
        "access_key_id": one.access_key_id,
        "interrupted": one.interrupted,
        "diff": [{"before": "", "after": "".join(f"{file}\n" for file in one.files)}] if one.files else [],
    }


def warnings(collection: Collection) -> Iterator[str]:
    """Yield warnings, which never contain a secret."""
    for one in collection.users:
        if one.interrupted:
            yield f"a run for user {one.name!r} is at work or was interrupted; run it again, and then collect again"
        if "," in one.name:
            yield (
                f"user {one.name!r} is left out of {files.IMPORT_FILE} and has no such file of its own: the AWS CLI "
                "does not allow commas in names"
            )
