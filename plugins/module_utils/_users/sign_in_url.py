# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The console sign-in URL of an account's IAM users."""

from __future__ import annotations

# From "How IAM users sign in to the AWS Management Console" in the IAM User Guide, and from the guides for China,
# GovCloud (US) and the European Sovereign Cloud. The domains for the secret regions are not public.
_DOMAINS = {
    "aws": "signin.aws.amazon.com",
    "aws-cn": "signin.amazonaws.cn",
    "aws-us-gov": "signin.amazonaws-us-gov.com",
    "aws-eusc": "signin.amazonaws-eusc.eu",
}


def sign_in_url(partition: str, account_id: str, alias: str | None) -> str:
    """Build the URL as the console's own download has it: with the alias if there is one, without a trailing slash.

    It is empty if the partition's domain is unknown: nobody should type a password into a guessed page.
    """
    domain = _DOMAINS.get(partition)
    return f"https://{alias or account_id}.{domain}/console" if domain else ""
