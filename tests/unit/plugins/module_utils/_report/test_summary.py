# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What people read at the end of a run, and what programs do."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.summary import (
    FATES,
    accounts,
    artifact,
    lines,
)


def user(name: str, fate: str = "unchanged", msg: str = "", **more: t.Any) -> dict[str, t.Any]:
    """An outcome, as modules return it."""
    changed = fate in ("created", "completed", "rotated", "revoked", "removed", "collected")
    changes = [f"{fate} {name}"] if changed else []
    return {"name": name, "failed": bool(msg), "changed": changed, "fate": fate, "msg": msg, "changes": changes, **more}


ZOE = user("zoe", "completed", "2 things are wrong:\n  1. one\n  2. two")
BOB, ANN = user("bob", "created"), user("ann")


def test_who_failed_is_told_of_in_one_line_each_and_then_how_many_came_out_how() -> None:
    assert lines([ZOE, BOB, ANN]) == [
        "zoe: one",
        "zoe: two",
        "3 users: 1 created, 1 unchanged, 1 failed",
    ]


def test_those_who_failed_for_one_reason_stand_together() -> None:
    """Each reason names its user; of a class with one mistake for all, people read one line."""
    everybody = [user(name, "unchanged", f"the key of {name!r} is lost") for name in ("carl", "anna", "bert")]
    assert lines([*everybody, user("dora", "unchanged", "the key of 'eve' is lost"), ANN]) == [
        "anna, bert, carl: the key of the user is lost",
        "dora: the key of 'eve' is lost",
        "5 users: 1 unchanged, 4 failed",
    ]
    assert lines(everybody[:1])[0] == "carl: the key of 'carl' is lost"


def test_a_command_that_mends_several_names_all_of_them() -> None:
    mend = "it is lost. To fix it: ansible-playbook invoice_scanner.iam.class --limit"
    everybody = [user(name, "unchanged", f"{mend} {name} -e x=1") for name in ("bert", "anna")]
    assert lines(everybody)[0] == f"anna, bert: {mend} anna,bert -e x=1"


def test_several_findings_of_somebody_have_a_line_each_and_one_command_that_mends_all() -> None:
    run = "ansible-playbook -i a invoice_scanner.iam.class --limit"

    def lost(name: str) -> str:
        return (
            f"2 things are wrong:\n  1. the password of {name!r} is lost; set a new one: {run} {name} -e a=b\n"
            f"  2. the key of {name!r} is lost; replace it: {run} {name} -e c=d"
        )

    assert lines([user("anna", msg=lost("anna"))])[:-1] == [
        f"anna: the password of 'anna' is lost; set a new one: {run} anna -e a=b",
        f"anna: the key of 'anna' is lost; replace it: {run} anna -e c=d",
        f"anna: to do all of this at once: {run} anna -e a=b -e c=d",
    ]
    assert lines([user(name, msg=lost(name)) for name in ("anna", "bert")])[:-1] == [
        f"anna, bert: the password of the user is lost; set a new one: {run} anna,bert -e a=b",
        f"anna, bert: the key of the user is lost; replace it: {run} anna,bert -e c=d",
        f"anna, bert: to do all of this at once: {run} anna,bert -e a=b -e c=d",
    ]


@pytest.mark.parametrize(
    ("alone", "folded"),
    [
        ("user {!r} does not exist", "the user does not exist"),
        ("the user {!r} has it", "the user has it"),
        ("an IAM user {!r} exists and is not ours", "an IAM user of that name exists and is not ours"),
        ("there is no user {!r}; check the name", "there is no user of that name; check the name"),
        ("the user name {!r} contains ' '", "the user name contains ' '"),
        ("policy P is not attached to {!r}", "policy P is not attached to the user"),
        ("{!r} cannot sign in", "the user cannot sign in"),
    ],
)
def test_what_is_said_of_several_reads_as_well_as_of_one(alone: str, folded: str) -> None:
    assert lines([user("anna", msg=alone.format("anna"))])[0] == f"anna: {alone.format('anna')}"
    everybody = [user(name, msg=alone.format(name)) for name in ("anna", "bert")]
    assert lines(everybody)[0] == f"anna, bert: {folded}"


def test_what_is_to_be_done_next_is_said_once_for_all() -> None:
    told = [user(name, "revoked", next=f"Next: ansible-playbook x --limit {name}") for name in ("anna", "bert")]
    assert lines(told) == ["Next: ansible-playbook x --limit anna,bert", "2 users: 2 revoked"]


def test_of_many_the_first_are_named() -> None:
    everybody = [user(f"user-{number:02}", "unchanged", "no") for number in range(25)]
    (told, count) = lines(everybody)
    assert told.startswith("user-00, user-01, ")
    assert told.endswith("user-18, user-19 and 5 more: no")
    assert count == "25 users: 25 failed"


