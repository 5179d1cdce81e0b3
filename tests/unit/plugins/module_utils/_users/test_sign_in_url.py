# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The console sign-in URL of an account's IAM users."""

from __future__ import annotations

import json
import re

import botocore.session
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
        ("aws-eusc", None, "https://123456789012.signin.amazonaws-eusc.eu/console"),
        ("aws-iso", None, ""),
        ("aws-new", "acme", ""),
    ],
)
def test_sign_in_url(partition: str, alias: str | None, url: str) -> None:
    assert sign_in_url(partition, "123456789012", alias) == url


def sign_in_domains() -> set[str]:
    """Read from botocore's own data where AWS Sign-In is."""
    loader = botocore.session.Session().get_component("data_loader")
    rules = json.dumps(loader.load_service_model("signin", "endpoint-rule-set-1"))
    return set(re.findall(r"https://\{Region\}\.(signin\.[a-z0-9.-]+)\"", rules))


@pytest.mark.parametrize("partition", botocore.session.Session().get_available_partitions())
def test_every_partition_has_the_domain_that_botocore_knows_or_none(partition: str) -> None:
    url = sign_in_url(partition, "123456789012", None)
    assert bool(url) == (partition in {"aws", "aws-cn", "aws-us-gov", "aws-eusc"})
    if url:
        domain = url.removeprefix("https://123456789012.").removesuffix("/console")
        assert domain in sign_in_domains()
