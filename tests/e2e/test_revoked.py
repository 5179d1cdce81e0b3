# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Revoked means revoked: no other playbook gives access again, until that is asked for."""

from __future__ import annotations

import csv
import typing as t

import botocore.exceptions
import pytest

from .conftest import USER, Workshop


def keys(workshop: Workshop, name: str = USER) -> dict[str, str]:
    """The access keys of a user, each with its status."""
    listed = workshop.client("iam").list_access_keys(UserName=name)["AccessKeyMetadata"]
    return {key["AccessKeyId"]: key["Status"] for key in listed}


def on_file(workshop: Workshop, name: str = USER) -> dict[str, str]:
    """What the file of the access key holds."""
    with (workshop.credentials / f"{name}_accessKeys.csv").open(encoding="utf-8-sig", newline="") as stream:
        return next(csv.DictReader(stream))


@pytest.mark.parametrize(
    ("wishes", "lane"),
    [
        pytest.param({}, "steps", marks=pytest.mark.long),
        pytest.param({}, "engine", marks=pytest.mark.long),
        pytest.param({"revoke_sign_in": True}, "steps", marks=pytest.mark.slow),
        ({"revoke_sign_in": True, "revoke_delete": True}, "engine"),
    ],
)
def test_access_that_was_taken_stays_away_until_it_is_restored(
    workshop: Workshop, wishes: dict[str, t.Any], lane: str
) -> None:
    workshop.prepare()
    old = on_file(workshop)["Access key ID"]
    revoked = workshop.run("playbooks/revoke.yml", **wishes)
    assert revoked.status == 0, revoked.output
    left = {} if "revoke_delete" in wishes else {old: "Inactive"}
    assert keys(workshop) == left
    writes = workshop.writes()
    for playbook, variables in (
        ("setup", {}),
        ("class", {}),
        ("rotate", {"rotate_older_than_days": 0}),
        ("verify", {}),
    ):
        run = workshop.run(f"playbooks/{playbook}.yml", **t.cast("t.Any", variables))
        assert run.status == 0, run.output
        told = "1 user: 1 access revoked" if playbook == "verify" else f"access of '{USER}' was revoked on"
        assert told in run.flat()
        assert keys(workshop) == left
    assert workshop.writes() == writes

    workshop.setup(restore_access=True, lane=lane)
    ((new, status),) = keys(workshop).items()
    assert (new, status) == (on_file(workshop)["Access key ID"], "Active")
    assert new != old
    assert workshop.client("iam").get_login_profile(UserName=USER)
    assert "revoked" not in {tag["Key"] for tag in workshop.client("iam").list_user_tags(UserName=USER)["Tags"]}
    assert workshop.run("playbooks/verify.yml").status == 0
    assert workshop.setup().recap("participant")["changed"] == 0


def test_every_key_that_can_be_made_useless_is_first(workshop: Workshop) -> None:
    """Of a key that is deleted, AWS says the same as to somebody who may not ask."""
    workshop.variables({"invoice_iam_user_name": "{{ inventory_hostname }}"})
    workshop.hosts({"anna": {}, "bert": {}})
    assert workshop.run("playbooks/class.yml").status == 0
    leaked = [on_file(workshop, name)["Access key ID"] for name in ("anna", "bert")]
    workshop.client("iam").delete_access_key(UserName="anna", AccessKeyId=leaked[0])
    workshop.client("iam").untag_user(UserName="anna", TagKeys=[leaked[0]])
    run = workshop.run("playbooks/revoke.yml", revoke_access_key_ids=leaked)
    assert run.status == 0, run.output
    assert keys(workshop, "bert") == {leaked[1]: "Inactive"}
    assert f"no longer has access key {leaked[0]}: there is nothing to revoke" in run.flat()
    assert [run.recap(name)["changed"] for name in ("anna", "bert")] == [0, 1]
    assert "1 user: 1 revoked" in run.flat()


def test_a_key_that_is_listed_though_it_is_deleted_stops_nothing(workshop: Workshop) -> None:
    workshop.prepare()
    iam = workshop.client("iam")
    first = on_file(workshop)["Access key ID"]
    second = iam.create_access_key(UserName=USER)["AccessKey"]["AccessKeyId"]
    workshop.aws.weather(stale_key_lists_for={"seconds": 120})
    iam.delete_access_key(UserName=USER, AccessKeyId=second)
    run = workshop.run("playbooks/revoke.yml")
    workshop.aws.weather()
    assert run.status == 0, run.output
    assert keys(workshop) == {first: "Inactive"}
    assert f"access key {second} of {USER}" in run.flat()
    assert "AWS does not say when it was last used" in run.flat()


def test_whoever_may_not_ask_whose_a_key_is_still_revokes_those_that_we_described(workshop: Workshop) -> None:
    workshop.prepare()
    key = on_file(workshop)["Access key ID"]
    iam = workshop.client("iam")
    denied = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:GetAccessKeyLastUsed","Resource":"*"}}'
    iam.put_user_policy(UserName="sandbox-operator", PolicyName="deny", PolicyDocument=denied)
    run = workshop.run("playbooks/revoke.yml", revoke_access_key_ids=[key, "AKIAIOSFODNN7EXAMPLE"])
    assert keys(workshop) == {key: "Inactive"}
    assert run.status != 0
    assert "AKIAIOSFODNN7EXAMPLE" in run.flat()


def test_a_key_of_nobody_in_the_inventory_names_its_owner(workshop: Workshop) -> None:
    iam = workshop.client("iam")
    iam.create_user(UserName="somebody", Tags=[{"Key": "managed-by", "Value": "invoice_scanner.iam"}])
    key = iam.create_access_key(UserName="somebody")["AccessKey"]["AccessKeyId"]
    run = workshop.run("playbooks/revoke.yml", revoke_access_key_ids=[key])
    assert run.status == 0, run.output
    for told in (f"access key {key} of somebody could do", "1 user: 1 revoked", "The account is 123456789012"):
        assert told in run.flat()
    with pytest.raises(botocore.exceptions.ClientError):
        iam.get_login_profile(UserName="somebody")
