# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""A durable store as far as it is of use here: where one document a user lies, each exchanged in one write."""

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
    "NoSuchBucket": "make the bucket, private and versioned, or name another",
    "KMS.NotFoundException": "check invoice_iam_user_credentials_kms_key and the region",
    "EncryptionFailure": "check invoice_iam_user_credentials_kms_key and the region",
}


@dataclass(frozen=True)
class Sheet:
    """What lies on a shelf, and a name for exactly this state of it."""

    content: bytes = field(repr=False)
    version: str


class Shelf(t.Protocol):
    """A store, as far as it is of use here. Everything but C(problem) raises DestinationError."""

    # Bytes that a document may have
    capacity: int

    def problem(self) -> str | None:
        """Say in one sentence why nothing can be saved here, or return None. Changes nothing."""

    def prove(self) -> None:
        """Save something that is no secret."""

    def note(self) -> bytes | None:
        """Read what is noted of all documents."""

    def put_note(self, content: bytes) -> None:
        """Note something of all documents; what is noted already stays."""

    def name(self, user_name: str) -> str:
        """Tell how the document of a user is called here."""

    def get(self, user_name: str) -> Sheet | None:
        """Read the document of a user."""

    def put(self, user_name: str, content: bytes, replacing: str | None) -> bool:
        """Write it if it is still as C(replacing) names it, or not there for None. Tells whether that was so."""

    def delete(self, user_name: str) -> None:
        """Delete it for good, with all that it was before."""


@contextlib.contextmanager
def explained(place: object) -> Iterator[None]:
    """Say what went wrong with a store, and where that is known what to do."""
    try:
        yield
    except AnsibleIAMError as error:
        remedy = _REMEDIES.get(error_code(error))
        why = explain(error).partition("; ")[0] if remedy else explain(error)
        raise DestinationError(
            f"{str(place)!r} cannot be used for credentials: {why}" + (f"; {remedy}" if remedy else "")
        ) from error
