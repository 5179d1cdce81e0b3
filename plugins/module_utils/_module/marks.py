# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Write the progress of a module to a file, for the action plugin that shows it."""

from __future__ import annotations

import contextlib
import typing as t

from .._report.progress import DONE, FAILED, WAITED, WAITS

if t.TYPE_CHECKING:
    from collections.abc import Iterator


class Marks:
    """Writes one character for each event. Any thread may use it."""

    def __init__(self, stream: t.TextIO | None = None) -> None:
        self._stream = stream

    def done(self, failed: bool) -> None:
        """Note that a user is done."""
        self._write(FAILED if failed else DONE)

    def waits(self, begins: bool) -> None:
        """Note that a thread begins or stops to wait for AWS."""
        self._write(WAITS if begins else WAITED)

    def _write(self, mark: str) -> None:
        if self._stream:
            self._stream.write(mark)
            self._stream.flush()


@contextlib.contextmanager
def marking(path: str | None) -> Iterator[Marks]:
    """Open the file for marks, if there is one."""
    if path is None:
        yield Marks()
        return
    with open(path, "a", encoding="ascii") as stream:
        yield Marks(stream)