def test_a_reason_of_several_names_none_of_them() -> None:
    told = [user(name, msg=f"nothing is saved for user {name!r}; run again for {name!r}") for name in ("ann", "bob")]
    assert lines(told)[0] == "ann, bob: nothing is saved for the user; run again for the user"
    assert lines(told[:1])[0] == "ann: nothing is saved for user 'ann'; run again for 'ann'"


def test_check_mode_says_what_would_be_done_to_whom() -> None:
    alike = user("amy", "created"), user("bob", "created")
    assert lines([*alike, user("eve", "rotated"), ANN, ZOE], check_mode=True) == [
        "zoe: one",
        "zoe: two",
        "amy, bob: created each",
        "eve: rotated eve",
        "5 users: 2 would be created, 1 would be rotated, 1 unchanged, 1 failed",
    ]


@pytest.mark.parametrize(
    ("one", "check_mode", "told"),
    [
        (user("ann", state=["IAM user ann", "Console sign-in"]), False, ["IAM user ann", "Console sign-in"]),
        (user("ann", state=["IAM user ann"]), True, ["IAM user ann"]),
        # What is not there yet is not told of.
        (user("ann", "created", state=["IAM user ann"]), True, ["ann: created ann"]),
        (user("ann", "created", state=["IAM user ann"]), False, ["IAM user ann"]),
        (user("ann", "unchanged", "no", state=[]), False, ["ann: no"]),
    ],
)
def test_of_somebody_who_is_alone_it_is_told_what_is_there(
    one: dict[str, t.Any], check_mode: bool, told: list[str]
) -> None:
    assert lines([one], check_mode)[:-1] == told


def test_in_a_class_nobody_is_told_of_what_is_there() -> None:
    assert lines([user("ann", state=["IAM user ann"]), user("bob", state=["IAM user bob"])]) == ["2 users: 2 unchanged"]


@pytest.mark.parametrize("fate", [one for one in FATES if one not in ("failed", "needs action")])
def test_every_fate_is_counted(fate: str) -> None:
    assert lines([user("ann", fate), user("bob", fate)])[-1] == f"2 users: 2 {fate}"


def test_what_a_verification_finds_needs_action_and_is_no_failure_of_the_run() -> None:
    one = user("ann", "needs action", "'ann' cannot sign in")
    assert lines([one, user("bob", "ready")]) == [
        "ann: 'ann' cannot sign in",
        "2 users: 1 ready, 1 needs action",
    ]


def test_nobody_is_a_class_too() -> None:
    assert lines([]) == ["0 users: nothing to do"]


def test_the_artifact_says_the_same_to_programs() -> None:
    fates = {"zoe": "failed: 2 things are wrong: 1. one 2. two", "bob": "created", "ann": "unchanged"}
    assert artifact([ZOE, BOB, ANN]) == {
        "data": {"invoice_iam_user_summary": fates},
        "per_host": False,
        "aggregate": True,
    }
    checked = artifact([BOB, ANN], check_mode=True)["data"]["invoice_iam_user_summary"]
    assert checked == {"bob": "would be created", "ann": "unchanged"}


def test_of_slices_each_job_leaves_its_own() -> None:
    """Of what they leave under one name, a controller hands on the last one's only."""
    assert artifact([ANN], job=42)["data"] == {
        "invoice_iam_user_summary": {"ann": "unchanged"},
        "invoice_iam_user_summary_42": {"ann": "unchanged"},
    }


@pytest.mark.parametrize(
    "said",
    [
        "the user name 'dora' contains ' '; AWS allows",
        "user 'dora' is taken; choose another name than 'dora'",
        "the user is somebody else's",
    ],
)
def test_who_failed_alone_is_named_wherever_the_message_does(said: str) -> None:
    dora = {"name": "dora", "failed": True, "changed": False, "fate": "unchanged", "changes": [], "msg": said}
    assert lines([dora])[0] == f"dora: {said}"


def test_those_of_two_accounts_who_have_one_name_are_told_apart() -> None:
    one, other = ({"account": f"account {n}", "account_id": str(n)} for n in (1, 2))
    users = [user("anna", msg="no", **one), user("anna", msg="no", **other), user("bert", "created", **other)]
    assert lines(users)[0] == "anna in account 1, anna in account 2: no"
    assert accounts(users, False) == ["account 1: 1 user: 1 failed", "account 2: 2 users: 1 created, 1 failed"]
    assert artifact(users)["data"]["invoice_iam_user_summary"] == {
        "1/anna": "failed: no",
        "2/anna": "failed: no",
        "2/bert": "created",
    }
    assert accounts([ANN], False) == []
