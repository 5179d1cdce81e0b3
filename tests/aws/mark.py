# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The one name, path and tag under which a run makes everything, and by which it is found again."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

BASE = "invoice-scanner-test"
PATHS = f"/{BASE}/"
TAG = BASE
# What the collection calls the policy of a class's hours; it has no path of its own, and the class in its tag.
HOURS, CLASS_TAG = "InvoiceScannerHours-", "workshop-class"
# AWS ignores case in names, and so do we: one of the calls asks for a name in capitals.
_NAME = re.compile(rf"{BASE}-(?P<token>[0-9a-f]{{10}})-.+", re.IGNORECASE)
_PATH = re.compile(rf"/{BASE}/(?P<token>[0-9a-f]{{10}})/")


@dataclass(frozen=True)
class Mark:
    """What the things of one run have in common."""

    token: str

    @classmethod
    def new(cls) -> Mark:
        """Draw a mark that nobody has."""
        return cls(secrets.token_hex(5))

    @property
    def prefix(self) -> str:
        """How every name begins."""
        return f"{BASE}-{self.token}-"

    @property
    def path(self) -> str:
        """The IAM path of everything."""
        return f"{PATHS}{self.token}/"

    @property
    def tag(self) -> dict[str, str]:
        """The tag of everything that can have one."""
        return {"Key": TAG, "Value": self.token}

    @property
    def class_name(self) -> str:
        """The name of the class that has hours."""
        return self.name("class")

    def name(self, end: str) -> str:
        """Name something of this run."""
        return f"{self.prefix}{end}"


def token_of_name(name: str) -> str | None:
    """Tell of which run a thing of this name would be."""
    match = _NAME.fullmatch(name)
    return match["token"].lower() if match else None


def token_of_path(path: str) -> str | None:
    """Tell of which run a thing of this path would be."""
    match = _PATH.fullmatch(path)
    return match["token"] if match else None
