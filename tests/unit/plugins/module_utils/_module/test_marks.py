# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What a module writes down of its progress is what is shown of it."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.marks import Marks, marking
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.progress import Progress


def read(marks: str) -> tuple[int, int, int]:
    """Count who is done, who failed and who waits, as people are shown it."""
    progress = Progress(10)
    progress.read(marks)
    return progress.done, progress.failed, progress.waiting


def test_what_is_written_is_what_is_shown() -> None:
    stream = io.StringIO()
    marks = Marks(stream)
    for failed in (False, True, False):
        marks.done(failed)
    for begins in (True, True, False):
        marks.waits(begins)
    assert read(stream.getvalue()) == (3, 1, 1)


def test_each_mark_is_there_at_once_and_after_those_that_were(tmp_path: Path) -> None:
    """The process that shows them reads while this one works."""
    path = tmp_path / "progress"
    path.write_text("..", encoding="ascii")
    with marking(str(path)) as marks:
        marks.done(True)
        assert path.read_text(encoding="ascii") == "..x"
        marks.waits(True)
        assert path.read_text(encoding="ascii") == "..xw"


def test_any_thread_may_write(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    with marking(str(path)) as marks, ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(marks.done, [False] * 500))
    assert read(path.read_text(encoding="ascii")) == (500, 0, 0)


def test_where_nobody_looks_nothing_is_written(tmp_path: Path) -> None:
    with marking(None) as marks:
        marks.done(False)
        marks.waits(True)
    assert list(tmp_path.iterdir()) == []
