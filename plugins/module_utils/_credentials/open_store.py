# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Open a durable store for credentials, or a place for pages."""

from __future__ import annotations

import typing as t

from . import uri as _uri
from .atomic_files import AtomicFiles

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .._aws.connection import Connection
    from .folder import Folder
    from .run import Run
    from .store import CredentialsStore
    from .uri import Store


def open_store(store: Store, connection: Connection, run: Run | None, part_of: Run | None) -> CredentialsStore:
    """Open a durable store.

    The stores are imported here, not at the top: most runs need none, and Python compiles them at each start.
    """
    from .s3 import S3Shelf  # noqa: PLC0415
    from .secrets_manager import SecretsManagerShelf  # noqa: PLC0415
    from .store import CredentialsStore  # noqa: PLC0415
    from .uri import S3  # noqa: PLC0415

    shelf = S3Shelf(connection, store) if store.kind == S3 else SecretsManagerShelf(connection, store)
    return CredentialsStore(shelf, run, part_of)


def open_folder(place: str, connect: Callable[[], Connection]) -> Folder:
    """Open a directory, or a prefix of a bucket over the connection that C(connect) returns.

    Raises DestinationError.
    """
    store = _uri.parse(place)
    if store is None:
        return t.cast("Folder", AtomicFiles(place))
    from .s3 import S3Folder  # noqa: PLC0415

    return S3Folder(connect(), store)
