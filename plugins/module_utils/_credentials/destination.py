# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What a place for credentials can do, whether it is a directory or a durable store, and how it says that it cannot."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._users.on_file import NOTHING_MISSING, Credentials, Intent

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from contextlib import AbstractContextManager

    from .._users.on_file import Missing


class DestinationError(Exception):
    """The destination cannot take (or give back) credentials; the message is one sentence for the user."""


class StaleError(Exception):
    """The destination is not as it was when the plan was made."""


@dataclass(frozen=True)
class Look:
    """All that a destination holds for one user, at one moment."""

    saved: Credentials = field(repr=False)
    intent: Intent
    # Which other run is asking for secrets of this user, in a sentence; empty where none is.
    other_run: str = ""
    missing: Missing = NOTHING_MISSING
    # Seconds since the login was saved, where that is known
    login_age: float = field(default=float("inf"), compare=False)


def account_problem(destination: CredentialsDestination, account: str) -> str | None:
    """Say in one sentence that a destination holds another account's credentials, or return None."""
    noted = destination.account()
    if noted in (None, account):
        return None
    return (
        f"{str(destination)!r} holds the credentials of account {noted}, and this is account {account}; check "
        "AWS_PROFILE and the like, or name another place for the credentials of this account"
    )


class Names(t.NamedTuple):
    """How the destination calls what it holds for one user."""

    login: str
    access_key: str
    # For the import into the AWS CLI; empty where it cannot take the user's name
    own_import: str
    intent: str


class CredentialsDestination(t.Protocol):
    """A place for credentials. Everything but C(problem) and its like raises DestinationError."""

    def problem(self) -> str | None:
        """Say in one sentence why nothing can be saved here, or return None. Changes nothing, for check mode."""

    def class_files_problem(self) -> str | None:
        """Say in one sentence why the files of the class cannot be completed, or return None."""

    def account(self) -> str | None:
        """Tell whose credentials are here: the ID of the AWS account; None where nothing tells."""

    def prepare(self, account: str | None = None) -> None:
        """Prove that secrets can be saved, and note to which account they belong."""

    def alone(self, user_names: Collection[str]) -> AbstractContextManager[None]:
        """Have these users to oneself, for a run that serves many of them."""

    def names(self, user_name: str) -> Names:
        """Tell how what is saved of a user is called here."""

    def look(self, user_name: str) -> Look:
        """Read all that is there of a user."""

    def saved(self, user_name: str) -> Credentials:
        """Read what is on file for a user."""

    def missing(self, user_name: str) -> Missing:
        """Name what is gone of a user, and can be made again of what is known elsewhere here."""

    def intent(self, user_name: str) -> Intent | None:
        """Read the intent that an earlier run left for a user, if any."""

    def key_owners(self) -> Mapping[str, str]:
        """Tell whose the access keys are that are known here, by ID."""

    def leave_intent(self, user_name: str, intent: Intent, planned_key: str | None = None) -> Intent:
        """Write down that secrets of this user are about to be asked for, and return what an earlier run left.

        Raises StaleError where the access key on file is another than C(planned_key).
        """

    def settle_intent(self, user_name: str, remaining: Intent) -> None:
        """Leave of the intent what has not been saved yet: usually nothing, and then it goes."""

    def save_login(self, one: Credentials) -> bool:
        """Save the console login of a user, and keep the one before. Tells whether anything changed."""

    def save_access_key(self, one: Credentials) -> bool:
        """Save the access key of a user, and keep the one before. Tells whether anything changed."""

    def set_access_key_aside(self, user_name: str) -> bool:
        """Keep the saved access key of a user as an old one, and have no current one. Tells whether there was one."""

    def save_class_files(self, everybody: Iterable[Credentials]) -> bool:
        """Bring the rows of these users in the files of the class up to date. Tells whether one changed."""

    def class_files_with(self, everybody: Iterable[Credentials]) -> dict[str, bytes]:
        """Render the files of the class with these users' rows in them; only the files that would change."""

    def files_of(self, user_name: str) -> list[str]:
        """Name everything that is there of this user alone."""

    def forget(self, user_name: str) -> list[str]:
        """Delete that, for good, and name it."""

    def rows_of(self, user_names: Collection[str]) -> dict[str, list[str]]:
        """Tell which files of the class have a row of each of these users."""

    def forget_rows(self, user_names: Collection[str]) -> None:
        """Take these users' rows out of the files of the class."""
