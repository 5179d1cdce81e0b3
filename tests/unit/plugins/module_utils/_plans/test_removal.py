# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""How a user goes, who goes, and what is kept of it."""

from __future__ import annotations

import datetime
import json
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans import removal as _removal
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.change import Change
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.preflight import class_problem
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.removal import removal
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.belonging import KINDS, Belonging, Kind
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import User
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    ACCOUNT_ID,
    BOUNDARY,
    DESCRIPTION,
    FULL,
    OURS,
    SINCE,
    a_key,
    an_observed_user,
)

KEY, OLD = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"
PHONE, TOKEN = f"arn:aws:iam::{ACCOUNT_ID}:mfa/anna", "GAHT12345678"
OPERATOR = "arn:aws:iam::123456789012:user/operator"
NOW = datetime.datetime(2026, 7, 1, 8, 9, 10, tzinfo=datetime.UTC)
EVERYTHING = an_observed_user(
    a_key(KEY),
    a_key(OLD, None, "Inactive"),
    attached_policies=(FULL,),
    permissions_boundary=BOUNDARY,
    service_specific_credentials=[
        {"ServiceSpecificCredentialId": "ACCA1", "Status": "Active"},
        {"ServiceSpecificCredentialId": "ACCA2", "Status": "Inactive"},
    ],
    ssh_public_keys=["APKA1"],
    signing_certificates=["CERT1"],
    mfa_devices=[PHONE, TOKEN],
    inline_policies=["their own"],
    groups=["students"],
)


def steps(changes: t.Iterable[Change]) -> list[str]:
    return [f"{change.action} {change.subject}".strip() for change in changes]


# How a user goes -----------------------------------------------------------------------------------------------------


def test_a_user_is_locked_out_first_then_stripped_then_deleted() -> None:
    one = removal(EVERYTHING)
    assert steps(one.changes[: one.locks]) == [
        "delete_login_profile",
        f"update_access_key {KEY}",
        "update_service_specific_credential ACCA1",
        "update_ssh_public_key APKA1",
        "update_signing_certificate CERT1",
    ], "what is inactive already is not made so again"
    assert steps(one.changes[one.locks :]) == [
        f"delete_access_key {KEY}",
        f"delete_access_key {OLD}",
        "delete_service_specific_credential ACCA1",
        "delete_service_specific_credential ACCA2",
        "delete_ssh_public_key APKA1",
        "delete_signing_certificate CERT1",
        f"deactivate_mfa_device {PHONE}",
        f"delete_virtual_mfa_device {PHONE}",
        f"deactivate_mfa_device {TOKEN}",
        "delete_user_policy their own",
        f"detach_user_policy {FULL}",
        "remove_user_from_group students",
        # The boundary goes last of all that it has: without it, a user may do more than before.
        f"delete_user_permissions_boundary {BOUNDARY}",
        f"remove_description {KEY}",
        "delete_user",
    ]


def test_a_user_with_nothing_is_only_deleted() -> None:
    bare = an_observed_user(attached_policies=(), login_profile=None)
    assert steps(removal(bare).changes) == ["delete_user"]
    assert removal(bare).locks == 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_nothing_that_blocks_a_deletion_is_forgotten(kind: Kind) -> None:
    said = {kind.listing.id or "x": "ID-OF-IT", "Status": "Active", "CreateDate": NOW}
    bare = an_observed_user(attached_policies=(), login_profile=None)
    user = User(**{**vars(bare), "belongings": (Belonging(kind, "ID-OF-IT", said),)})
    one = removal(user)
    assert kind.removal.call in [change.action for change in one.changes[:-1]]
    locking = kind.locking.call if kind.locking else kind.removal.call if kind.name == "login_profile" else None
    assert [change.action for change in one.changes[: one.locks]] == ([locking] if locking else [])


def test_a_virtual_device_that_an_interrupted_removal_had_taken_off_goes_too() -> None:
    other = f"arn:aws:iam::{ACCOUNT_ID}:mfa/lost"
    one = removal(an_observed_user(mfa_devices=[PHONE]), [PHONE, other])
    devices = [step for step in steps(one.changes) if "mfa" in step]
    assert devices == [
        f"deactivate_mfa_device {PHONE}",
        f"delete_virtual_mfa_device {PHONE}",
        f"delete_virtual_mfa_device {other}",
    ]


