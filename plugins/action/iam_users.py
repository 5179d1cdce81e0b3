# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Run a module for a whole play: iam_users, and others that meta/runtime.yml redirects here."""

from __future__ import annotations

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._whole_play import WholePlay


class ActionModule(WholePlay):
    """Collects the users of all hosts, and shows the progress of the module."""
