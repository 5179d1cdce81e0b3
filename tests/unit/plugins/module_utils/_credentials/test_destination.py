# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A destination holds the credentials of one account."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import (
    Look,
    account_problem,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.people import ANNA


class Place(types.SimpleNamespace):
    """A destination that belongs to somebody."""

    def __str__(self) -> str:
        return "/srv/credentials"

    def account(self) -> str | None:
        noted: str | None = self.noted
        return noted


@pytest.mark.parametrize(("noted", "refused"), [(None, False), ("123456789012", False), ("999999999999", True)])
def test_another_accounts_credentials_are_left_alone(noted: str | None, refused: bool) -> None:
    """The same names stand for other people there."""
    problem = account_problem(t.cast("t.Any", Place(noted=noted)), "123456789012")
    assert problem == (
        "'/srv/credentials' holds the credentials of account 999999999999, and this is account 123456789012; sign in "
        "to account 999999999999, for example with AWS_PROFILE, set another credentials_dest, or, if they are from a "
        "rehearsal, delete them"
        if refused
        else None
    )


def test_no_secret_is_in_what_python_shows() -> None:
    assert ANNA.password not in repr(Look(ANNA, Intent()))
