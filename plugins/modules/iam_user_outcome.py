#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_user_outcome
short_description: Give a host the outcome of its user
version_added: 1.0.0
description:
  - Fails, changes or passes as M(invoice_scanner.iam.iam_users) did for the user of this host. So the recap, failed
    hosts and C(--diff) show each student separately.
  - It runs on the controller and starts no process.
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - It does nothing by itself.
options:
  outcome_from:
    description:
      - Name of the variable in which a task with O(invoice_scanner.iam.iam_users#module:users_from) has registered its
        result. Of several names, the last counts that has outcomes, so that a later task may be skipped.
    type: list
    elements: str
    required: true
seealso:
  - module: invoice_scanner.iam.iam_users
"""

EXAMPLES = r"""
- name: Give each host its user, as the host's variable workshop_user describes it
  invoice_scanner.iam.iam_users:
    credentials_dest: credentials
    users_from: workshop_user
  register: served
  run_once: true

- name: Give each host the outcome of its user
  invoice_scanner.iam.iam_user_outcome:
    outcome_from: served
"""

RETURN = r"""
name:
  description: User name.
  type: str
  returned: always
changes:
  description: What was done, a sentence each, in order.
  type: list
  elements: str
  returned: always
access_key_id:
  description: Access key whose secret is on file; empty if there is none.
  type: str
  returned: always
"""
