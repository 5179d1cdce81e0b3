# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What tests of module_utils share."""

from __future__ import annotations

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws import patience as _patience
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import provision as _provision
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock, Dice


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let no test wait, or depend on chance: a pause is as long as it may be."""
    one = Clock()
    for module in (_patience, _provision):
        monkeypatch.setattr(module, "time", one)
    monkeypatch.setattr(_patience, "random", Dice)
    return one