@pytest.mark.parametrize(
    ("tags", "removed"),
    [
        ({KEY: DESCRIPTION}, f"remove_description {KEY}"),
        ({KEY: "x", OLD: "y"}, f"remove_description {KEY}, {OLD}"),
        ({"AKIA": "x", "AKIAIOSFODNN7EXAMPLES": "x", "ASIAIOSFODNN7EXAMPLE": "x", "team": KEY}, ""),
    ],
)
def test_descriptions_of_keys_go_and_other_tags_stay(tags: dict[str, str], removed: str) -> None:
    """AWS leaves them behind; should the deletion fail, nobody has to wonder what they describe."""
    changes = steps(removal(an_observed_user(tags=OURS | tags)).changes)
    assert [step for step in changes if step.startswith("remove_description")] == ([removed] if removed else [])


def test_all_that_a_removal_does_is_no_error_where_it_is_done_already() -> None:
    """So it can be interrupted anywhere and run again."""
    assert all(call.if_there for change in removal(EVERYTHING, ["arn:x:mfa/y"]).changes for call in change.calls)


def test_a_diff_of_a_removal_ends_with_nothing() -> None:
    rendered = removal(EVERYTHING).diff()
    assert rendered["after"] == {}
    assert rendered["before"]["groups"] == ["students"]


# Who goes ------------------------------------------------------------------------------------------------------------


def test_whom_it_refuses() -> None:
    ours, stranger = an_observed_user(), an_observed_user(tags={"managed-by": "terraform"})
    assert _removal.refusal(ours, OPERATOR, "") is None
    assert "this run uses the credentials of user" in (_removal.refusal(ours, ours.arn, "") or "")
    said = _removal.refusal(stranger, OPERATOR, "") or ""
    assert "does not carry the tag managed-by=invoice_scanner.iam" in said


@pytest.mark.parametrize(
    ("belongs", "class_name", "refused"),
    [("a", "a", False), ("a", "b", True), ("a", "", True), ("", "a", False), ("", "", False)],
)
def test_a_user_of_another_class_is_refused(belongs: str, class_name: str, refused: bool) -> None:
    user = an_observed_user(tags=OURS | ({"workshop-class": belongs} if belongs else {}))
    said = _removal.refusal(user, OPERATOR, class_name)
    assert said == (class_problem(user, class_name) if refused else None)


@pytest.mark.parametrize(
    ("tags", "wanted", "expired", "selected"),
    [
        ({"class": "2026"}, {"class": "2026"}, False, True),
        ({"class": "2026", "team": "a"}, {"class": "2026", "team": "b"}, False, False),
        ({"class": "2025"}, {"class": "2026"}, False, False),
        ({}, {"class": "2026"}, False, False),
        ({}, {"class": ""}, False, False),
        ({}, {}, False, True),
        ({"expires": "2026-06-30"}, {}, True, True),
        ({"expires": "2026-07-01"}, {}, True, False),
        ({"expires": "soon"}, {}, True, False),
        ({}, {}, True, False),
        ({"expires": "2026-06-30", "class": "2026"}, {"class": "2025"}, True, False),
    ],
)
def test_who_is_meant(tags: dict[str, str], wanted: dict[str, str], expired: bool, selected: bool) -> None:
    assert _removal.is_selected(tags, wanted, expired, NOW.date()) is selected


@pytest.mark.parametrize(
    ("names", "confirmed", "said"),
    [
        ([], 0, None),
        (["anna"], 1, None),
        (["anna", "bert"], 2, None),
        (
            ["anna", "bert"],
            1,
            "2 users would be removed, but none has been confirmed, so nothing was done: anna, bert.",
        ),
        (
            ["anna", "bert", "carl"],
            2,
            "3 users would be removed, but only 2 have been confirmed, so nothing was done: anna, ",
        ),
    ],
)
def test_more_than_was_agreed_to_is_not_done(names: list[str], confirmed: int, said: str | None) -> None:
    problem = _removal.confirmation_problem(names, confirmed)
    if said is None:
        assert problem is None
    else:
        assert (problem or "").startswith(said)
        assert (problem or "").endswith(f"invoice_iam_user_teardown_confirm={len(names)}")


# What is kept of it --------------------------------------------------------------------------------------------------


