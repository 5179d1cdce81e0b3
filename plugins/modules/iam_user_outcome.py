#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_user_outcome
short_description: Report the outcome of a host's user
version_added: 1.0.0
description:
  - Reports what M(invoice_scanner.iam.iam_users) did for the user of this host. The task fails, is changed or is ok
    just like that user. As a result, the recap, the list of failed hosts and C(--diff) show each user separately.
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
      - It changes nothing itself.
options:
  outcome_from:
    description:
      - Name of the variable in which a task with O(invoice_scanner.iam.iam_users#module:users_from) has registered its
        result. If you list several variables, the module uses the last one with outcomes, so a later task may have been
        skipped.
    type: list
    elements: str
    required: true
seealso:
  - module: invoice_scanner.iam.iam_users
"""

EXAMPLES = r"""
- name: Create the user of each host, as the host's variable workshop_user describes it
  invoice_scanner.iam.iam_users:
    credentials_dest: credentials
    users_from: workshop_user
  register: served
  run_once: true

- name: Report the outcome of each host's user
  invoice_scanner.iam.iam_user_outcome:
    outcome_from: served
"""

RETURN = r"""
name:
  description: User name.
  type: str
  returned: always
changes:
  description: What was done, in order, one sentence for each change.
  type: list
  elements: str
  returned: always
access_key_id:
  description: ID of the saved access key; empty if none is saved.
  type: str
  returned: always
"""
