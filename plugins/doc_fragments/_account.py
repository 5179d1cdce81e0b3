# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Which AWS account modules may work in."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragment C(invoice_scanner.iam._account)."""

    DOCUMENTATION = r"""
options:
  account_id:
    description:
      - The 12 digits of the AWS account to work in, in quotes. Credentials of another account are refused before
        anything else is sent to AWS.
      - If it is empty, any account is accepted.
    type: str
    default: ""
"""
