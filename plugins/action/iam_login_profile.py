# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Run the module iam_login_profile as part of the ansible-playbook process that the task belongs to."""

from __future__ import annotations

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._part_of_run import PartOfRun


class ActionModule(PartOfRun):
    """Passes the process to the module, which leaves its intents in that name."""
