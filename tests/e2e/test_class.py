# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The lane "engine": everybody at once, each with an outcome of its own, and the same result as one by one."""

from __future__ import annotations

import csv
import re
import shutil
import typing as t
from pathlib import Path

import pytest

from .conftest import PROJECT, Run, Workshop, environment, in_a_terminal

NAMED = {"invoice_iam_user_name": "{{ inventory_hostname }}"}
BAD: dict[str, tuple[dict[str, t.Any], str]] = {
    "bad-name": ({"invoice_iam_user_name": "no blanks"}, "the user name 'no blanks' contains ' '"),
    "bad-policy": ({"invoice_iam_user_managed_policies": ["Nope"]}, "there is no managed policy 'Nope'"),
    "bad-password": ({"invoice_iam_user_console_password": "short"}, "it has 5 characters, but the account requires 8"),
    "stranger": ({}, "exists and is not managed by this collection"),
    "full": ({}, "already has 2 access keys, "),
}


def students(count: int) -> dict[str, dict[str, t.Any]]:
    """Hosts of a class."""
    return {f"student-{number:03d}": {} for number in range(1, count + 1)}


def rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file as Python's own csv module does."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def served(module_workshop: Workshop) -> tuple[Workshop, Run, dict[str, int]]:
    """A class with fifteen students of whom nothing is wrong, and five others."""
    workshop = module_workshop
    workshop.variables(NAMED)
    workshop.hosts(students(15) | {name: variables for name, (variables, _sentence) in BAD.items()})
    iam = workshop.client("iam")
    iam.create_user(UserName="stranger")
    iam.create_user(UserName="full", Tags=[{"Key": "managed-by", "Value": "invoice_scanner.iam"}])
    iam.create_access_key(UserName="full")
    iam.create_access_key(UserName="full")
    before = workshop.aws.calls()
    run = workshop.run("playbooks/class.yml")
    after = workshop.aws.calls()
    return workshop, run, {action: count - before.get(action, 0) for action, count in after.items()}


def test_the_bad_students_are_named_and_stop_nobody(served: tuple[Workshop, Run, dict[str, int]]) -> None:
    _workshop, run, _calls = served
    assert run.status == 2
    for name in students(15):
        assert run.recap(name)["changed"] == 1
        assert run.recap(name)["failed"] == 0
    for name, (_variables, sentence) in BAD.items():
        assert run.recap(name)["failed"] == 1
        said = run.flat().split(f"fatal: [{name}]: FAILED!", 1)[1]
        assert sentence in said.split("PLAY RECAP")[0]
    assert "Traceback" not in run.output


def test_what_is_not_ours_is_untouched(served: tuple[Workshop, Run, dict[str, int]]) -> None:
    iam = served[0].client("iam")
    assert not iam.list_user_tags(UserName="stranger")["Tags"]
    assert len(iam.list_access_keys(UserName="full")["AccessKeyMetadata"]) == 2
    assert not iam.list_attached_user_policies(UserName="full")["AttachedPolicies"]


def test_every_good_student_has_a_working_key_on_file(served: tuple[Workshop, Run, dict[str, int]]) -> None:
    workshop = served[0]
    sheet = rows(workshop.credentials / "class_credentials.csv")
    assert [row["User name"] for row in sheet] == sorted(students(15))
    assert len({row["Password"] for row in sheet}) == 15
    imported = rows(workshop.credentials / "aws_configure_import.csv")
    for row, importable in zip(sheet, imported, strict=True):
        name = row["User name"]
        (key,) = workshop.client("iam").list_access_keys(UserName=name)["AccessKeyMetadata"]
        assert key["AccessKeyId"] == row["Access key ID"] == importable["Access key ID"]
        saved = {"access_key": row["Access key ID"], "secret_key": row["Secret access key"]}
        arn = workshop.client_for(workshop.aws.url, saved, "sts").get_caller_identity()["Arn"]
        assert arn.endswith(f":user/{name}")
        (login,) = rows(workshop.credentials / f"{name}_credentials.csv")
        assert login["Password"] == row["Password"]
    assert not list(workshop.credentials.glob("*intent*"))


