# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""One endpoint a module, a fresh account a test, and real boto3 clients against it."""

from __future__ import annotations

import json
import typing as t

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws.client import Sandbox

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PASSWORD = "Correct-Horse-7"  # satisfies AWS's default policy
POLICY_NAME = "Workshop"
POLICY_ARN = f"arn:aws:iam::123456789012:policy/{POLICY_NAME}"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
CODES = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}  # of an MFA device
ONCE = Config(retries={"total_max_attempts": 1})

_SESSION = boto3.session.Session()


def document(*statements: Mapping[str, t.Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, resource: str = "*") -> dict[str, t.Any]:
    """A statement that allows actions."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def refused(code: str, status: int, call: Callable[..., t.Any], **parameters: t.Any) -> str:
    """Expect a call to be refused with this code and HTTP status; return the message."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = t.cast("dict[str, t.Any]", caught.value.response)
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    return str(response["Error"].get("Message", ""))


class Aws:
    """The endpoint with clients for it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.iam = self.client("iam")
        self.sts = self.client("sts")

    def client(self, service: str, key_id: str = "", secret: str = "", token: str | None = None) -> t.Any:
        """A client with these keys, or else with the operator's."""
        connection = self.sandbox.connection
        make: t.Any = _SESSION.client
        return make(
            service,
            endpoint_url=self.sandbox.url,
            region_name=connection["region"],
            aws_access_key_id=key_id or connection["access_key"],
            aws_secret_access_key=secret or connection["secret_key"],
            aws_session_token=token,
            config=ONCE,
        )

    def user(self, name: str = "alice", *statements: Mapping[str, t.Any]) -> dict[str, str]:
        """Make a user with an access key and an inline policy; return the key."""
        self.iam.create_user(UserName=name)
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=document(*statements))
        key: dict[str, str] = self.iam.create_access_key(UserName=name)["AccessKey"]
        return key

    def as_user(self, service: str, key: Mapping[str, str]) -> t.Any:
        """A client with a key that CreateAccessKey returned."""
        return self.client(service, key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """An endpoint for the tests of a module."""
    path: Path = tmp_path_factory.mktemp("policies") / f"{POLICY_NAME}.json"
    path.write_text(document(allow("s3:*")), encoding="utf-8")
    with Sandbox(managed_policies=[path]) as sandbox:
        yield Aws(sandbox)


@pytest.fixture
def aws(endpoint: Aws) -> Aws:
    """The endpoint with a fresh account."""
    endpoint.sandbox.reset()
    return endpoint
