# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Assume a role for the operator: check the connection's options for it, and open a session that renews itself."""

from __future__ import annotations

import datetime
import re
import typing as t
from dataclasses import dataclass

try:
    import boto3.session
    import botocore.credentials
    import botocore.session
except ImportError:
    pass  # AnsibleAWSModule reports what is missing and how to install it.

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from . import shared_data as _shared_data

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# "AssumeRole" in the STS API Reference
_ARN = re.compile(r"arn:[\w-]+:iam::\d{12}:role/(?:[\u0021-\u007e]+/)?[\w+=,.@-]{1,64}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_SECONDS = range(900, 43_201)

_OPTION = "assume_role_"
_SESSION = "invoice_scanner.iam"
# botocore tries to renew a session 15 minutes before its end, and insists on it 10 minutes before. That suits a session
# of one hour; a shorter one would be renewed with every request.
_RENEWED, _RENEWED_AT_LAST = 15 * 60, 10 * 60
# The fetcher's own cache must not return an old session when RefreshableCredentials asks for a new one.
_FORGOTTEN = 24 * 60 * 60


@dataclass(frozen=True)
class Role:
    """A role to assume, from the options C(assume_role_*)."""

    arn: str
    external_id: str = ""
    session_name: str = ""
    duration: int | None = None

    @classmethod
    def of(cls, params: Mapping[str, t.Any]) -> Role | None:
        """Build a role from a module's options; None if there is no role to assume. Raises AnsibleIAMError."""
        arn, external_id, session_name = (
            str(params.get(f"{_OPTION}{name}") or "").strip() for name in ("arn", "external_id", "session_name")
        )
        role = cls(arn, external_id, session_name, params.get(f"{_OPTION}duration"))
        problem = next(role._problems(), None)
        if problem:
            raise AnsibleIAMError(message=problem)
        return role if role.arn else None

    def __str__(self) -> str:
        """Return the role as error messages name it."""
        return f"role {self.arn}"

    def _problems(self) -> Iterator[str]:
        if not self.arn:
            others = {"external_id": self.external_id, "session_name": self.session_name, "duration": self.duration}
            for name in (name for name, value in others.items() if value):
                yield f"{_OPTION}{name} is set without {_OPTION}arn, the role to assume; set that in aws_connection too"
            return
        if not _ARN.fullmatch(self.arn):
            yield f"{_OPTION}arn is {self.arn!r}; it reads like arn:aws:iam::123456789012:role/NAME"
        if self.external_id and not _EXTERNAL_ID.fullmatch(self.external_id):
            yield f"{_OPTION}external_id is {self.external_id!r}; it has 2 to 1224 letters, digits and _+=,.@:/-"
        if self.session_name and not _SESSION_NAME.fullmatch(self.session_name):
            yield f"{_OPTION}session_name is {self.session_name!r}; it has 2 to 64 letters, digits and _+=,.@-"
        if self.duration is not None and self.duration not in _SECONDS:
            yield f"{_OPTION}duration is {self.duration}; give {_SECONDS[0]} to {_SECONDS[-1]} seconds"

    @property
    def more(self) -> dict[str, t.Any]:
        """The parameters of AssumeRole besides the role."""
        asked = {"RoleSessionName": self.session_name or _SESSION, "ExternalId": self.external_id}
        return {name: value for name, value in (asked | {"DurationSeconds": self.duration}).items() if value}


def assume(role: Role, source: t.Any, client: Callable[..., t.Any]) -> t.Any:
    """Assume a role with the credentials C(source). Returns the role's credentials, which renew themselves in time."""
    fetcher = botocore.credentials.AssumeRoleCredentialFetcher(
        client, source, role.arn, extra_args=role.more, expiry_window_seconds=_FORGOTTEN
    )
    first = fetcher.fetch_credentials()
    end = datetime.datetime.fromisoformat(first["expiry_time"])
    seconds = (end - datetime.datetime.now(tz=datetime.UTC)).total_seconds()
    if seconds <= 0:
        told = f"the session of {role} has ended already; the clock of this machine is wrong, set it, and run again"
        raise AnsibleIAMError(message=told)
    # In seconds; botocore also accepts fractions
    early: dict[str, t.Any] = {
        "advisory_timeout": min(_RENEWED, seconds / 4),
        "mandatory_timeout": min(_RENEWED_AT_LAST, seconds / 6),
    }
    return botocore.credentials.RefreshableCredentials.create_from_metadata(
        first, refresh_using=fetcher.fetch_credentials, method="assume-role", **early
    )


def session_with(credentials: t.Any, profile: str | None) -> t.Any:
    """Create a boto3 session with a profile's settings, but with these credentials."""

    class Provider(botocore.credentials.CredentialProvider):
        """Provides the given credentials."""

        METHOD = "assume-role"

        def load(self) -> t.Any:
            return credentials

    session = botocore.session.Session(profile=profile)
    session.register_component("credential_provider", botocore.credentials.CredentialResolver([Provider()]))
    made = boto3.session.Session(botocore_session=session)
    _shared_data.share(session)
    return made