def test_a_new_student_costs_at_most_eight_calls(served: tuple[Workshop, Run, dict[str, int]]) -> None:
    _workshop, _run, calls = served
    # What the account is asked once, and what the five others need, is not a student's.
    shared = {"sts:GetCallerIdentity": 1, "iam:GetLoginProfile": 2, "iam:ListAccessKeys": 2}
    once = {"iam:ListAccountAliases", "iam:GetAccountPasswordPolicy", "iam:GetAccountSummary", "iam:ListPolicies"}
    once.add("iam:GetAccountAuthorizationDetails")
    for_students = sum(count - shared.get(action, 0) for action, count in calls.items() if action not in once)
    assert for_students <= 8 * 15


def test_a_second_run_mends_and_changes_nothing_else(served: tuple[Workshop, Run, dict[str, int]]) -> None:
    workshop = served[0]
    workshop.hosts(students(15))
    workshop.let_an_hour_pass()
    workshop.client("iam").delete_login_profile(UserName="student-007")
    (workshop.credentials / "class_credentials.csv").unlink()
    writes = workshop.writes()
    checked = workshop.run("playbooks/class.yml", "--check", "--diff")
    assert workshop.writes() == writes
    run = workshop.run("playbooks/class.yml")
    for one in (checked, run):
        assert one.status == 0, one.output
        assert [name for name in students(15) if one.recap(name)["changed"]] == ["student-007"]
    assert "+ console_sign_in: enabled, with a generated password" in checked.flat()
    assert len(rows(workshop.credentials / "class_credentials.csv")) == 15

    before = sum(workshop.aws.calls().values())
    again = workshop.run("playbooks/class.yml", "--limit", "student-00*")
    assert "student-010" not in again.output
    calls = sum(workshop.aws.calls().values()) - before
    assert calls <= 2 * 9 + 7, "two reads a student, and what the account is asked once"


def test_both_lanes_leave_the_same(workshop: Workshop, tmp_path: Path) -> None:
    variables = {
        "invoice_iam_user_path": "/class/",
        "invoice_iam_user_tags": {"course": "invoices"},
        "invoice_iam_user_create_policies": True,
        "invoice_iam_user_permissions_boundary": "AIInvoiceScannerPermissionsBoundary",
        "invoice_iam_user_password_reset_required": True,
    }
    left = []
    for lane in ("steps", "engine"):
        workshop.aws.reset()
        shutil.rmtree(workshop.credentials, ignore_errors=True)
        workshop.hosts({"a-student": {"invoice_iam_user_console_password": "Admin@123"}, "b,student": {}})
        workshop.variables(NAMED | variables)
        run = workshop.run("playbooks/setup.yml", lane=lane)
        assert run.status == 0, run.output
        assert {"steps": "step by step", "engine": "everybody at once"}[lane] in run.output
        left.append((account(workshop), files(workshop)))
    assert left[0] == left[1]


def account(workshop: Workshop) -> list[t.Any]:
    """All users and policies, without what no two accounts share."""
    iam = workshop.client("iam")
    details = iam.get_account_authorization_details()
    keys = re.compile(r"A(KIA|IDA)[A-Z0-9]{16,17}")
    users = []
    for user in details["UserDetailList"]:
        name = user["UserName"]
        if name == "sandbox-operator":
            continue
        profile = iam.get_login_profile(UserName=name)["LoginProfile"]
        status = [key["Status"] for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]]
        kept = {key: value for key, value in user.items() if key not in ("UserId", "CreateDate")}
        kept["Tags"] = sorted((keys.sub("KEY", tag["Key"]), tag["Value"]) for tag in user["Tags"])
        kept["AttachedManagedPolicies"] = sorted(one["PolicyArn"] for one in user["AttachedManagedPolicies"])
        users.append((kept, profile["PasswordResetRequired"], status))
    policies = [policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]]
    return [sorted(users, key=str), sorted(policies)]


