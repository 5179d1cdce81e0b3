# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What was answered to one call, and how two such replies differ."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

import botocore.exceptions

from .recorder.sitecustomize import NOTHING, kind_of, members, told, type_of, within

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Set

# Members whose values have to be equal, too. No secret is among them, and nothing that is one account's own.
EQUAL = frozenset(
    {
        *("Account", "Arn", "AttachmentCount", "DefaultVersionId", "GroupName", "IsAttachable", "IsDefaultVersion"),
        *("IsTruncated", "Key", "PasswordResetRequired", "Path", "PermissionsBoundaryArn", "PermissionsBoundaryType"),
        *("PermissionsBoundaryUsageCount", "PolicyArn", "PolicyName", "PolicyNames", "SerialNumber", "ServiceName"),
        *("Status", "Type", "UserName", "Value", "VersionId"),
    }
)
_KEY_ID = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,}\b")
SANDBOX = "the sandbox"


@dataclass(frozen=True)
class Reply:
    """A reply: for comparisons what it looks like, for the script that asked what it said."""

    status: int
    code: str
    members: Mapping[str, frozenset[str]]
    message: str = field(default="", repr=False)
    content: Mapping[str, t.Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Difference:
    """Something that AWS answers in another way than the sandbox."""

    call: str
    member: str
    aws: str
    sandbox: str

    def __str__(self) -> str:
        return f"{self.call}: {self.member}: AWS: {self.aws}; {SANDBOX}: {self.sandbox}"


@dataclass(frozen=True)
class Who:
    """What no two accounts can have in common, and where in an account we are."""

    account: str
    operator: str
    path: str

    def plain(self, text: str) -> str:
        """Leave it out of a text."""
        return _KEY_ID.sub("KEY", text.replace(self.operator, "OPERATOR").replace(self.account, "ACCOUNT"))


def ask(call: Callable[[], Mapping[str, t.Any]], who: Who, *, types_only: bool = False) -> Reply:
    """Make a call, and take down what became of it. Of the account's own things, those below our path count."""

    def kind(value: t.Any, name: str) -> str:
        if name in EQUAL and not types_only:
            return repr(who.plain(value) if isinstance(value, str) else value)
        return type_of(value) if types_only else kind_of(value, name)

    try:
        answer = call()
    except botocore.exceptions.ClientError as error:
        answer = t.cast("Mapping[str, t.Any]", error.response)
    except botocore.exceptions.BotoCoreError as error:
        return Reply(0, f"no reply ({type(error).__name__})", {})
    said = within(told(answer), who.path)
    refusal = answer.get("Error", {})
    found = {name: frozenset(kinds) for name, kinds in members(said, kind).items()}
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return Reply(status, refusal.get("Code", ""), found, who.plain(refusal.get("Message", "")), said)


def differences(call: str, aws: Reply, sandbox: Reply) -> list[Difference]:
    """Say how two replies differ. Where one is a refusal and the other is not the same, no more needs to be said."""
    found = [("error code", aws.code or "none", sandbox.code or "none")] if aws.code != sandbox.code else []
    if aws.status != sandbox.status:
        found.append(("HTTP status", str(aws.status), str(sandbox.status)))
    return [Difference(call, *one) for one in found or different_members(aws.members, sandbox.members)]


def different_members(aws: Mapping[str, Set[str]], sandbox: Mapping[str, Set[str]]) -> Iterator[tuple[str, str, str]]:
    """Name each member that differs, with what it was seen to be on each side."""
    nothing = frozenset({NOTHING})
    one_sided = {*aws} ^ {*sandbox}
    for name in sorted({*aws, *sandbox}):
        here, there = aws.get(name, nothing), sandbox.get(name, nothing)
        # What is in a structure or list that only one side has need not be said.
        if here != there and not one_sided & set(_around(name)):
            yield name, " or ".join(sorted(here)), " or ".join(sorted(there))


def _around(name: str) -> Iterator[str]:
    """Name the structures and lists in which a member is."""
    yield from (name[: match.start()] for match in re.finditer(r"\.|\[\]", name) if match.start())
    yield from (name[: match.end()] for match in re.finditer(r"\[\](?=.)", name))
