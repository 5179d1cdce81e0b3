# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What can be known to be wrong before anything is written: one sentence each, with the value and without a secret."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans import preflight as _preflight
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent, OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.password import PasswordPolicy
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import AccessKey, User
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    ACCOUNT_ID,
    OURS,
    POLICIES,
    READ_ONLY,
    SAVED,
    a_key,
    a_wanted_user,
    an_account,
    an_observed_user,
)

STRANGER = an_observed_user(tags={"team": "ops"})
THEIRS = (a_key("AKIATHEIRS1", "for CI"), a_key("AKIATHEIRS2", None))
REVOKED = OURS | {"revoked": "2026-07-01"}
WEAK = "qzqz7"
MANY = tuple(f"arn:aws:iam::aws:policy/P{number}" for number in range(9))
ACCOUNT = an_account(
    managed_policies=POLICIES | {arn.rsplit("/", 1)[-1]: arn for arn in MANY},
)


def problems(observed: User | None = None, saved: OnFile | None = None, **wanted: t.Any) -> list[str]:
    return _preflight.problems(a_wanted_user(**wanted), observed, saved or OnFile(), ACCOUNT)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"name": "no blanks"}, "the user name 'no blanks' contains ' '"),
        ({"path": "class"}, "the path 'class' is not valid"),
        ({"tags": {"a,b": "x"}}, "the tag key 'a,b' contains ','"),
        ({"tags": {"Revoked": "2026-07-01"}}, "the tag 'Revoked' marks users of this collection; leave it out"),
        ({"tags": {"workshop-class": "a"}}, "the tag 'workshop-class' marks users of this collection; leave it out"),
        ({"tags": {"a": None}}, "the tag 'a' has no value; write '' for an empty one"),
        ({"class_name": "Tom & Jerry"}, "the name of the class 'Tom & Jerry' contains '&'"),
        ({"access_key_description": "Tom & Jerry"}, "the access key description 'Tom & Jerry' contains '&'"),
        ({"access_key_description": ""}, "invoice_iam_user_access_key_description is empty"),
        (
            {"console_password": ""},
            "invoice_iam_user_console_password is empty; leave it out to have a password generated",
        ),
        ({"managed_policies": ("Nope",)}, f"there is no managed policy 'Nope' in account {ACCOUNT_ID}"),
        ({"managed_policies": (f"{READ_ONLY}s",)}, f"there is no policy '{READ_ONLY}s'; check the ARN"),
        ({"permissions_boundary": "Nope"}, "permissions boundary: there is no managed policy 'Nope'"),
        (
            {"managed_policies": (*MANY, "ReadOnlyAccess", "AmplifyAdminPolicy")},
            f"user 'anna' would have 11 managed policies; account {ACCOUNT_ID} allows 10 a user",
        ),
        (
            {"console_password": WEAK},
            "the console password of 'anna' breaks AWS's default password policy: it has 5 characters, but the account "
            "requires 8; it has 2 of 4 kinds of characters, but AWS requires 3 (missing: a symbol, an uppercase letter)"
            "; choose another one",
        ),
    ],
)
def test_a_new_user(wanted: dict[str, t.Any], said: str) -> None:
    (problem,) = problems(**wanted)
    assert problem.startswith(said)
    assert "\n" not in problem
    assert WEAK not in problem


