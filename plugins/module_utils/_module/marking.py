# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Write down how far a module is, for whoever shows it."""

from __future__ import annotations

import contextlib
import typing as t

from .._report.progress import DONE, FAILED

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def marking(path: str | None) -> Iterator[Callable[[bool], None]]:
    """Give what is to be called for each user that is done, with whether it failed. Any thread may call it."""
    if path is None:
        yield lambda _failed: None
        return
    with open(path, "a", encoding="ascii") as marks:

        def mark(failed: bool) -> None:
            marks.write(FAILED if failed else DONE)
            marks.flush()

        yield mark
