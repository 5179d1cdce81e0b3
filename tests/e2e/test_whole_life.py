# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A class from its first day to its last: made, verified, damaged, mended, rotated, revoked and taken away again.

Verify finds whatever somebody has changed behind our back, says what mends it, and changes nothing.
"""

from __future__ import annotations

import csv
import json
import typing as t

import botocore.exceptions
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


def save_another_key(_iam: t.Any, workshop: Workshop, name: str, _key: str) -> None:
    """Put the key of somebody else into a student's file."""
    content = (workshop.path / "strangers_key").read_text(encoding="utf-8")
    key_file(workshop, name).write_bytes(f"\ufeffAccess key ID,Secret access key\r\n{content}\r\n".encode())


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
        "is saved, but it is Inactive; to replace it with a new one: ansible-playbook -i ",
        False,
    ),
    "key-deleted": (
        lambda iam, _workshop, name, key: iam.delete_access_key(UserName=name, AccessKeyId=key),
        "of 'key-deleted' is gone from AWS",
        True,
    ),
    "key-undescribed": (
        lambda iam, _workshop, name, key: iam.untag_user(UserName=name, TagKeys=[key]),
        "does not have the wanted description",
        True,
    ),
    "key-file-lost": (
        lambda _iam, workshop, name, _key: key_file(workshop, name).unlink(),
        "'key-file-lost' lacks key-file-lost_accessKeys.csv, whose content is still in other files",
        True,
    ),
    "password-file-lost": (
        lambda _iam, workshop, name, _key: (workshop.credentials / f"{name}_credentials.csv").unlink(),
        "'password-file-lost' lacks password-file-lost_credentials.csv, whose content is still in other files",
        True,
    ),
    "wrong-key-saved": (
        save_another_key,
        "the saved access key of 'wrong-key-saved' belongs to arn:aws:iam::123456789012:user/stranger",
        False,
    ),
    "not-ours-any-more": (
        lambda iam, _workshop, name, _key: iam.untag_user(UserName=name, TagKeys=["managed-by"]),
        "is not managed by this collection",
        False,
    ),
}
RIGHT = "as-it-should-be"
CLASS = (*DRIFTS, RIGHT, *(f"student-{number}" for number in range(1, 8)))


def account(iam: t.Any) -> t.Any:
    """Everything in the account, as AWS describes it."""
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
    rest["mfa"] = iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    return json.loads(json.dumps([users, rest], default=str))


def state(workshop: Workshop) -> tuple[t.Any, dict[str, bytes]]:
    """Everything that could have been changed: the account, and the files."""
    files = {str(path): path.read_bytes() for path in workshop.path.rglob("*") if path.is_file()}
    return account(workshop.client("iam")), files


def saved_keys(workshop: Workshop) -> dict[str, tuple[str, str]]:
    """The keys of the class by user name, as the AWS CLI would import them."""
    lines = (workshop.credentials / "aws_configure_import.csv").read_text(encoding="ascii").splitlines()[1:]
    return {name: (key, secret) for name, key, secret in (line.split(",") for line in lines)}


def answers(workshop: Workshop, key: tuple[str, str]) -> bool:
    """Whether AWS takes a key."""
    own = {"access_key": key[0], "secret_key": key[1]}
    try:
        workshop.client_for(workshop.aws.url, own, "sts").get_caller_identity()
    except botocore.exceptions.ClientError:
        return False
    return True


