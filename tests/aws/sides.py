# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The two that are held against each other: the account that the shell's credentials belong to, and a sandbox."""

from __future__ import annotations

import contextlib
import os
import typing as t
from dataclasses import dataclass, field

import boto3
import botocore.config
import botocore.exceptions

from sandbox.aws.client import Sandbox

from .processes import BIN
from .replies import Who

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from .mark import Mark

REGION = "us-east-1"
# What UpdateAccountPasswordPolicy takes of what GetAccountPasswordPolicy says
_PASSWORD_POLICY = (
    *("MinimumPasswordLength", "RequireSymbols", "RequireNumbers", "RequireUppercaseCharacters"),
    *("RequireLowercaseCharacters", "AllowUsersToChangePassword", "MaxPasswordAge", "PasswordReusePrevention"),
    "HardExpiry",
)
# A quota's name for the sandbox, and the one that GetAccountSummary shows it by
_QUOTAS = {
    "AccessKeysPerUser": "AccessKeysPerUserQuota",
    "GroupsPerUser": "GroupsPerUserQuota",
    "PoliciesPerUser": "AttachedPoliciesPerUserQuota",
    "PolicySize": "PolicySizeQuota",
    "UserPolicySize": "UserPolicySizeQuota",
}


class RefusedError(Exception):
    """The run may not begin; the text says why."""


@dataclass
class Side:
    """One of the two."""

    name: str
    environment: Mapping[str, str]  # for a playbook
    make_client: Callable[..., t.Any]
    account: str
    partition: str
    operator: str
    path: str = "/"
    folder: Path = field(init=False)
    memory: dict[str, t.Any] = field(default_factory=dict)
    _clients: dict[t.Any, t.Any] = field(default_factory=dict)

    def client(self, service: str, keys: tuple[str, str] | None = None) -> t.Any:
        """Return a client with the operator's credentials, or with somebody's access key."""
        if (service, keys) not in self._clients:
            own = dict(zip(("aws_access_key_id", "aws_secret_access_key"), keys or (), strict=False))
            config = botocore.config.Config(retries={"mode": "standard", "max_attempts": 5})
            self._clients[service, keys] = self.make_client(service, config=config, **own)
        return self._clients[service, keys]

    def who(self) -> Who:
        """Return what is of this side only, and has to be left out of comparisons."""
        return Who(self.account, self.operator, self.path)

    def take_mark(self, mark: Mark, folder: Path) -> None:
        """Have everything made under a mark, and files in a folder."""
        self.path, self.folder = mark.path, folder
        folder.mkdir(mode=0o700)

    def policy_arn(self, name: str) -> str:
        """Return the ARN of a policy below our path."""
        return f"arn:{self.partition}:iam::{self.account}:policy{self.path}{name}"

    def device_arn(self, name: str) -> str:
        """Return the serial number of a virtual MFA device below our path."""
        return f"arn:{self.partition}:iam::{self.account}:mfa{self.path}{name}"


def _environment() -> dict[str, str]:
    """The shell's environment, AWS's part in it included, and nothing that points Ansible somewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    return kept | {"LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1", "PATH": path}


def the_shells(account: str) -> Side:
    """Return the side of AWS. Raises RefusedError unless the credentials belong to the account that is named."""
    if not (len(account) == 12 and account.isdecimal()):
        raise RefusedError("Name the account that you mean by its 12 digits: AWS_ACCOUNT=123456789012.")
    try:
        session = boto3.session.Session()
        region = session.region_name or REGION
        identity = session.client("sts", region_name=region).get_caller_identity()
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise RefusedError(f"AWS does not say whose credentials these are: {error}") from error
    if identity["Account"] != account:
        raise RefusedError(
            f"Your AWS credentials belong to account {identity['Account']} and you named {account}. Nothing was done."
        )

    def make_client(service: str, **options: t.Any) -> t.Any:
        return session.client(t.cast("t.Any", service), region_name=region, **options)

    partition = identity["Arn"].split(":")[1]
    return Side("AWS", _environment(), make_client, account, partition, identity["Arn"])


@contextlib.contextmanager
def a_sandbox() -> Iterator[tuple[Side, Sandbox]]:
    """Start a sandbox beside, which never sees the shell's credentials."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("AWS_")}
    try:
        sandbox = Sandbox()
        environment = _environment() | sandbox.env()
    finally:
        os.environ.update(kept)
    session = boto3.session.Session()
    keys = sandbox.connection

    def make_client(service: str, **options: t.Any) -> t.Any:
        own = {"aws_access_key_id": keys["access_key"], "aws_secret_access_key": keys["secret_key"], **options}
        return session.client(t.cast("t.Any", service), region_name=REGION, endpoint_url=sandbox.url, **own)

    with sandbox:
        identity = make_client("sts").get_caller_identity()
        yield (
            Side("the sandbox", environment, make_client, identity["Account"], "aws", identity["Arn"]),
            sandbox,
        )


def make_alike(aws: Side, sandbox: Side, server: Sandbox) -> None:
    """Give the sandbox what the account has set for itself: password policy, alias and quotas."""
    iam, copy = aws.client("iam"), sandbox.client("iam")
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        policy = iam.get_account_password_policy()["PasswordPolicy"]
        copy.update_account_password_policy(**{name: policy[name] for name in _PASSWORD_POLICY if name in policy})
    for alias in iam.list_account_aliases()["AccountAliases"]:
        copy.create_account_alias(AccountAlias=alias)
    summary = iam.get_account_summary()["SummaryMap"]
    server.quota(**{name: summary[shown] for name, shown in _QUOTAS.items() if shown in summary})
