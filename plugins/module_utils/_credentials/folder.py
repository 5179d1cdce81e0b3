# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What a place for pages can do, whether it is a directory or a prefix of a bucket."""

from __future__ import annotations

import typing as t


class Folder(t.Protocol):
    """A place for files with secrets. Everything but C(problem) raises DestinationError."""

    def problem(self) -> str | None:
        """Say in one sentence why nothing can be saved here, or return None. Changes nothing."""

    def prepare(self) -> None:
        """Make it if it is missing, and prove that it takes files."""

    def get(self, name: str) -> bytes | None:
        """Read a file; None where there is none."""

    def put(self, name: str, content: bytes, keep_old: bool = False) -> bool:
        """Write a file whole, and keep the one before if asked to. Tells whether it changed."""

    def former(self, name: str) -> list[str]:
        """Name what was kept of a file when it was replaced, as C(remove) takes it."""

    def remove(self, *names: str) -> None:
        """Delete files for good."""
