# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The interface of all destinations for credentials, directories and durable stores, and their errors."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._users.on_file import NOTHING_MISSING, Credentials, Intent

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from contextlib import AbstractContextManager

    from .._users.on_file import Missing


class DestinationError(Exception):
    """The destination cannot save or return credentials; the message is one sentence for the user."""


class StaleError(Exception):
    """The destination has changed since the plan was made."""


@dataclass(frozen=True)
class Look:
    """Everything that a destination contains for one user at one moment."""

    saved: Credentials = field(repr=False)
    intent: Intent
    # One sentence about another run that is asking for secrets of this user; empty if there is none
    other_run: str = ""
    missing: Missing = NOTHING_MISSING
    # Seconds since the login was saved, if known
    login_age: float = field(default=float("inf"), compare=False)


def account_problem(destination: CredentialsDestination, account: str) -> str | None:
    """Return one sentence saying that a destination contains another account's credentials, or None."""
    noted = destination.account()
    if noted in (None, account):
        return None
    return (
        f"{str(destination)!r} holds the credentials of account {noted}, and this is account {account}; sign in to "
        f"account {noted}, for example with AWS_PROFILE, set another credentials_dest, or, if they are from a "
        "rehearsal, delete them"
    )


class Names(t.NamedTuple):
    """The names of files or documents that the destination uses for one user."""

    login: str
    access_key: str
    # For the import into the AWS CLI; empty if the CLI does not allow the user's name
    own_import: str
    intent: str


class CredentialsDestination(t.Protocol):
    """A place for credentials. All methods except those called C(problem) or similar raise DestinationError."""

    def problem(self) -> str | None:
        """Return one sentence saying why nothing can be saved here, or None. Changes nothing, for check mode."""

    def class_files_problem(self) -> str | None:
        """Return one sentence saying why the files of the class cannot be updated, or None."""

    def account(self) -> str | None:
        """Return the ID of the AWS account that the credentials here belong to, or None if that is unknown."""

    def prepare(self, account: str | None = None) -> None:
        """Prove that secrets can be saved, and note which account they belong to."""

    def alone(self, user_names: Collection[str]) -> AbstractContextManager[None]:
        """Claim these users for this run, which serves many."""

    def names(self, user_name: str) -> Names:
        """Return the names of files or documents for a user."""

    def look(self, user_name: str) -> Look:
        """Read everything that is saved for a user."""

    def saved(self, user_name: str) -> Credentials:
        """Read a user's saved credentials."""

    def missing(self, user_name: str) -> Missing:
        """List the files of a user that are gone, but can be restored from other files here."""

    def intent(self, user_name: str) -> Intent | None:
        """Read the intent that an earlier run left for a user, if any."""

    def key_owners(self) -> Mapping[str, str]:
        """Return the user names of the access keys that are known here, by key ID."""

    def leave_intent(self, user_name: str, intent: Intent, planned_key: str | None = None) -> Intent:
        """Record that this run is about to ask for secrets of this user. Returns the intent that an earlier run left.

        Raises StaleError if the saved access key is not C(planned_key).
        """

    def settle_intent(self, user_name: str, remaining: Intent) -> None:
        """Reduce the intent to what has not been saved yet: usually nothing, which removes it."""

    def save_login(self, one: Credentials) -> bool:
        """Save the console login of a user, and keep the old one. Returns whether anything changed."""

    def save_access_key(self, one: Credentials) -> bool:
        """Save the access key of a user, and keep the old one. Returns whether anything changed."""

    def set_access_key_aside(self, user_name: str) -> bool:
        """Move a user's saved access key to the old ones, so that none is current. Returns whether there was one."""

    def save_class_files(self, everybody: Iterable[Credentials]) -> bool:
        """Update the rows of these users in the files of the class. Returns whether a file changed."""

    def class_files_with(self, everybody: Iterable[Credentials]) -> dict[str, bytes]:
        """Render those files of the class that would change if these users' rows were updated."""

    def files_of(self, user_name: str) -> list[str]:
        """List all files or documents for this user alone."""

    def forget(self, user_name: str) -> list[str]:
        """Delete all files or documents for this user alone, for good. Returns their names."""

    def rows_of(self, user_names: Collection[str]) -> dict[str, list[str]]:
        """Return for each of these users which files of the class have a row for it."""

    def forget_rows(self, user_names: Collection[str]) -> None:
        """Remove these users' rows from the files of the class."""
