# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Find out whether git would commit credential files."""

from __future__ import annotations

import subprocess

_NOT_IGNORED = 1


def tracking_warning(directory: str) -> str | None:
    """Return a warning if git does not ignore files in C(directory), or None.

    There is no warning without git, or outside a work tree.
    """
    command = ["git", "check-ignore", "--quiet", "aws_configure_import.csv"]
    try:
        status = subprocess.run(command, cwd=directory, capture_output=True, check=False).returncode
    except OSError:
        return None
    if status != _NOT_IGNORED:
        return None
    return (
        f"SECRETS MAY END UP IN GIT: {directory!r} is in a git work tree that does not ignore it; add it to "
        ".gitignore now, before the next commit"
    )