@pytest.mark.parametrize(
    ("observed", "saved", "wanted", "said"),
    [
        (
            STRANGER,
            None,
            {},
            "an IAM user 'anna' exists and is not managed by this collection (it lacks the tag "
            "managed-by=invoice_scanner.iam); choose another name, or set invoice_iam_user_adopt_existing=true to take "
            "it over",
        ),
        (
            an_observed_user(*THEIRS),
            None,
            {},
            "user 'anna' already has 2 access keys, AKIATHEIRS1 (created elsewhere) and AKIATHEIRS2 (created "
            "elsewhere), and AWS allows 2; delete one of them",
        ),
        (
            an_observed_user(a_key(status="Inactive")),
            SAVED,
            {},
            "access key AKIASAVED of 'anna' is saved, but it is Inactive; to replace it with a new one: "
            "ansible-playbook invoice_scanner.iam.class --limit anna -e invoice_iam_user_restore_access=true",
        ),
        (
            an_observed_user(a_key()),
            None,
            {"lost_secret": "fail"},
            "access key AKIASAVED of 'anna' exists, but its secret is not saved; restore its file, or set "
            "invoice_iam_user_lost_secret=replace to create a new key",
        ),
        (
            an_observed_user(a_key(), attached_policies=MANY),
            SAVED,
            {},
            f"user 'anna' would have 11 managed policies; account {ACCOUNT_ID} allows 10 a user",
        ),
        (
            an_observed_user(a_key()),
            SAVED,
            {"console_password": WEAK, "update_password": "always"},
            "the console password of 'anna' breaks AWS's default password policy: ",
        ),
        (
            an_observed_user(a_key()),
            OnFile(True, "AKIASAVED", Intent(login_profile=True)),
            {"console_password": WEAK},
            "the console password of 'anna' breaks AWS's default password policy: ",
        ),
    ],
)
def test_a_user_who_exists(observed: User, saved: OnFile | None, wanted: dict[str, t.Any], said: str) -> None:
    (problem,) = problems(observed, saved, **wanted)
    assert problem.startswith(said)
    assert WEAK not in problem


@pytest.mark.parametrize(
    ("observed", "saved", "wanted"),
    [
        (None, None, {}),
        (None, None, {"name": "a,b=c", "path": "/class/", "console_password": "Admin@123"}),
        (STRANGER, SAVED, {"adopt_existing": True}),
        # A password that will not be set is nobody's concern.
        (an_observed_user(a_key()), SAVED, {"console_password": WEAK}),
        # What is detached does not count.
        (an_observed_user(a_key(), attached_policies=MANY), SAVED, {"purge_policies": True}),
        # What was taken on purpose is no problem, whether it stays so or not.
        (an_observed_user(a_key(status="Inactive"), tags=REVOKED), SAVED, {}),
        (an_observed_user(a_key(status="Inactive"), tags=REVOKED), SAVED, {"restore_access": True}),
        (an_observed_user(a_key(status="Inactive")), SAVED, {"restore_access": True}),
        # A key of ours, or an orphan of ours, makes room when it goes.
        (an_observed_user(a_key("AKIALOST"), THEIRS[0]), None, {"lost_secret": "replace"}),
        (an_observed_user(a_key("AKIALOST"), THEIRS[0]), None, {"lost_secret": "keep"}),
        (an_observed_user(*THEIRS), OnFile(intent=Intent(access_key=True)), {}),
        (an_observed_user(a_key(), THEIRS[1]), SAVED, {"lost_secret": "fail"}),
    ],
)
def test_nothing_is_wrong(observed: User | None, saved: OnFile | None, wanted: dict[str, t.Any]) -> None:
    assert problems(observed, saved, **wanted) == []


def test_an_accounts_own_password_policy_is_named() -> None:
    account = an_account(password_policy=PasswordPolicy.from_aws({"MinimumPasswordLength": 20}))
    (problem,) = _preflight.problems(a_wanted_user(console_password="Admin@123"), None, OnFile(), account)
    assert problem == (
        "the console password of 'anna' breaks the account's password policy: it has 9 characters, but the account "
        "requires 20; choose another one"
    )


def test_the_account_s_name_is_no_password() -> None:
    account = an_account(alias="Acme-School-1")
    (problem,) = _preflight.problems(a_wanted_user(console_password="acme-school-1"), None, OnFile(), account)
    assert "it is the user's or the account's name" in problem
    assert "acme" not in problem.lower()


def test_everything_is_said_at_once() -> None:
    found = problems(
        STRANGER,
        name="no blanks",
        path="x",
        tags={"a,b": "x"},
        managed_policies=("Nope", "Nix"),
        permissions_boundary="None",
        console_password=WEAK,
        update_password="always",
        access_key_description="&",
    )
    assert len(found) == 9
    assert len(set(found)) == 9


