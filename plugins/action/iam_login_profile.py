# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Runs the module iam_login_profile on behalf of the ansible-playbook to which the task belongs."""

from __future__ import annotations

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._part_of_run import PartOfRun


class ActionModule(PartOfRun):
    """Tells the module whose intent it leaves."""