def files(workshop: Workshop) -> dict[str, tuple[int, list[list[str]]]]:
    """Modes and cells of all files, generated secrets masked."""
    known = {"Admin@123", "", *(f"{name}" for name in ("a-student", "b,student"))}
    found = {}
    for path in sorted(workshop.credentials.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = list(csv.reader(stream))
        body = [[cell if cell in known or cell.startswith("https:") else "secret" for cell in row] for row in table[1:]]
        found[path.name] = (path.stat().st_mode & 0o777, [table[0], *body])
    return found


@pytest.mark.slow
def test_progress_is_lines_in_a_log_and_a_bar_in_a_terminal(workshop: Workshop) -> None:
    workshop.variables(NAMED)
    workshop.hosts(students(6) | {"bad-name": {"invoice_iam_user_name": "no blanks"}})
    workshop.aws.weather(latency_ms=250)
    env = {"INVOICE_SCANNER_PROGRESS_SECONDS": "1"}
    run = workshop.run("playbooks/class.yml", env=env)
    assert re.search(r"^\d of 7 users done, \d failed, \d+\.\d a second", run.output, re.MULTILINE), run.output
    assert "\r" not in run.output

    workshop.hosts({f"later-{number}": {} for number in range(4)})
    shown = in_a_terminal(workshop.command("playbooks/class.yml"), PROJECT, environment())
    assert re.search(r"\r\[#+-*\] \d of 4 users done, 0 failed", shown), shown
    secrets = [cell for row in rows(workshop.credentials / "class_credentials.csv") for cell in row.values()]
    assert not any(secret in run.output + shown for secret in secrets if len(secret) == 40)


def test_a_playbook_that_imports_ours_ends_with_the_same_lines(workshop: Workshop, tmp_path: Path) -> None:
    """A project for AWX may have a playbook of its own; its name is the one to type again."""
    workshop.variables(NAMED)
    workshop.hosts(students(2))
    site = tmp_path / "site.yml"
    site.write_text("- import_playbook: invoice_scanner.iam.class\n", encoding="utf-8")
    typed = f"ansible-playbook -i {workshop.inventory}"
    run = workshop.run(str(site))
    assert run.output.rstrip().splitlines()[-2:] == [
        f"The credentials are in {workshop.credentials}",
        f"To see whether everybody has what they need: {typed} invoice_scanner.iam.verify",
    ]
    run = workshop.run(str(site), tags="x")
    again = f"""{typed} {site} -e '{{"invoice_iam_user_tags": "x"}}'"""
    assert run.output.rstrip().endswith(f"When that is fixed, run the same command again: {again}")


def test_a_spoilt_sheet_is_found_before_anything_is_created(workshop: Workshop) -> None:
    workshop.variables(NAMED)
    workshop.hosts(students(2))
    workshop.credentials.mkdir(mode=0o700)
    (workshop.credentials / "class_credentials.csv").write_text("User name;Password\r\n", encoding="utf-8")
    run = workshop.run("playbooks/class.yml")
    assert run.status != 0
    assert "does not begin with" in run.flat()
    assert "Traceback" not in run.output
    assert not workshop.writes()


def test_a_password_that_is_saved_stays_when_the_key_fails(workshop: Workshop) -> None:
    workshop.variables(NAMED)
    workshop.hosts(students(1))
    fault = {"action": "CreateAccessKey", "nth": 1, "times": 9, "status": 500, "applied": False}
    workshop.aws.weather(html_error=fault)
    assert workshop.run("playbooks/class.yml").status != 0
    (login,) = rows(workshop.credentials / "student-001_credentials.csv")
    workshop.aws.weather()
    assert workshop.run("playbooks/class.yml").status == 0
    assert rows(workshop.credentials / "student-001_credentials.csv") == [login]
    assert rows(workshop.credentials / "class_credentials.csv")[0]["Password"] == login["Password"]
    assert not list(workshop.credentials.glob("*intent*"))


def test_a_class_in_batches_gets_the_same(workshop: Workshop) -> None:
    workshop.variables(NAMED)
    workshop.hosts(students(3))
    run = workshop.run("playbooks/class.yml", "-e", "class_batch_size=2")
    assert run.status == 0
    for name in students(3):
        assert run.recap(name)["changed"] == 1
    for name in students(3):
        assert len(workshop.client("iam").list_access_keys(UserName=name)["AccessKeyMetadata"]) == 1
    assert [row["User name"] for row in rows(workshop.credentials / "class_credentials.csv")] == list(students(3))
