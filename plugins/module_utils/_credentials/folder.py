# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The interface of all places for handout pages: directories and prefixes of a bucket."""

from __future__ import annotations

import typing as t


class Folder(t.Protocol):
    """A place for files with secrets. All methods except C(problem) raise DestinationError."""

    def problem(self) -> str | None:
        """Return one sentence saying why nothing can be saved here, or None. Changes nothing."""

    def prepare(self) -> None:
        """Create the place if it is missing, and prove that files can be saved there."""

    def get(self, name: str) -> bytes | None:
        """Read a file, or return None if it does not exist."""

    def put(self, name: str, content: bytes, keep_old: bool = False) -> bool:
        """Write a file, and keep the old version if asked to. Returns whether it changed."""

    def former(self, name: str) -> list[str]:
        """List the old versions of a file that were kept, by names that C(remove) accepts."""

    def remove(self, *names: str) -> None:
        """Delete files for good."""
