# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts import qr
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._handouts.handed import URL


@pytest.fixture(autouse=True)
def _forget() -> None:
    qr.svg.cache_clear()


def test_a_code_needs_no_style_that_a_policy_would_forbid() -> None:
    pytest.importorskip("segno", reason="segno is not installed")
    drawn = qr.svg(URL)
    assert drawn.startswith("<svg")
    assert "style=" not in drawn
    assert "class=" not in drawn


def test_where_nothing_draws_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr, "segno", None)
    assert (qr.can_draw(), qr.svg(URL)) == (False, "")


def test_of_nothing_there_is_none() -> None:
    assert qr.svg("") == ""
