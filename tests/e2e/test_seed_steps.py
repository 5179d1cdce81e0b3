# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The nine steps of the workshop's page, each seen by a reader that is not our code."""

from __future__ import annotations

import csv
import shutil
import subprocess
import typing as t
from pathlib import Path

import boto3
import pytest

from .conftest import USER, VAULT_PASSWORD, WORKSHOP_POLICIES, Run, Workshop, environment

if t.TYPE_CHECKING:
    from collections.abc import Sequence

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def done(module_workshop: Workshop) -> tuple[Workshop, Run, Run]:
    """The playbook, run twice with the page's password in a vaulted file."""
    module_workshop.variables({"invoice_iam_user_console_password": "Admin@123"}, "vault", VAULT_PASSWORD)
    secret = module_workshop.path / "vault_password"
    secret.write_text(VAULT_PASSWORD, encoding="utf-8")
    options = ("--vault-id", f"test@{secret}", "--diff")
    first = module_workshop.setup(*options)
    writes = module_workshop.writes()
    second = module_workshop.setup(*options)
    assert module_workshop.writes() == writes, "the second run wrote to AWS"
    return module_workshop, first, second


def rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file as Python's own csv module does."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_step_1_the_operator_needs_no_console(done: tuple[Workshop, Run, Run]) -> None:
    _workshop, first, _second = done
    assert first.recap("participant")["failed"] == 0
    assert first.recap("participant")["changed"] > 0


def test_step_2_the_user_can_sign_in_and_keeps_the_password(done: tuple[Workshop, Run, Run]) -> None:
    profile = done[0].client("iam").get_login_profile(UserName=USER)["LoginProfile"]
    assert profile["UserName"] == USER
    assert profile["PasswordResetRequired"] is False


def test_step_3_both_policies_are_attached(done: tuple[Workshop, Run, Run]) -> None:
    attached = done[0].client("iam").list_attached_user_policies(UserName=USER)["AttachedPolicies"]
    assert sorted(policy["PolicyName"] for policy in attached) == sorted(WORKSHOP_POLICIES)
    assert {policy["PolicyArn"].split(":")[4] for policy in attached} == {ACCOUNT}


def test_step_4_the_login_file_is_the_consoles_download(done: tuple[Workshop, Run, Run]) -> None:
    path = done[0].credentials / f"{USER}_credentials.csv"
    assert path.read_bytes() == (
        b"\xef\xbb\xbfUser name,Password,Console sign-in URL\r\n"
        b"ai-invoice-scanner-user,Admin@123,https://123456789012.signin.aws.amazon.com/console\r\n"
    )
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_step_5_the_user_is_listed(done: tuple[Workshop, Run, Run]) -> None:
    users = {user["UserName"]: user for user in done[0].client("iam").list_users()["Users"]}
    assert users[USER]["Path"] == "/"
    tags = done[0].client("iam").list_user_tags(UserName=USER)["Tags"]
    assert {"Key": "managed-by", "Value": "invoice_scanner.iam"} in tags


def test_step_6_there_is_one_access_key(done: tuple[Workshop, Run, Run]) -> None:
    keys = done[0].client("iam").list_access_keys(UserName=USER)["AccessKeyMetadata"]
    assert len(keys) == 1


def test_step_7_the_key_is_described_as_the_console_does_it(done: tuple[Workshop, Run, Run]) -> None:
    iam = done[0].client("iam")
    key = iam.list_access_keys(UserName=USER)["AccessKeyMetadata"][0]["AccessKeyId"]
    tags = {tag["Key"]: tag["Value"] for tag in iam.list_user_tags(UserName=USER)["Tags"]}
    assert tags[key] == "AI Invoice Scanner Project"


def test_step_8_the_saved_key_answers_as_the_user(done: tuple[Workshop, Run, Run]) -> None:
    workshop = done[0]
    path = workshop.credentials / f"{USER}_accessKeys.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfAccess key ID,Secret access key\r\nAKIA")
    assert path.read_bytes().endswith(b"\r\n")
    (row,) = rows(path)
    sts = boto3.client(
        "sts",
        endpoint_url=workshop.aws.url,
        region_name="us-east-1",
        aws_access_key_id=row["Access key ID"],
        aws_secret_access_key=row["Secret access key"],
    )
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{USER}"


def test_step_9_the_key_is_active(done: tuple[Workshop, Run, Run]) -> None:
    (key,) = done[0].client("iam").list_access_keys(UserName=USER)["AccessKeyMetadata"]
    (row,) = rows(done[0].credentials / f"{USER}_accessKeys.csv")
    assert (key["AccessKeyId"], key["Status"]) == (row["Access key ID"], "Active")


def test_the_second_run_changes_nothing(done: tuple[Workshop, Run, Run]) -> None:
    _workshop, _first, second = done
    assert second.recap("participant")["changed"] == 0


def test_the_run_ends_by_saying_where_things_are(done: tuple[Workshop, Run, Run]) -> None:
    workshop, first, second = done
    for run in (first, second):
        assert f"IAM user {USER} in account {ACCOUNT}" in run.flat()
        assert f"Console sign-in is enabled at https://{ACCOUNT}.signin.aws.amazon.com/console" in run.flat()
        assert f"Credential files are in {workshop.credentials}" in run.flat()
        assert "Admin@123" not in run.output


def aws_cli_v2() -> str | None:
    """Find the AWS CLI v2; what pip installs under this name is v1, which cannot import."""
    candidates: Sequence[str | None] = ("/usr/bin/aws", "/usr/local/bin/aws", shutil.which("aws"))
    for path in candidates:
        if path and Path(path).exists():
            version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
            if version.startswith("aws-cli/2"):
                return path
    return None


@pytest.mark.skipif(aws_cli_v2() is None, reason="the AWS CLI v2 is not installed (Debian: apt-get install awscli)")
@pytest.mark.parametrize("name", ["aws_configure_import.csv", f"{USER}_aws_configure_import.csv"])
def test_the_aws_cli_imports_the_key_and_uses_it(done: tuple[Workshop, Run, Run], tmp_path: Path, name: str) -> None:
    workshop = done[0]
    path = workshop.credentials / name
    content = path.read_bytes()
    assert content.startswith(b"User name,Access key ID,Secret access key\n")
    assert b"\r" not in content
    assert b'"' not in content
    assert content.count(b"\n") == 2
    files = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials")}
    cli = t.cast("str", aws_cli_v2())

    def aws(*arguments: str) -> str:
        done = subprocess.run([cli, *arguments], env=environment() | files, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "Successfully imported 1 profile(s)" in aws("configure", "import", "--csv", f"file://{path}")
    arn = aws(
        *("sts", "get-caller-identity", "--profile", USER, "--endpoint-url", workshop.aws.url),
        *("--region", "us-east-1", "--query", "Arn", "--output", "text"),
    )
    assert arn.strip() == f"arn:aws:iam::{ACCOUNT}:user/{USER}"
