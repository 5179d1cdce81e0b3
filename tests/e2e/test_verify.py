# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Verify finds whatever somebody has changed behind our back, says what mends it, and changes nothing."""

from __future__ import annotations

import csv
import json
import typing as t

import pytest

from .conftest import Run, Workshop

POLICY = "arn:aws:iam::123456789012:policy/AmplifyAdminPolicy"
EXTRA = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
Drift = t.Callable[[t.Any, Workshop, str, str], object]


def key_file(workshop: Workshop, name: str) -> t.Any:
    """Where the secret of a student's key is."""
    return workshop.credentials / f"{name}_accessKeys.csv"


def delete_user(iam: t.Any, _workshop: Workshop, name: str, key: str) -> None:
    """Remove a user as the console does."""
    iam.delete_login_profile(UserName=name)
    iam.delete_access_key(UserName=name, AccessKeyId=key)
    for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_user(UserName=name)


def save_another_key(iam: t.Any, workshop: Workshop, name: str, _key: str) -> None:
    """Put the key of somebody else into a student's file."""
    other = iam.create_access_key(UserName="stranger")["AccessKey"]
    content = f"\ufeffAccess key ID,Secret access key\r\n{other['AccessKeyId']},{other['SecretAccessKey']}\r\n"
    key_file(workshop, name).write_bytes(content.encode())


# What somebody does behind our back, what verify says of it, and whether running class.yml again mends it.
DRIFTS: dict[str, tuple[Drift, str, bool]] = {
    "user-deleted": (delete_user, "does not exist", True),
    "sign-in-disabled": (
        lambda iam, _workshop, name, _key: iam.delete_login_profile(UserName=name),
        "cannot sign in to the console",
        True,
    ),
    "policy-detached": (
        lambda iam, _workshop, name, _key: iam.detach_user_policy(UserName=name, PolicyArn=POLICY),
        f"policy {POLICY} is not attached",
        True,
    ),
    "tag-removed": (
        lambda iam, _workshop, name, _key: iam.untag_user(UserName=name, TagKeys=["course"]),
        "are missing or changed: course=invoices",
        True,
    ),
    "path-changed": (
        lambda iam, _workshop, name, _key: iam.update_user(UserName=name, NewPath="/elsewhere/"),
        "is not /workshop/",
        True,
    ),
    "key-deactivated": (
        lambda iam, _workshop, name, key: iam.update_access_key(UserName=name, AccessKeyId=key, Status="Inactive"),
        "is on file and Inactive; activate it",
        False,
    ),
    "key-deleted": (
        lambda iam, _workshop, name, key: iam.delete_access_key(UserName=name, AccessKeyId=key),
        "is on file and gone from AWS",
        True,
    ),
    "key-undescribed": (
        lambda iam, _workshop, name, key: iam.untag_user(UserName=name, TagKeys=[key]),
        "is not described as it should be",
        True,
    ),
    "key-file-lost": (
        lambda _iam, workshop, name, _key: key_file(workshop, name).unlink(),
        "is not on file",
        False,
    ),
    "password-file-lost": (
        lambda _iam, workshop, name, _key: (workshop.credentials / f"{name}_credentials.csv").unlink(),
        "the console password of 'password-file-lost' is not on file",
        False,
    ),
    "wrong-key-saved": (save_another_key, "answers as arn:aws:iam::123456789012:user/stranger", False),
    "not-ours-any-more": (
        lambda iam, _workshop, name, _key: iam.untag_user(UserName=name, TagKeys=["managed-by"]),
        "is not managed by this collection",
        False,
    ),
}
RIGHT = "as-it-should-be"


def state(workshop: Workshop) -> tuple[t.Any, dict[str, bytes]]:
    """Everything that could have been changed: the account as AWS describes it, and the files."""
    iam = workshop.client("iam")
    details = iam.get_account_authorization_details(MaxItems=1000)
    users = [
        {
            **user,
            "keys": iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"],
            "mfa": iam.list_mfa_devices(UserName=user["UserName"])["MFADevices"],
        }
        for user in details["UserDetailList"]
    ]
    rest = {name: details[name] for name in ("GroupDetailList", "RoleDetailList", "Policies")}
    files = {str(path): path.read_bytes() for path in workshop.path.rglob("*") if path.is_file()}
    return json.loads(json.dumps([users, rest], default=str)), files


class Drifted(t.NamedTuple):
    """A class after somebody was at it."""

    workshop: Workshop
    green: Run
    red: Run
    before: t.Any
    after: t.Any
    calls: dict[str, int]
    report: dict[str, t.Any]


