# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What people see while a class is served."""

from __future__ import annotations

from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.progress import Progress, drawn, line


def after(seconds: float, total: int, marks: str) -> Progress:
    """A class of so many users, so long after its beginning."""
    times = iter([0.0])
    now = [seconds]
    progress = Progress(total, clock=lambda: next(times, now[0]))
    progress.read(marks)
    return progress


def test_before_anybody_is_done_no_time_is_promised() -> None:
    assert line(after(3, 30, "")) == "0 of 30 users done, 0 failed, 0.0 a second"


def test_done_failed_rate_and_time_left() -> None:
    assert line(after(10, 100, "." * 18 + "xx")) == "20 of 100 users done, 2 failed, 2.0 a second, about 40 s left"


def test_a_long_time_left_is_said_in_minutes() -> None:
    assert line(after(60, 1000, "." * 60)).endswith("1.0 a second, about 15 min 40 s left")


def test_the_bar_is_as_full_as_the_class_is_done() -> None:
    assert drawn(after(1, 30, "")).startswith("[------------------------------] 0 of 30")
    assert drawn(after(1, 30, "." * 10)).startswith("[##########--------------------] 10 of 30")
    assert drawn(after(1, 30, "." * 30)).startswith("[##############################] 30 of 30")


def test_a_class_of_nobody_has_a_bar_too() -> None:
    assert drawn(after(1, 0, "")).startswith("[------------------------------] 0 of 0")


def test_who_waits_for_aws_is_told_of_as_long_as_it_lasts() -> None:
    assert line(after(10, 10, ".ww")).endswith(", 2 waiting for AWS")
    assert line(after(10, 10, ".wwd")).endswith(", 1 waiting for AWS")
    assert "waiting" not in line(after(10, 10, ".wdwd"))
