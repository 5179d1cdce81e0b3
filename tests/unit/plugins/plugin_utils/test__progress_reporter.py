# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""How far a module is, is shown while it runs."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _progress_reporter
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._progress_reporter import ProgressReporter


class Screen:
    """What is displayed, and whether the line ends."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, bool]] = []

    def display(self, text: str, newline: bool = True) -> None:
        self.shown.append((text, newline))


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Display nothing, and look often."""
    one = Screen()
    monkeypatch.setattr(_progress_reporter, "Display", lambda: one)
    monkeypatch.setattr(_progress_reporter, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(_progress_reporter, "_LINE_SECONDS", 0.01)
    return one


def shown_of(path: Path, marks: list[str], screen: Screen) -> list[str]:
    """Write marks, each when the ones before are shown, and tell what was."""
    path.touch()
    reporter = ProgressReporter(str(path), 4)
    reporter.start()
    for mark in marks:
        before = len(screen.shown)
        with path.open("a", encoding="ascii") as stream:
            stream.write(mark)
        deadline = time.monotonic() + 10
        while len(screen.shown) == before and time.monotonic() < deadline:
            time.sleep(0.005)
    reporter.stop()
    assert not reporter.is_alive()
    return [text for text, _newline in screen.shown]


@pytest.mark.parametrize("terminal", [False, True])
def test_it_is_shown_as_it_goes_in_lines_or_as_a_bar(
    tmp_path: Path, screen: Screen, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr(_progress_reporter, "_IN_TERMINAL", terminal)
    shown = shown_of(tmp_path / "marks", [".", "x", "w"], screen)
    counts = [text for text in shown if text]
    assert any("1 of 4 users done, 0 failed" in text for text in counts)
    assert any("2 of 4 users done, 1 failed" in text and "waiting" not in text for text in counts)
    assert "1 waiting for AWS" in counts[-1]
    assert all(text.startswith("\r[") is terminal for text in counts)
    assert all(newline is not terminal for text, newline in screen.shown if text)
    assert (shown[-1] == "") is terminal, "the bar's line ends at last"


def test_the_same_is_not_shown_twice(tmp_path: Path, screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress_reporter, "_IN_TERMINAL", False)
    path = tmp_path / "marks"
    path.touch()
    reporter = ProgressReporter(str(path), 4)
    reporter.start()
    time.sleep(0.1)
    reporter.stop()
    assert [text for text, _newline in screen.shown] == ["0 of 4 users done, 0 failed, 0.0 a second"]


def test_one_that_was_never_started_ends_without_a_word(tmp_path: Path, screen: Screen) -> None:
    """In check mode there is nothing to be shown."""
    ProgressReporter(str(tmp_path / "not there"), 4).stop()
    assert screen.shown == []


def test_a_job_that_ends_does_not_wait_for_it() -> None:
    reporter: t.Any = ProgressReporter("x", 1)
    assert reporter.daemon