@pytest.fixture(scope="module")
def drifted(module_workshop: Workshop) -> Drifted:
    """Twelve students with one thing wrong each, and one who is as they should be, with more than we made."""
    workshop = module_workshop
    workshop.variables(
        {
            "invoice_iam_user_name": "{{ inventory_hostname }}",
            "invoice_iam_user_path": "/workshop/",
            "invoice_iam_user_tags": {"course": "invoices"},
        }
    )
    workshop.hosts({name: {} for name in (*DRIFTS, RIGHT)})
    assert workshop.run("playbooks/class.yml").status == 0
    calls = workshop.aws.calls()
    green = workshop.run("playbooks/verify.yml")
    calls = {name: count - calls.get(name, 0) for name, count in workshop.aws.calls().items()}
    iam = workshop.client("iam")
    iam.create_user(UserName="stranger")
    for name, (drift, _sentence, _mended) in DRIFTS.items():
        with key_file(workshop, name).open(encoding="utf-8-sig", newline="") as stream:
            (row,) = csv.DictReader(stream)
        drift(iam, workshop, name, row["Access key ID"])
    iam.create_access_key(UserName=RIGHT)
    iam.put_user_policy(UserName=RIGHT, PolicyName="extra", PolicyDocument=json.dumps(EXTRA))
    iam.create_group(GroupName="assistants")
    iam.add_user_to_group(GroupName="assistants", UserName=RIGHT)
    before = state(workshop)
    report = workshop.path / "report.json"
    red = workshop.run("playbooks/verify.yml", verify_report=str(report))
    assert report.stat().st_mode & 0o777 == 0o600
    found = json.loads(report.read_text(encoding="utf-8"))
    report.unlink()
    return Drifted(workshop, green, red, before, state(workshop), calls, found)


def test_a_class_as_it_was_made_is_right(drifted: Drifted) -> None:
    assert drifted.green.status == 0
    for name in DRIFTS:
        assert drifted.green.recap(name)["changed"] == 0
        assert f"{name}: ok" in drifted.green.output


def test_it_costs_three_calls_a_user(drifted: Drifted) -> None:
    students = len(DRIFTS) + 1
    each = {name: count for name, count in drifted.calls.items() if count >= students}
    # The operator asks who it is, too.
    operator = 1
    assert each == {
        "iam:GetLoginProfile": students,
        "iam:ListAccessKeys": students,
        "sts:GetCallerIdentity": students + operator,
    }


def test_nothing_is_changed(drifted: Drifted) -> None:
    assert drifted.after == drifted.before


@pytest.mark.parametrize("name", DRIFTS)
def test_every_drift_is_named_and_how_it_is_mended(drifted: Drifted, name: str) -> None:
    sentence = DRIFTS[name][1]
    assert drifted.red.status == 2
    assert drifted.red.recap(name)["failed"] == 1
    said = drifted.red.flat().split(f"fatal: [{name}]: FAILED!", 1)[1].split("[ERROR]", 1)[0]
    assert sentence in said
    (user,) = (one for one in drifted.report["users"] if one["name"] == name)
    assert user["failed"]
    assert any(sentence in finding["finding"] for finding in user["findings"])
    for finding in user["findings"]:
        # Who has to decide something is told what in the sentence itself.
        undecided = name in {"key-deactivated", "not-ours-any-more"} and not finding["command"]
        assert undecided or f"--limit {name}" in finding["command"]


def test_what_others_made_is_remarked_and_no_fault(drifted: Drifted) -> None:
    assert drifted.red.recap(RIGHT)["failed"] == 0
    (user,) = (one for one in drifted.report["users"] if one["name"] == RIGHT)
    assert not user["findings"]
    told = " ".join(user["remarks"])
    assert "has another access key" in told
    assert "has an inline policy, extra" in told
    assert "is in group assistants" in told


def test_there_is_a_table_for_people(drifted: Drifted) -> None:
    assert "sign-in" in drifted.red.output
    row = next(line for line in drifted.red.output.splitlines() if "key-deactivated " in line and " ok " in line)
    assert row.split("key-deactivated", 1)[1].split()[:6] == ["ok", "ok", "ok", "WRONG", "ok", "-"]


def test_the_class_playbook_mends_what_is_ours_to_mend(drifted: Drifted) -> None:
    workshop = drifted.workshop
    workshop.run("playbooks/class.yml")
    again = workshop.run("playbooks/verify.yml")
    for name, (_drift, _sentence, mended) in DRIFTS.items():
        assert again.recap(name)["failed"] == (0 if mended else 1), name
