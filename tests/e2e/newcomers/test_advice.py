# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Every command that verify advises is typed as it stands, and mends what it is advised for."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest

from ..conftest import Workshop
from ..test_seed_steps import aws_cli_v2
from .desk import Desk
from .test_instructor import ROSTER, saved

RUN = "ansible-playbook -i roster.yml invoice_scanner.iam"
DESCRIPTION = "AI Invoice Scanner Project"


class Class:
    """A class of which every student has another thing wrong."""

    def __init__(self, iam: t.Any, desk: Desk) -> None:
        self._iam = iam
        self._desk = desk

    def harm(self, name: str) -> None:
        getattr(self, f"_{name}")(name, saved(self._desk, name))

    def _forget(self, name: str, secret: str) -> None:
        """Take away every file that holds a secret, and its row of the others."""
        for path in (self._desk.path / "credentials").glob("*.csv"):
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            left = [line for line in lines if secret not in line]
            if path.name.startswith(name) and left != lines:
                path.unlink()
            else:
                path.write_text("".join(left), encoding="utf-8", newline="")

    def _bare(self, name: str, _key: dict[str, str]) -> None:
        for policy in self._iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
            self._iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])

    def _two(self, name: str, key: dict[str, str]) -> None:
        """As where a rotation was interrupted: the new key is on file, and the old one still there."""
        second = self._iam.create_access_key(UserName=name)["AccessKey"]
        self._iam.tag_user(UserName=name, Tags=[{"Key": second["AccessKeyId"], "Value": DESCRIPTION}])
        exchanged = {key["Access key ID"]: second["AccessKeyId"], key["Secret access key"]: second["SecretAccessKey"]}
        for path in (self._desk.path / "credentials").glob("*.csv"):
            content = path.read_bytes()
            for old, new in exchanged.items():
                content = content.replace(old.encode(), new.encode())
            path.write_bytes(content)

    def _silent(self, _name: str, key: dict[str, str]) -> None:
        secret = key["Secret access key"].encode()
        for path in (self._desk.path / "credentials").glob("*.csv"):
            path.write_bytes(path.read_bytes().replace(secret, secret[::-1]))

    def _inactive(self, name: str, key: dict[str, str]) -> None:
        self._iam.update_access_key(UserName=name, AccessKeyId=key["Access key ID"], Status="Inactive")

    def _lost(self, name: str, key: dict[str, str]) -> None:
        self._forget(name, key["Secret access key"])
        login = (self._desk.path / "credentials" / f"{name}_credentials.csv").read_text(encoding="utf-8-sig")
        assert login, "the other file stays"

    def _mute(self, name: str, key: dict[str, str]) -> None:
        """Lose the password alone: what was in the sheet of the class of the key is in the file to import."""
        (self._desk.path / "credentials" / f"{name}_credentials.csv").unlink()
        sheet = self._desk.path / "credentials" / "class_credentials.csv"
        lines = sheet.read_text(encoding="utf-8").splitlines(keepends=True)
        left = [line for line in lines if key["Access key ID"] not in line]
        sheet.write_text("".join(left), encoding="utf-8", newline="")


@pytest.mark.slow
def test_every_command_that_verify_advises_mends_what_it_is_advised_for(workshop: Workshop, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "it's a class", workshop.aws.env())
    desk.write("roster.yml", ROSTER)
    names = ["bare", "inactive", "lost", "mute", "silent", "two"]
    desk.write("students.csv", "E-mail\n" + "".join(f"{name}@example.org\n" for name in names))
    hours = "invoice_iam_user_class: spring\ninvoice_iam_user_closes: '2099-0{}-01T12:00Z'\n"
    desk.write("host_vars/bare.yml", hours.format(1))
    assert desk.type(f"{RUN}.class").status == 0
    everybody = Class(workshop.client("iam"), desk)
    for name in names:
        everybody.harm(name)
    desk.write("host_vars/bare.yml", hours.format(2))

    assert desk.type(f"{RUN}.verify -e invoice_iam_user_verify_report=found.json").status == 2
    found = json.loads((desk.path / "found.json").read_text(encoding="utf-8"))
    told = [text for user in found["users"] for one in user["findings"] for text in (one["finding"], one["command"])]
    advised = {command[0] for text in told if (command := re.search("ansible-playbook -i .+", text))}
    verbs = {command.split("invoice_scanner.iam.")[1].split()[0] for command in advised}
    assert verbs == {"class", "hours", "rotate"}
    variables = {word for command in advised for word in command.split() if word.startswith("invoice_iam_user_")}
    assert variables == {
        "invoice_iam_user_lost_secret=replace",
        "invoice_iam_user_restore_access=true",
        "invoice_iam_user_rotate_older_than_days=0",
        "invoice_iam_user_update_password=always",
    }
    for pasted in sorted(advised):
        seen = desk.type(pasted)
        assert seen.status == 0, seen.output
    seen = desk.type(f"{RUN}.verify")
    closing = "class 'spring' is open: it closes on Sun 2099-02-01 12:00 UTC"
    assert (seen.status, seen.end[:2]) == (0, ["6 users: 6 ready", closing]), seen.output


def test_a_key_that_is_not_wanted_any_more_goes_by_the_command_that_is_told(workshop: Workshop, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "it's a class", workshop.aws.env())
    desk.write("roster.yml", ROSTER)
    desk.write("students.csv", "E-mail\nanna@example.org\nbert@example.org\n")
    assert desk.type(f"{RUN}.class").status == 0
    desk.write("host_vars/anna.yml", "invoice_iam_user_access_key: false\n")
    told = " ".join(desk.type(f"{RUN}.class").output.split())
    (deletion,) = set(re.findall(r"to delete it: (ansible-playbook .+?=true)", told))
    assert desk.type(deletion).status == 0
    keys = {name: workshop.client("iam").list_access_keys(UserName=name) for name in ("anna", "bert")}
    assert [len(one["AccessKeyMetadata"]) for one in keys.values()] == [0, 1]


def test_who_is_alone_is_told_the_command_for_the_aws_cli(workshop: Workshop, tmp_path: Path) -> None:
    """It works in a folder of any name, and imports that person and nobody else of the class."""
    desk = Desk(tmp_path / "it's a class", workshop.aws.env())
    desk.write("roster.yml", ROSTER)
    desk.write("students.csv", "E-mail\nanna@example.org\nbert@example.org\n")
    assert desk.type(f"{RUN}.class").status == 0
    seen = desk.type(f"{RUN}.class --limit anna")
    (line,) = [one for one in seen.end if one.startswith("For the AWS CLI: ")]
    if aws_cli_v2() is None:
        return
    files = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "keys")}
    done = desk.type(
        line.removeprefix("For the AWS CLI: ").replace("aws configure", f"{aws_cli_v2()} configure"), **files
    )
    assert done.status == 0, done.output
    assert (tmp_path / "keys").read_text(encoding="utf-8").splitlines()[0] == "[anna]"
    assert "bert" not in (tmp_path / "keys").read_text(encoding="utf-8")
    assert "region = us-east-1" in (tmp_path / "config").read_text(encoding="utf-8")