class Drifted(t.NamedTuple):
    """A class after somebody was at it."""

    workshop: Workshop
    empty: t.Any
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
    workshop.hosts({name: {} for name in CLASS})
    iam = workshop.client("iam")
    iam.create_user(UserName="stranger", Tags=[{"Key": "team", "Value": "finance"}])
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    (workshop.path / "strangers_key").write_text(f"{key['AccessKeyId']},{key['SecretAccessKey']}", encoding="utf-8")
    iam.create_group(GroupName="assistants")
    empty = account(iam)
    assert workshop.run("playbooks/class.yml").status == 0
    calls = workshop.aws.calls()
    green = workshop.run("playbooks/verify.yml")
    calls = {name: count - calls.get(name, 0) for name, count in workshop.aws.calls().items()}
    workshop.let_an_hour_pass()
    for name, (drift, _sentence, _mended) in DRIFTS.items():
        with key_file(workshop, name).open(encoding="utf-8-sig", newline="") as stream:
            (row,) = csv.DictReader(stream)
        drift(iam, workshop, name, row["Access key ID"])
    iam.create_access_key(UserName=RIGHT)
    iam.put_user_policy(UserName=RIGHT, PolicyName="extra", PolicyDocument=json.dumps(EXTRA))
    iam.add_user_to_group(GroupName="assistants", UserName=RIGHT)
    before = state(workshop)
    report = workshop.path / "report.json"
    red = workshop.run("playbooks/verify.yml", verify_report=str(report))
    assert report.stat().st_mode & 0o777 == 0o600
    found = json.loads(report.read_text(encoding="utf-8"))
    report.unlink()
    return Drifted(workshop, empty, green, red, before, state(workshop), calls, found)


def test_a_class_as_it_was_made_is_right(drifted: Drifted) -> None:
    assert drifted.green.status == 0
    for name in DRIFTS:
        assert drifted.green.recap(name)["changed"] == 0
    assert f"{len(CLASS)} users: {len(CLASS)} ready" in drifted.green.output


def test_it_costs_three_calls_a_user(drifted: Drifted) -> None:
    students = len(CLASS)
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
    row = next(line for line in drifted.red.output.splitlines() if "key-deactivated " in line and " - " in line)
    assert row.split("key-deactivated", 1)[1].split()[:6] == ["-", "-", "-", "WRONG", "-", "-"]


@pytest.fixture(scope="module")
def mended(drifted: Drifted) -> Workshop:
    """The class after its playbook has mended what is ours to mend, and somebody has decided about the rest."""
    workshop = drifted.workshop
    workshop.run("playbooks/class.yml")
    again = workshop.run("playbooks/verify.yml")
    for name, (_drift, _sentence, ours) in DRIFTS.items():
        assert again.recap(name)["failed"] == (0 if ours else 1), name
    iam = workshop.client("iam")
    (key,) = iam.list_access_keys(UserName="key-deactivated")["AccessKeyMetadata"]
    iam.update_access_key(UserName="key-deactivated", AccessKeyId=key["AccessKeyId"], Status="Active")
    decided = workshop.run("playbooks/class.yml", adopt_existing=True, lost_secret="replace", update_password="always")
    assert decided.status == 0, decided.output
    return workshop


@pytest.mark.slow
def test_what_was_damaged_is_mended(mended: Workshop) -> None:
    run = mended.run("playbooks/verify.yml")
    assert run.status == 0, run.output


@pytest.fixture(scope="module")
def rotated(mended: Workshop) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    """The keys of the class before and after all of them were exchanged."""
    mended.client("iam").delete_access_key(
        UserName=RIGHT,
        AccessKeyId=next(
            key["AccessKeyId"]
            for key in mended.client("iam").list_access_keys(UserName=RIGHT)["AccessKeyMetadata"]
            if key["AccessKeyId"] != saved_keys(mended)[RIGHT][0]
        ),
    )
    old = saved_keys(mended)
    run = mended.run("playbooks/rotate.yml", rotate_older_than_days=0)
    assert run.status == 0, run.output
    return old, saved_keys(mended)


@pytest.mark.slow
def test_old_keys_do_not_answer_and_new_ones_do(
    mended: Workshop, rotated: tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]
) -> None:
    old, new = rotated
    assert set(old) == set(new) == set(CLASS)
    assert not any(answers(mended, key) for key in old.values())
    assert all(answers(mended, key) for key in new.values())


def test_one_is_revoked_and_then_nothing_is_left(
    drifted: Drifted, rotated: tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]
) -> None:
    workshop = drifted.workshop
    leaked = rotated[1]["student-1"]
    assert workshop.run("playbooks/revoke.yml", revoke_access_key_ids=leaked[0]).status == 0
    assert not answers(workshop, leaked)
    assert answers(workshop, rotated[1]["student-2"])
    run = workshop.run("playbooks/teardown.yml", teardown_confirm=len(CLASS))
    assert run.status == 0, run.output
    assert account(workshop.client("iam")) == drifted.empty
