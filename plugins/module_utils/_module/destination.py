# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Open the place where credentials go, whatever kind it is."""

from __future__ import annotations

import typing as t

from .._credentials import uri as _destination_uri
from .._credentials.directory import CredentialsDirectory
from .._credentials.s3 import S3Shelf
from .._credentials.secrets_manager import SecretsManagerShelf
from .._credentials.store import CredentialsStore

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .._aws.connection import Connection
    from .._credentials.destination import (
        CredentialsDestination,
    )
    from .._credentials.run import Run

_SHELVES: dict[str, t.Any] = {_destination_uri.S3: S3Shelf, _destination_uri.SECRETS_MANAGER: SecretsManagerShelf}


def open_destination(
    place: str, connect: Callable[[], Connection], run: Run | None = None, part_of: Run | None = None
) -> CredentialsDestination:
    """Open a directory, or a store, for which C(connect) is asked for a connection. Raises DestinationError."""
    store = _destination_uri.parse(place)
    if store is None:
        return CredentialsDirectory(place, run, part_of)
    return CredentialsStore(_SHELVES[store.kind](connect(), store), run, part_of)
