# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Progress takes the way to the user that Ansible has for it, and no other."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest
from ansible.utils.display import Display

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _progress_reporter
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._progress_reporter import ProgressReporter

LINE = "1 of 2 users done, 0 failed"


class Queue:
    """Takes what a task's process hands to the main process."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send_display(self, _method: str, *arguments: str, **_options: t.Any) -> None:
        """Take a line."""
        self.sent.append(arguments[0])


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    """The way from a task's process to the main process."""
    queue = Queue()
    monkeypatch.setattr(Display(), "_final_q", queue)
    return queue


def show(tmp_path: Path) -> None:
    """Let the reporter show once how far a module is."""
    (tmp_path / "progress").write_text(".", encoding="ascii")
    ProgressReporter(str(tmp_path / "progress"), 2)._show()


def test_a_line_of_a_log_is_left_to_ansible(queue: Queue, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show(tmp_path)
    assert [line.startswith(LINE) for line in queue.sent] == [True]
    assert capsys.readouterr() == ("", "")


def test_nothing_is_written_past_ansible_where_ansible_runner_listens(
    queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = Display.display

    def display(self: Display, *arguments: t.Any, **options: t.Any) -> None:
        # What ansible-runner 2.4.0 and 2.4.1 do around each line, in a task's process as well
        sys.stdout.write("\x1b[K a mark of ansible-runner's \x1b[K")
        theirs(self, *arguments, **options)

    monkeypatch.setattr(Display, "display", display)
    monkeypatch.setattr(_progress_reporter, "_IN_CONTROLLER", True)
    show(tmp_path)
    assert [line.startswith(LINE) for line in queue.sent] == [True]
    assert capsys.readouterr() == ("", "")
