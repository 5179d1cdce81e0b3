# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The role that modules assume in AWS."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragment C(invoice_scanner.iam._assume_role)."""

    DOCUMENTATION = r"""
options:
  assume_role_arn:
    description:
      - ARN of an IAM role to assume for all calls to AWS, including those to S3 and Secrets Manager. It is usually in
        another account. The module assumes it with the credentials of the connection, and renews the session before it
        expires.
    type: str
  assume_role_external_id:
    description:
      - External ID that the trust policy of the role requires.
    type: str
  assume_role_session_name:
    description:
      - Name of the session, as CloudTrail shows it.
      - The default is C(invoice_scanner.iam).
    type: str
  assume_role_duration:
    description:
      - How many seconds a session lasts, from 900 to the role's maximum session duration.
      - If omitted, STS uses one hour.
    type: int
"""
