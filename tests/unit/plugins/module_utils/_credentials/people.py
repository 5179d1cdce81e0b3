# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""People whose credentials are saved in tests, and what looks at a directory."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent

if t.TYPE_CHECKING:
    pass

URL = "https://123456789012.signin.aws.amazon.com/console"
ANNA = Credentials("anna", "Admin@123", URL, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
NEWER = Credentials("anna", "Other@456", URL, "AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")
BERT = Credentials("bert", "Bert@7890", URL, "AKIAIOSFODNN7EXBERT1", "bertXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEYX")


def content(path: Path) -> dict[str, bytes]:
    """Read all files but the locks."""
    return {
        str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file() and one.name != ".lock"
    }


def fails(error: int) -> t.Callable[..., t.NoReturn]:
    """Stand in for a call that the system refuses."""

    def refuse(*_args: t.Any, **_kwargs: t.Any) -> t.NoReturn:
        raise OSError(error, os.strerror(error))

    return refuse


def write_everything(directory: CredentialsDirectory) -> None:
    directory.prepare()
    directory.leave_intent("anna", Intent(True, True))
    for one in (ANNA, NEWER):
        directory.save_login(one)
        directory.save_access_key(one)
        directory.save_class_files([one])
