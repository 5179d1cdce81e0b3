# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""An operator who may do nothing but assume a role that may."""

from __future__ import annotations

import csv
import json
import typing as t
from collections import Counter

import boto3
import pytest

from .conftest import USER, Workshop
from .support.durable import BUCKET, uri
from .support.moto_as_it_is import moto_as_it_is

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXTERNAL_ID = "workshop-4711"
ONLY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}],
}
MAY_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
        }
    ],
}
ARN = "arn:aws:iam::123456789012:role/workshop/Operator"


@pytest.fixture
def role(workshop: Workshop) -> dict[str, t.Any]:
    """The connection of an operator with a role; they may do no more than to assume it."""
    iam = workshop.client("iam")
    iam.create_role(RoleName="Operator", Path="/workshop/", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="Operator", PolicyName="all", PolicyDocument=json.dumps(MAY_ALL))
    iam.put_user_policy(UserName="sandbox-operator", PolicyName="sandbox", PolicyDocument=json.dumps(ONLY_ASSUME))
    told = {"assume_role_arn": ARN, "assume_role_external_id": EXTERNAL_ID, "assume_role_session_name": "course-7"}
    workshop.variables({"aws_connection": {**workshop.aws.connection, **told}}, "connection")
    return told


def reader(workshop: Workshop, service: str = "iam") -> t.Any:
    """An independent reader in a session of that role."""
    sts = workshop.client("sts")
    keys = sts.assume_role(RoleArn=ARN, RoleSessionName="reader", ExternalId=EXTERNAL_ID)["Credentials"]
    make: t.Any = boto3.client
    return make(
        service,
        endpoint_url=workshop.aws.url,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def assumed(workshop: Workshop) -> list[dict[str, t.Any]]:
    """Every call that assumed a role."""
    return [one for one in workshop.aws.log() if one["action"] == "sts:AssumeRole"]


def class_of(workshop: Workshop, count: int) -> list[str]:
    names = [f"student-{number:02d}" for number in range(count)]
    workshop.variables({"invoice_iam_user_name": "{{ inventory_hostname }}"})
    workshop.hosts({name: {} for name in names})
    return names


@pytest.mark.slow
@pytest.mark.usefixtures("role")
@pytest.mark.parametrize("lane", ["steps", pytest.param("engine", marks=pytest.mark.long)])
def test_every_playbook_works_as_the_role(workshop: Workshop, lane: str) -> None:
    for name in ("AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy"):
        reader(workshop).delete_policy(PolicyArn=f"arn:aws:iam::123456789012:policy/{name}")
    run = workshop.setup("-vvv", lane=lane, create_policies=True)
    assert run.recap("participant")["ignored"] == 0, run.output
    # The engine would make up for what a step could not do, and say that it changed it.
    attached = reader(workshop).list_attached_user_policies(UserName=USER)["AttachedPolicies"]
    assert {one["PolicyName"] for one in attached} == {"AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy"}
    assert {one["parameters"]["RoleSessionName"] for one in assumed(workshop)} == {"course-7", "reader"}
    denied = Counter(one["action"] for one in workshop.aws.log() if one["error"] == "AccessDenied")
    assert not denied
    with (workshop.credentials / f"{USER}_accessKeys.csv").open(encoding="utf-8-sig", newline="") as stream:
        (key,) = csv.DictReader(stream)
    own = {"access_key": key["Access key ID"], "secret_key": key["Secret access key"]}
    assert workshop.client_for(workshop.aws.url, own, "sts").get_caller_identity()["Arn"].endswith(f"user/{USER}")
    assert workshop.setup(lane=lane).recap("participant")["changed"] == 0
    for playbook, more in (
        ("verify", {}),
        ("rotate", {"rotate_older_than_days": 0}),
        ("revoke", {}),
        ("teardown", {}),
    ):
        done = workshop.run(f"playbooks/{playbook}.yml", **t.cast("t.Any", more))
        assert done.status == 0, done.output
    assert USER not in {user["UserName"] for user in reader(workshop).list_users()["Users"]}
    secrets = {workshop.aws.connection["secret_key"], *workshop.aws.secrets()}
    assert not [secret for secret in secrets if secret in run.output]


@pytest.mark.slow
@pytest.mark.usefixtures("role")
@pytest.mark.parametrize("kind", [pytest.param("s3", marks=pytest.mark.long), "secretsmanager"])
def test_stores_are_reached_as_the_role(workshop: Workshop, tmp_path: Path, kind: str) -> None:
    bucket, secrets = reader(workshop, "s3"), reader(workshop, "secretsmanager")
    bucket.create_bucket(Bucket=BUCKET)
    bucket.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    workshop.setup(credentials_dest=uri(kind))
    objects = [one["Key"] for one in bucket.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    kept = {"s3": objects, "secretsmanager": [one["Name"] for one in secrets.list_secrets()["SecretList"]]}
    assert {name for name, documents in kept.items() if any(USER in one for one in documents)} == {kind}
    run = workshop.run("playbooks/collect.yml", credentials_dest=uri(kind), collect_dest=str(tmp_path / "collected"))
    assert run.status == 0, run.output
    assert (tmp_path / "collected" / f"{USER}_accessKeys.csv").exists()


@pytest.mark.usefixtures("role")
def test_a_session_that_ends_in_the_middle_is_renewed(workshop: Workshop) -> None:
    names = class_of(workshop, 8)
    workshop.aws.sessions(1.5)
    workshop.aws.weather(latency_ms=120)
    run = workshop.run("playbooks/class.yml")
    workshop.aws.weather()
    workshop.aws.sessions(900)
    assert run.status == 0, run.output
    assert {*names} <= {user["UserName"] for user in reader(workshop).list_users()["Users"]}
    log = workshop.aws.log()
    assert not [one for one in log if one["error"] == "ExpiredToken"]
    # More than one, and nothing like one a call.
    sessions = [one for one in assumed(workshop) if one["parameters"]["RoleSessionName"] == "course-7"]
    assert 2 <= len(sessions) < len(log) / 5


@pytest.mark.usefixtures("role")
def test_a_class_assumes_the_role_once(workshop: Workshop) -> None:
    class_of(workshop, 5)
    assert workshop.run("playbooks/class.yml").status == 0
    assert len(assumed(workshop)) == 1


@pytest.mark.parametrize(
    "playbook",
    ["setup", *(pytest.param(name, marks=pytest.mark.long) for name in ("class", "verify", "teardown")), "hours"],
)
def test_a_role_that_may_not_be_assumed_is_one_sentence(
    workshop: Workshop, role: dict[str, t.Any], playbook: str
) -> None:
    wrong = {**workshop.aws.connection, **role, "assume_role_external_id": "another"}
    workshop.variables({"aws_connection": wrong}, "connection")
    asked = workshop.aws.calls()
    run = workshop.run(f"playbooks/{playbook}.yml", **t.cast("t.Any", {"class": "spring"}))
    assert run.status != 0
    assert (
        f"Failed to assume role {ARN}: User: arn:aws:iam::123456789012:user/sandbox-operator is not authorized to "
        f"perform: sts:AssumeRole on resource: {ARN} (AccessDenied); the role has to exist and to trust the operator"
    ) in run.flat()
    now = workshop.aws.calls()
    assert {call for call, times in now.items() if times != asked.get(call, 0)} == {"sts:AssumeRole"}
    assert not workshop.credentials.exists()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"assume_role_arn": "Operator"}, "assume_role_arn is 'Operator'; it reads like arn:aws:iam::"),
        ({"assume_role_duration": 60, "assume_role_arn": ARN}, "assume_role_duration is 60; give 900 to 43200 seconds"),
        ({"assume_role_external_id": "4711"}, "assume_role_external_id is set without assume_role_arn"),
    ],
)
def test_what_cannot_be_is_refused_before_aws_is_asked(workshop: Workshop, told: dict[str, t.Any], said: str) -> None:
    workshop.variables({"aws_connection": {**workshop.aws.connection, **told}}, "connection")
    asked = workshop.aws.calls()
    run = workshop.run("playbooks/setup.yml")
    assert run.status != 0
    assert said in run.flat()
    assert workshop.aws.calls() == asked


@pytest.fixture
def moto() -> Iterator[str]:
    """An AWS that has an account for each role."""
    yield from moto_as_it_is()


@pytest.mark.slow
def test_the_users_are_in_the_account_of_the_role(workshop: Workshop, moto: str) -> None:
    other = "arn:aws:iam::210987654321:role/Operator"
    here = {"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "x" * 40}
    connection = {"endpoint_url": moto, "region": "us-east-1", **here, "assume_role_arn": other}
    workshop.variables({"aws_connection": connection}, "connection")
    run = workshop.run("playbooks/setup.yml", create_policies=True, account_id="210987654321")
    assert run.status == 0, run.output
    keys = workshop.client_for(moto, here, "sts").assume_role(RoleArn=other, RoleSessionName="reader")["Credentials"]
    there = boto3.client(
        "iam",
        endpoint_url=moto,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    assert [user["Arn"] for user in there.list_users()["Users"]] == [f"arn:aws:iam::210987654321:user/{USER}"]
    assert not workshop.client_for(moto, here, "iam").list_users()["Users"]
    assert json.loads((workshop.credentials / ".account.json").read_text()) == {"account_id": "210987654321"}
