# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What all unit tests share."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes is the machine's matter, and no fault of the code.
settings.register_profile("unit", deadline=None)
settings.load_profile("unit")
