# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The console sign-in URL of an account's IAM users."""

from __future__ import annotations

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.sign_in_url import sign_in_url


@pytest.mark.parametrize(
    ("partition", "alias", "url"),
    [
        ("aws", None, "https://123456789012.signin.aws.amazon.com/console"),
        ("aws", "", "https://123456789012.signin.aws.amazon.com/console"),
        ("aws", "acme-school", "https://acme-school.signin.aws.amazon.com/console"),
        ("aws-cn", "acme", "https://acme.signin.amazonaws.cn/console"),
        ("aws-us-gov", None, "https://123456789012.signin.amazonaws-us-gov.com/console"),
        ("aws-new", None, "https://123456789012.signin.aws.amazon.com/console"),
    ],
)
def test_sign_in_url(partition: str, alias: str | None, url: str) -> None:
    assert sign_in_url(partition, "123456789012", alias) == url
