# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Share the loaded models of AWS's services between botocore sessions.

The models of IAM and STS take 12 megabytes of memory and a quarter of a second to load, and a run for several accounts
has one or two sessions for each account.
"""

from __future__ import annotations

import typing as t

_LOADERS: dict[tuple[str, ...], t.Any] = {}


def share(session: t.Any) -> t.Any:
    """Let a botocore session use the data loader of an earlier one with the same search paths. Returns the session."""
    own = session.get_component("data_loader")
    session.register_component("data_loader", _LOADERS.setdefault(tuple(own.search_paths), own))
    return session