@pytest.mark.parametrize(
    ("new", "users", "said"),
    [
        (0, 5001, []),
        (3, 4997, []),
        (
            3,
            4998,
            [
                f"3 users are to be created, but account {ACCOUNT_ID} has room for 2 (5000 users are allowed); remove "
                "some or ask AWS to raise the quota"
            ],
        ),
        (1, 5001, [f"1 user is to be created, but account {ACCOUNT_ID} has room for 0"]),
    ],
)
def test_room_for_a_class(new: int, users: int, said: list[str]) -> None:
    found = _preflight.class_problems(new, an_account(summary={"Users": users, "UsersQuota": 5000}))
    assert len(found) == len(said)
    assert all(one.startswith(start) for one, start in zip(found, said, strict=True))


@pytest.mark.parametrize(
    ("new", "slices", "users", "warns"),
    [(25, 1, 4950, False), (25, 4, 4900, False), (25, 4, 4901, True), (0, 4, 5000, False), (1, 4, 4997, True)],
)
def test_room_for_the_other_slices(new: int, slices: int, users: int, warns: bool) -> None:
    found = _preflight.slice_warnings(new, slices, an_account(summary={"Users": users, "UsersQuota": 5000}))
    assert bool(found) is warns
    if warns:
        users_made = "1 user" if new == 1 else f"{new} users"
        assert f"one of {slices} slices and creates {users_made};" in found[0]
        assert f"(room for {5000 - users} now)" in found[0]


def test_names_that_stand_more_than_once() -> None:
    assert _preflight.repeated_names(["Anna", "bert", "ANNA", "carl", "bert"]) == {"anna", "bert"}
    assert _preflight.repeated_names(["anna", "bert"]) == set()
    assert "'Anna' occurs more than once" in _preflight.repeated_name_problem("Anna")


def test_adopting_asks_only_for_our_tag() -> None:
    assert an_observed_user(tags=OURS).ours
    assert not an_observed_user(tags={"managed-by": "terraform"}).ours


@pytest.mark.parametrize(("there", "said"), [(47, False), (48, False), (49, True)])
def test_the_tags_that_a_user_has_already_are_counted(there: int, said: bool) -> None:
    """The tag of this collection, and the one that is to describe the key"""
    observed = an_observed_user(tags={f"tag{number}": "" for number in range(there)})
    found = [one for one in problems(observed, adopt_existing=True) if "AWS allows 50 a user: remove some" in one]
    assert bool(found) is said


def test_a_user_with_all_tags_that_there_can_be_is_fine_if_ours_are_among_them() -> None:
    key = a_key()
    tags = {**OURS, key.id: "AI Invoice Scanner Project", **{f"tag{number}": "" for number in range(48)}}
    observed = an_observed_user(key, tags=tags)
    assert problems(observed, SAVED) == []


DESCRIBED_STRANGER = a_key("AKIATHEIRS", "for CI")


@pytest.mark.parametrize(
    ("keys", "saved", "wanted", "there", "counted"),
    [
        # That somebody else's key has a description leaves ours without one.
        ((DESCRIBED_STRANGER,), None, {}, 49, 51),
        ((DESCRIBED_STRANGER,), None, {}, 48, None),
        ((a_key(),), SAVED, {}, 49, None),
        ((a_key("AKIASAVED", None),), SAVED, {}, 50, 51),
        ((a_key("AKIASAVED", None), DESCRIBED_STRANGER), SAVED, {}, 49, 51),
        # A key whose secret is lost stays, and needs no other tag; or one is made in its place.
        ((a_key("AKIALOST"),), None, {"lost_secret": "keep"}, 49, None),
        ((a_key("AKIALOST"),), None, {"lost_secret": "replace"}, 49, 51),
        # What is to be added counts as well.
        ((a_key(),), SAVED, {"tags": {"seat": "7"}}, 49, 51),
        ((a_key(),), SAVED, {"tags": {"tag1": "7"}}, 49, None),
    ],
)
def test_the_tag_that_our_key_needs_is_counted(
    keys: tuple[AccessKey, ...], saved: OnFile | None, wanted: dict[str, t.Any], there: int, counted: int | None
) -> None:
    """C(there) are the tags beside the descriptions of keys, the one that says whose user this is among them."""
    tags = OURS | {f"tag{number}": "" for number in range(there - 1)}
    observed = an_observed_user(*keys, tags=tags)
    found = problems(observed, saved, **wanted)
    said = f"user 'anna' has {len(observed.tags)} tags and would have {counted}, including that of its access key; "
    assert [one.startswith(said) for one in found] == ([True] if counted else [])