def archived(user: User = EVERYTHING, earlier: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
    document: dict[str, t.Any] = json.loads(_removal.archive(user, NOW, earlier))
    return document


def test_what_is_known_of_a_user_is_kept() -> None:
    kept = archived()
    assert {name: kept[name] for name in ("user_name", "arn", "user_id", "path", "create_date", "removal_began")} == {
        "user_name": "anna",
        "arn": f"arn:aws:iam::{ACCOUNT_ID}:user/anna",
        "user_id": "AIDAANNA",
        "path": "/",
        "create_date": SINCE,
        "removal_began": "2026-07-01T08:09:10Z",
    }
    assert kept["tags"] == OURS | {KEY: DESCRIPTION}
    counts = {kind.name: len(kept[kind.name]) for kind in KINDS}
    assert counts == {kind.name: len(EVERYTHING.all(kind)) for kind in KINDS}
    assert kept["access_keys"][0]["AccessKeyId"] == KEY


def test_what_an_interrupted_removal_had_written_stays() -> None:
    """The second run finds half of it gone; when it began, and what there was, the first one knew."""
    earlier = archived()
    earlier["removal_began"] = "2026-06-30T00:00:00Z"
    earlier["tags"] = OURS | {OLD: "for CI"}
    half = an_observed_user(login_profile=None, groups=["students", "late comers"], tags=OURS | {"new": "x"})
    kept = archived(half, earlier)
    assert kept["removal_began"] == "2026-06-30T00:00:00Z"
    assert kept["tags"] == OURS | {OLD: "for CI", "new": "x"}
    assert [one["GroupName"] for one in kept["groups"]] == ["students", "late comers"]
    assert [one["AccessKeyId"] for one in kept["access_keys"]] == [KEY, OLD]
    assert len(kept["login_profile"]) == 1


def test_an_archive_of_a_release_that_knew_less_is_completed() -> None:
    kept = archived(EVERYTHING, {"user_name": "anna"})
    assert [one["GroupName"] for one in kept["groups"]] == ["students"]
    assert kept["removal_began"] == "2026-07-01T08:09:10Z"


def test_virtual_devices_are_found_in_an_archive() -> None:
    assert _removal.left_over_devices(archived()) == [PHONE]
    assert _removal.left_over_devices({}) == _removal.left_over_devices({"mfa_devices": [{}]}) == []


# Policies ------------------------------------------------------------------------------------------------------------


TAGGED = [{"Key": "managed-by", "Value": "invoice_scanner.iam"}]


@pytest.mark.parametrize(
    ("policy", "released", "bounding", "said"),
    [
        ({"Tags": TAGGED}, 0, 0, None),
        ({"Tags": TAGGED, "AttachmentCount": 3}, 3, 0, None),
        ({"Tags": TAGGED, "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 2}, 0, 2, None),
        # AWS's count may lag behind.
        ({"Tags": TAGGED, "AttachmentCount": 1}, 2, 0, None),
        (
            {"Tags": TAGGED, "AttachmentCount": 3},
            2,
            0,
            "it is still attached 1 times, and it is the permissions boundary of 0 users or roles",
        ),
        (
            {"Tags": TAGGED, "PermissionsBoundaryUsageCount": 1},
            0,
            0,
            "it is still attached 0 times, and it is the permissions boundary of 1 users or roles",
        ),
        ({"Tags": []}, 0, 0, "it does not carry the tag managed-by=invoice_scanner.iam"),
        ({}, 0, 0, "it does not carry the tag managed-by=invoice_scanner.iam"),
    ],
)
def test_which_policies_stay(policy: dict[str, t.Any], released: int, bounding: int, said: str | None) -> None:
    refusal = _removal.policy_refusal({"PolicyName": "Workshop", **policy}, released, bounding)
    assert refusal == (f"policy Workshop stays: {said}" if said else None)


def test_the_hours_of_a_class_go_with_those_who_have_them() -> None:
    arn = "arn:aws:iam::123456789012:policy/InvoiceScannerHours-spring"
    anna, ben = (an_observed_user(attached_policies=policies) for policies in ((FULL, arn), (FULL,)))
    assert _removal.hours_policies([anna, ben], "") == ["InvoiceScannerHours-spring"]
    assert _removal.hours_policies([ben], "") == []
    # Whoever was left over is gone already: an interrupted removal comes back for the policy.
    assert _removal.hours_policies([], "spring") == ["InvoiceScannerHours-spring"]
