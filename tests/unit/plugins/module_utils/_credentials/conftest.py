# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A directory for credentials."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.s3 import S3Shelf
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.secrets_manager import (
    SecretsManagerShelf,
)
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.fake_aws import (
    Aws,
    opened,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a directory that is not there yet."""
    return tmp_path / "of" / "credentials"


@pytest.fixture
def directory(path: Path) -> CredentialsDirectory:
    """Prepare a directory."""
    one = CredentialsDirectory(str(path))
    one.prepare()
    return one


@pytest.fixture
def permissive() -> Iterator[None]:
    """Let a umask hide nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def other_process() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that does nothing until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as one:
        yield one
        one.kill()


@pytest.fixture
def aws() -> Aws:
    """An AWS that says yes to everything."""
    return Aws()


@pytest.fixture
def s3(aws: Aws) -> S3Shelf:
    """A shelf in a bucket."""
    return t.cast("S3Shelf", opened(S3Shelf, aws, "s3://a-bucket/class"))


@pytest.fixture
def secrets(aws: Aws) -> SecretsManagerShelf:
    """A shelf of secrets."""
    return t.cast("SecretsManagerShelf", opened(SecretsManagerShelf, aws, "secretsmanager://class"))
