# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What is saved about a user, and which secrets a run is asking AWS for. Plans and destinations share these values."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Credentials:
    """What a user needs to sign in and to call AWS. Unknown parts are empty."""

    user_name: str
    password: str = field(default="", repr=False)
    sign_in_url: str = ""
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    # The person's name and address from the inventory; saved in the class sheet only, class_credentials.csv
    display_name: str = ""
    email: str = ""

    def completed_by(self, older: Credentials | None) -> Credentials:
        """Fill in unknown parts from C(older). An access key is never combined with another key's secret."""
        if older is None:
            return self
        key = self if self.access_key_id else older
        return Credentials(
            self.user_name,
            self.password or older.password,
            self.sign_in_url or older.sign_in_url,
            key.access_key_id,
            key.secret_access_key,
            self.display_name or older.display_name,
            self.email or older.email,
        )


@dataclass(frozen=True)
class Intent:
    """A record that a run asks AWS for a secret of this user, which may not be saved yet. Contains no secret itself."""

    login_profile: bool = False
    access_key: bool = False
    # The access keys that existed before. Any other key that is not saved is an orphan of this collection.
    known_access_key_ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.login_profile or self.access_key

    def merged(self, newer: Intent) -> Intent:
        """Add C(newer). The keys known at the first intent are kept: a key created since then may be the orphan."""
        known = self.known_access_key_ids if self.access_key else newer.known_access_key_ids
        login, key = self.login_profile or newer.login_profile, self.access_key or newer.access_key
        return Intent(login, key, tuple(sorted(known)))

    def without(self, *, login_profile: bool, access_key: bool) -> Intent:
        """Return the intent without the secrets that have been saved since."""
        key = self.access_key and not access_key
        return Intent(self.login_profile and not login_profile, key, self.known_access_key_ids if key else ())


class Missing(t.NamedTuple):
    """Files of a user that are gone, but can be restored from other files in the destination. Empty means none."""

    login: str = ""
    access_key: str = ""
    # Also counts as missing if it contains another key
    own_import: str = ""


NOTHING_MISSING = Missing()


@dataclass(frozen=True)
class OnFile:
    """What the destination contains for a user, without the secrets."""

    password: bool = False
    access_key_id: str = ""
    intent: Intent = field(default_factory=Intent)
    # One sentence about another run that is working on this user now; empty if there is none
    other_run: str = ""
    # The console sign-in URL that was saved with the password
    sign_in_url: str = ""
    missing: Missing = NOTHING_MISSING
    # Seconds since the password was saved, if known
    login_age: float = field(default=float("inf"), compare=False)
