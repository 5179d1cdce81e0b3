# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Whatever is missing of a user is completed, and whatever is not ours is left alone."""

from __future__ import annotations

import csv
import typing as t

import pytest

from .conftest import WORKSHOP_POLICIES, Run, Workshop

OURS = [{"Key": "managed-by", "Value": "invoice_scanner.iam"}]
DESCRIPTION = "AI Invoice Scanner Project"


def key_id(workshop: Workshop, name: str) -> str:
    """The access key whose secret is on file."""
    with (workshop.credentials / f"{name}_accessKeys.csv").open(encoding="utf-8-sig", newline="") as stream:
        return next(csv.DictReader(stream))["Access key ID"]


def drop_login(iam: t.Any, name: str, _key: str) -> None:
    iam.delete_login_profile(UserName=name)


def drop_key(iam: t.Any, name: str, key: str) -> None:
    iam.delete_access_key(UserName=name, AccessKeyId=key)


def drop_description(iam: t.Any, name: str, key: str) -> None:
    iam.untag_user(UserName=name, TagKeys=[key])


def drop_policies(iam: t.Any, name: str, _key: str) -> None:
    for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])


def drop_everything_but_the_user(iam: t.Any, name: str, key: str) -> None:
    drop_login(iam, name, key)
    drop_key(iam, name, key)
    drop_policies(iam, name, key)


BREAKS: dict[str, t.Callable[[t.Any, str, str], None]] = {
    "without-login": drop_login,
    "without-key": drop_key,
    "without-description": drop_description,
    "without-policies": drop_policies,
    "bare-user": drop_everything_but_the_user,
    "untouched": lambda iam, name, key: None,
}


@pytest.fixture(scope="module")
def mended(module_workshop: Workshop) -> tuple[Workshop, dict[str, str], Run]:
    """Six users, each broken in another way behind our back, and the run that mends them."""
    module_workshop.hosts({name: {"invoice_iam_user_name": name} for name in BREAKS})
    # The other lane makes them, which is quicker; that both leave the same is tested elsewhere.
    made = module_workshop.run("playbooks/class.yml")
    assert made.status == 0, made.output
    module_workshop.let_an_hour_pass()
    keys = {name: key_id(module_workshop, name) for name in BREAKS}
    iam = module_workshop.client("iam")
    iam.tag_user(UserName="untouched", Tags=[{"Key": "team", "Value": "finance"}])
    for name, damage in BREAKS.items():
        damage(iam, name, keys[name])
    return module_workshop, keys, module_workshop.setup()


@pytest.mark.parametrize("name", BREAKS)
def test_a_half_done_user_is_completed(mended: tuple[Workshop, dict[str, str], Run], name: str) -> None:
    workshop, _keys, _run = mended
    iam = workshop.client("iam")
    assert iam.get_login_profile(UserName=name)["LoginProfile"]["UserName"] == name
    attached = iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
    assert sorted(policy["PolicyName"] for policy in attached) == sorted(WORKSHOP_POLICIES)
    (key,) = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    assert (key["AccessKeyId"], key["Status"]) == (key_id(workshop, name), "Active")
    tags = {tag["Key"]: tag["Value"] for tag in iam.list_user_tags(UserName=name)["Tags"]}
    assert tags[key["AccessKeyId"]] == DESCRIPTION


@pytest.mark.parametrize("name", ["without-login", "without-description", "without-policies", "untouched"])
def test_a_key_that_is_there_is_kept(mended: tuple[Workshop, dict[str, str], Run], name: str) -> None:
    workshop, keys, _run = mended
    assert key_id(workshop, name) == keys[name]


def test_a_user_that_lacks_nothing_is_not_touched(mended: tuple[Workshop, dict[str, str], Run]) -> None:
    workshop, _keys, run = mended
    assert run.recap("untouched")["changed"] == 0
    tags = workshop.client("iam").list_user_tags(UserName="untouched")["Tags"]
    assert {"Key": "team", "Value": "finance"} in tags


def test_what_was_saved_is_never_lost(mended: tuple[Workshop, dict[str, str], Run]) -> None:
    workshop, keys, _run = mended
    kept = "".join(path.read_text("utf-8-sig") for path in (workshop.credentials / "superseded").iterdir())
    assert keys["without-key"] in kept
    assert keys["bare-user"] in kept


def test_each_user_has_one_row_in_the_files_of_the_class(mended: tuple[Workshop, dict[str, str], Run]) -> None:
    workshop, _keys, _run = mended
    for name in ("class_credentials.csv", "aws_configure_import.csv"):
        with (workshop.credentials / name).open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert [row["User name"] for row in rows] == sorted(BREAKS)
        assert [row["Access key ID"] for row in rows] == [key_id(workshop, one) for one in sorted(BREAKS)]


def test_whose_key_is_lost_and_whose_user_is_not_ours(workshop: Workshop) -> None:
    iam = workshop.client("iam")
    hosts: dict[str, dict[str, str]] = {
        "keeps": {"invoice_iam_user_lost_secret": "keep"},
        "fails": {"invoice_iam_user_lost_secret": "fail"},
        "replaces": {"invoice_iam_user_lost_secret": "replace"},
        "replaces-full": {"invoice_iam_user_lost_secret": "replace"},
        "stranger": {},
        "adopted": {"invoice_iam_user_adopt_existing": "true"},
    }
    workshop.hosts({name: {"invoice_iam_user_name": name, **variables} for name, variables in hosts.items()})
    old = {}
    for name in hosts:
        iam.create_user(UserName=name, Tags=[] if name in ("stranger", "adopted") else OURS)
        old[name] = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        if name not in ("stranger", "adopted"):
            iam.tag_user(UserName=name, Tags=[{"Key": old[name], "Value": DESCRIPTION}])
    second = iam.create_access_key(UserName="replaces-full")["AccessKey"]["AccessKeyId"]

    run = workshop.run("playbooks/setup.yml")

    def keys(name: str) -> list[str]:
        return [key["AccessKeyId"] for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]]

    assert run.recap("keeps")["failed"] == 1
    assert keys("keeps") == [old["keeps"]]
    assert "exists, but its secret is not saved; the key is kept" in run.flat()
    assert run.recap("fails")["failed"] == 1
    assert f"access key {old['fails']} of 'fails' exists, but its secret is not saved" in run.flat()
    assert keys("fails") == [old["fails"]]
    assert not iam.list_attached_user_policies(UserName="fails")["AttachedPolicies"]
    assert keys("replaces") == [key_id(workshop, "replaces")] != [old["replaces"]]
    assert set(keys("replaces-full")) == {second, key_id(workshop, "replaces-full")}
    leftover = {tag["Key"] for tag in iam.list_user_tags(UserName="replaces")["Tags"]}
    assert old["replaces"] not in leftover, "the description of the deleted key stayed behind"
    assert run.recap("stranger")["failed"] == 1
    assert "'stranger' exists and is not managed by this collection" in run.flat()
    assert keys("stranger") == [old["stranger"]]
    assert not iam.list_user_tags(UserName="stranger")["Tags"]
    assert run.recap("adopted")["failed"] == 0
    assert set(keys("adopted")) == {old["adopted"], key_id(workshop, "adopted")}
    assert OURS[0] in iam.list_user_tags(UserName="adopted")["Tags"]
