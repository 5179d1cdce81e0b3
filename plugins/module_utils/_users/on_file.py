# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What is saved of a user, and which secrets are being asked for: values that plans and destinations both speak of."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Credentials:
    """What a user needs to sign in and to call AWS; a part that is not known is empty."""

    user_name: str
    password: str = field(default="", repr=False)
    sign_in_url: str = ""
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    # Whose they are, as the inventory has it; only the sheet of the class holds it
    display_name: str = ""
    email: str = ""

    def completed_by(self, older: Credentials | None) -> Credentials:
        """Fill what is not known here from C(older); an access key stays one with its secret."""
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
    """A secret of this user is being asked for and may not have been saved. Holds no secret itself."""

    login_profile: bool = False
    access_key: bool = False
    # The access keys that existed before: whichever appears besides them, and is not on file, is an orphan of ours.
    known_access_key_ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.login_profile or self.access_key

    def merged(self, newer: Intent) -> Intent:
        """Add C(newer). The keys known at the first intent stay: one made since then may be the orphan."""
        known = self.known_access_key_ids if self.access_key else newer.known_access_key_ids
        login, key = self.login_profile or newer.login_profile, self.access_key or newer.access_key
        return Intent(login, key, tuple(sorted(known)))

    def without(self, *, login_profile: bool, access_key: bool) -> Intent:
        """Take back what was saved."""
        key = self.access_key and not access_key
        return Intent(self.login_profile and not login_profile, key, self.known_access_key_ids if key else ())


class Missing(t.NamedTuple):
    """Files of a user that are gone, while what was in them is known elsewhere in the same place; empty: none."""

    login: str = ""
    access_key: str = ""
    # It may also be there with another key in it.
    own_import: str = ""


NOTHING_MISSING = Missing()


@dataclass(frozen=True)
class OnFile:
    """What the destination holds for a user, without the secrets."""

    password: bool = False
    access_key_id: str = ""
    intent: Intent = field(default_factory=Intent)
    # What another run is doing to this user at the moment, in a sentence; empty where none is.
    other_run: str = ""
    # The console sign-in URL that was saved with the password
    sign_in_url: str = ""
    missing: Missing = NOTHING_MISSING
    # Seconds since the password was saved, where that is known
    login_age: float = field(default=float("inf"), compare=False)
