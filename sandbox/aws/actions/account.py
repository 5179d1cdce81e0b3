# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Actions about the account."""

from __future__ import annotations

from ..request import Answer, Request


def get_account_summary(request: Request) -> Answer:
    """Return the summary, with whether the root user has a password, which moto leaves out."""
    return {"SummaryMap": {**request.account.backend.account_summary.summary_map, "AccountPasswordPresent": 1}}
