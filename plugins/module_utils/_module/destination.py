# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Open the place where credentials go, whatever kind it is."""

from __future__ import annotations

import typing as t

from ansible_collections.invoice_scanner.iam.plugins.module_utils import _destination_uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials_directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials_store import CredentialsStore
from ansible_collections.invoice_scanner.iam.plugins.module_utils._stores import S3Shelf, SecretsManagerShelf

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.invoice_scanner.iam.plugins.module_utils._connection import Connection
    from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials_destination import (
        CredentialsDestination,
    )
    from ansible_collections.invoice_scanner.iam.plugins.module_utils._run import Run

_SHELVES: dict[str, t.Any] = {_destination_uri.S3: S3Shelf, _destination_uri.SECRETS_MANAGER: SecretsManagerShelf}


def open_destination(
    place: str, connect: Callable[[], Connection], run: Run | None = None, part_of: Run | None = None
) -> CredentialsDestination:
    """Open a directory, or a store, for which C(connect) is asked for a connection. Raises DestinationError."""
    store = _destination_uri.parse(place)
    if store is None:
        return CredentialsDirectory(place, run, part_of)
    return CredentialsStore(_SHELVES[store.kind](connect(), store), run, part_of)