def test_who_has_too_many_tags_already_and_needs_none_is_left_in_peace() -> None:
    """AWS does not take one tag more, and none is asked for."""
    tags = OURS | {f"tag{number}": "" for number in range(60)}
    assert problems(an_observed_user(a_key(), tags=tags), SAVED) == []


def test_a_rotated_key_in_the_way_is_told_from_a_stranger_s() -> None:
    observed = an_observed_user(a_key("AKIAOLD", "rotated 2026-01-05"), THEIRS[0])
    (problem,) = problems(observed)
    told = "AKIAOLD (rotated earlier) and AKIATHEIRS1 (created elsewhere)"
    assert f"2 access keys, {told}, and AWS allows 2" in problem


@pytest.mark.parametrize("lost_secret", ["keep", "replace"])
def test_an_inactive_key_whose_secret_is_lost_is_no_key_to_keep(lost_secret: str) -> None:
    observed = an_observed_user(a_key("AKIALOST", status="Inactive"))
    found = problems(observed, lost_secret=lost_secret)
    if lost_secret == "replace":
        assert found == []
    else:
        assert found == [
            "access key AKIALOST of 'anna' is Inactive, and its secret is not saved; activate it, or set "
            "invoice_iam_user_lost_secret=replace to create a new key"
        ]


def test_another_run_at_work_is_a_problem() -> None:
    assert problems(an_observed_user(a_key()), OnFile(True, "AKIASAVED", other_run="wait")) == ["wait"]


def test_what_is_said_of_files_and_names_names_both() -> None:
    said = _preflight.renamed_file_problem("anna", "AKIAX", "bert")
    assert [said.find(word) >= 0 for word in ("'anna'", "AKIAX", "'bert'", "move it away")] == [True] * 4
    assert _preflight.namesake_problem("anna", "Anna") == (
        "IAM ignores case, so 'anna' is taken: there is a user 'Anna'; choose another name"
    )


def test_who_was_revoked_is_told_of_and_what_gives_access_again() -> None:
    revoked = an_observed_user(tags=REVOKED, login_profile=None)
    said = "access of 'anna' was revoked on 2026-07-01 and remains revoked"
    assert _preflight.revoked_warning(revoked) == said
    assert _preflight.revoked_warning(an_observed_user(tags=REVOKED)) == (
        f"{said}, but 'anna' can still sign in to the console"
    )
    assert _preflight.restoring("anna") == (
        "To give access again, with a new key: "
        "ansible-playbook invoice_scanner.iam.class --limit anna -e invoice_iam_user_restore_access=true"
    )


@pytest.mark.parametrize(
    ("belongs", "wanted", "said"),
    [
        ("a", "a", ""),
        ("", "a", ""),
        ("", "", ""),
        ("a", "b", "this is class 'b'; choose another name, or set invoice_iam_user_class=a if you mean that class"),
        ("a", "", "invoice_iam_user_class is not set; choose another name, or set invoice_iam_user_class=a if you"),
    ],
)
def test_a_user_of_another_class_is_not_this_one(belongs: str, wanted: str, said: str) -> None:
    """Every class has its user-01."""
    observed = an_observed_user(a_key(), tags=OURS | ({"workshop-class": belongs} if belongs else {}))
    found = problems(observed, SAVED, class_name=wanted)
    assert [one.startswith(f"user 'anna' belongs to class 'a', but {said}") for one in found] == (
        [True] if said else []
    )
    assert problems(observed, SAVED, class_name=wanted, adopt_existing=True) == []


@pytest.mark.parametrize(
    ("more", "count"),
    [({"class_name": "spring"}, 51), ({"expires": "2026-12-31"}, 51), ({"class_name": ""}, 50)],
)
def test_every_tag_that_a_new_user_gets_is_counted(more: dict[str, t.Any], count: int) -> None:
    wanted = a_wanted_user(tags={f"tag-{number}": "" for number in range(48)}, **more)
    found = _preflight.problems(wanted, None, OnFile(), an_account())
    assert [f"would have {count}" in one for one in found] == [True] * (count > 50)
