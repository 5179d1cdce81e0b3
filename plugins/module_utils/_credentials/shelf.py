# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The interface of the durable stores: they keep one document for each user, and replace it in one write."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.errors import error_code, explain
from .destination import DestinationError

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_REMEDIES = {
    "AccessDenied": "docs/stores_policy.json lists what the operator needs for a store",
    "AccessDeniedException": "docs/stores_policy.json lists what the operator needs for a store",
    "NoSuchBucket": "create the bucket, private and versioned, or choose another",
    "KMS.NotFoundException": "check invoice_iam_user_credentials_kms_key and the region",
    "EncryptionFailure": "check invoice_iam_user_credentials_kms_key and the region",
}


@dataclass(frozen=True)
class Sheet:
    """A document as it was read, and the ID of that version."""

    content: bytes = field(repr=False)
    version: str


class Shelf(t.Protocol):
    """A durable store for documents. All methods except C(problem) raise DestinationError."""

    # The maximum size of a document in bytes
    capacity: int

    def problem(self) -> str | None:
        """Return one sentence saying why nothing can be saved here, or None. Changes nothing."""

    def prove(self) -> None:
        """Save something without secrets to prove that saving works."""

    def note(self) -> bytes | None:
        """Read the note about all documents."""

    def put_note(self, content: bytes) -> None:
        """Save a note about all documents, unless there is one already."""

    def name(self, user_name: str) -> str:
        """Return the name of a user's document."""

    def get(self, user_name: str) -> Sheet | None:
        """Read the document of a user."""

    def put(self, user_name: str, content: bytes, replacing: str | None) -> bool:
        """Write the document of a user if its version is still C(replacing). None means that there is no document yet.

        Returns whether it was written.
        """

    def delete(self, user_name: str) -> None:
        """Delete the document of a user for good, with all its versions."""


@contextlib.contextmanager
def explained(place: object) -> Iterator[None]:
    """Turn an error of a store into one sentence, with a remedy if one is known."""
    try:
        yield
    except AnsibleIAMError as error:
        remedy = _REMEDIES.get(error_code(error))
        why = explain(error).partition("; ")[0] if remedy else explain(error)
        raise DestinationError(
            f"{str(place)!r} cannot be used for credentials: {why}" + (f"; {remedy}" if remedy else "")
        ) from error
