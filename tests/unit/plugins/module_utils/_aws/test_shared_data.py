# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Sessions share what they read of AWS's services, and nothing else."""

from __future__ import annotations

import typing as t
from pathlib import Path

import botocore.session
import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.shared_data import share


def opened() -> t.Any:
    """Open a session."""
    return share(botocore.session.Session())


def test_sessions_share_the_models_of_services_and_no_credentials() -> None:
    first, second = opened(), opened()
    assert first.get_component("data_loader") is second.get_component("data_loader")
    assert first.get_service_model("sts").service_id == second.get_service_model("sts").service_id == "STS"
    first.set_credentials("AKIAFIRST", "x")
    assert getattr(second.get_credentials(), "access_key", "") != "AKIAFIRST"


def test_who_looks_elsewhere_reads_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened()
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert opened().get_component("data_loader") is not first.get_component("data_loader")
