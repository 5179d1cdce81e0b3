# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""teardown.yml and revoke.yml, run as people run them."""

from __future__ import annotations

import json
import re

from .conftest import Workshop
from .support.leavers import ARN, OWNERSHIP, account

STUDENTS = ("anna", "ben")
NAMED = {name: {"invoice_iam_user_name": name} for name in STUDENTS}


def test_a_class_is_removed_and_the_account_is_as_before(workshop: Workshop) -> None:
    workshop.hosts(NAMED)
    iam = workshop.client("iam")
    iam.create_user(UserName="stranger", Tags=[{"Key": "expires", "Value": "2020-01-01"}])
    iam.attach_user_policy(UserName="stranger", PolicyArn=f"{ARN}AmplifyAdminPolicy")
    before = account(iam)
    made = workshop.run("playbooks/class.yml", expires="2020-01-01")
    assert made.status == 0, made.output
    assert {"Key": "expires", "Value": "2020-01-01"} in iam.list_user_tags(UserName="anna")["Tags"]

    run = workshop.run("playbooks/teardown.yml", "--limit", "anna", "--check", "--diff")
    assert (run.status, run.recap("anna")["changed"]) == (0, 1), run.output
    assert iam.get_user(UserName="anna")
    run = workshop.run("playbooks/teardown.yml")
    assert run.status != 0
    assert "2 users would be removed" in run.flat()
    assert "anna, ben" in run.flat()
    assert "invoice_iam_user_teardown_confirm=2" in run.flat()
    assert "Traceback" not in run.output

    # One by its host, with its files, and the other by its date.
    run = workshop.run("playbooks/teardown.yml", "--limit", "anna", teardown_files="delete")
    assert (run.status, run.recap("anna")["changed"]) == (0, 1), run.output
    assert not list(workshop.credentials.rglob("anna_*"))
    assert "anna" not in (workshop.credentials / "class_credentials.csv").read_text("utf-8-sig")
    assert (workshop.credentials / "ben_accessKeys.csv").exists()
    run = workshop.run("playbooks/teardown.yml", teardown_users="account", teardown_expired=True)
    assert run.status == 0, run.output
    assert account(iam) == before
    archived = sorted((workshop.credentials / "removed").glob("*.json"))
    assert [json.loads(path.read_text("utf-8"))["user_name"] for path in archived] == list(STUDENTS)
    again = workshop.run("playbooks/teardown.yml")
    assert again.status == 0, again.output
    assert [again.recap(name)["changed"] for name in STUDENTS] == [0, 0]


def test_leaked_keys_are_revoked(workshop: Workshop) -> None:
    workshop.hosts(NAMED)
    iam = workshop.client("iam")
    keys = {}
    for name in STUDENTS:
        iam.create_user(UserName=name, Tags=[OWNERSHIP])
        keys[name] = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]

    def statuses() -> list[str]:
        listed = [iam.list_access_keys(UserName=name)["AccessKeyMetadata"] for name in STUDENTS]
        return [one["Status"] for found in listed for one in found]

    run = workshop.run("playbooks/revoke.yml", revoke_access_key_ids=keys["anna"])
    assert run.status == 0, run.output
    assert statuses() == ["Inactive", "Active"]
    assert re.search(rf"{keys['anna']} of anna could do .*AWS has not seen it used", run.flat())
    run = workshop.run("playbooks/revoke.yml", revoke_delete=True)
    assert run.status == 0, run.output
    assert [run.recap(name)["changed"] for name in STUDENTS] == [1, 1]
    assert statuses() == []
