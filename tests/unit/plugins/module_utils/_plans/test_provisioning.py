# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""From what is wanted and what is there to an ordered list of changes."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans import change as _change
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.change import UserPlan
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.provisioning import plan, still_missing
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent, Missing, OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import AccessKey, User
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    AMPLIFY,
    BOUNDARY,
    DESCRIPTION,
    FULL,
    OURS,
    READ_ONLY,
    SAVED,
    SINCE,
    URL,
    a_key,
    a_wanted_user,
    an_account,
    an_observed_user,
)

NOTHING = OnFile()
ASKED = Intent(access_key=True)
BARE = a_key("AKIABARE", None)
THEIRS = a_key("AKIATHEIRS", "for CI")
LOST = a_key("AKIALOST")
SECRET = "Zq7-Geheim!"


def planned(observed: User | None = None, saved: OnFile = NOTHING, **wanted: t.Any) -> UserPlan:
    return plan(a_wanted_user(**wanted), observed, saved, an_account())


def steps(one: UserPlan) -> list[tuple[str, str]]:
    assert one.problems == ()
    return [(change.action, change.subject) for change in one.changes]


# New, done, and half done ------------------------------------------------------------------------------------------


def test_a_new_user() -> None:
    """Bounded and tagged from the first instant, allowed something, able to sign in, and then a key."""
    one = planned(permissions_boundary="AIInvoiceScannerPermissionsBoundary", path="/class/", tags={"course": "x"})
    assert one.changes[0] == _change.create_user(one.wanted, BOUNDARY)
    assert one.wanted.all_tags == OURS | {"course": "x"}
    assert steps(one)[1:] == [
        ("attach_user_policy", FULL),
        ("attach_user_policy", AMPLIFY),
        ("create_login_profile", "a generated password"),
        ("create_access_key", ""),
    ]
    assert one.asks_for == ["login_profile", "access_key"]
    assert one.managed_policies == (FULL, AMPLIFY)
    assert one.permissions_boundary == BOUNDARY
    assert one.warnings == ()


def test_a_user_for_whom_all_is_done() -> None:
    one = planned(an_observed_user(a_key()), SAVED)
    assert (one.changes, one.problems, one.warnings, one.asks_for) == ((), (), (), [])


@pytest.mark.parametrize(("path", "moves"), [("/", False), ("/old/", False), ("/class/", True)])
def test_a_user_is_moved_only_to_a_path_that_was_asked_for(path: str, moves: bool) -> None:
    """Policies may name the ARN of a user that is adopted."""
    one = planned(an_observed_user(a_key(), path="/old/"), SAVED, path=path)
    assert steps(one) == ([("update_path", path)] if moves else [])


@pytest.mark.parametrize(
    ("observed", "saved", "left"),
    [
        (an_observed_user(a_key(), attached_policies=(AMPLIFY,)), SAVED, [("attach_user_policy", FULL)]),
        (
            an_observed_user(a_key(), attached_policies=()),
            SAVED,
            [("attach_user_policy", FULL), ("attach_user_policy", AMPLIFY)],
        ),
        (
            an_observed_user(a_key(), login_profile=None),
            SAVED,
            [("create_login_profile", "a generated password")],
        ),
        (an_observed_user(), OnFile(password=True), [("create_access_key", "")]),
        (an_observed_user(), SAVED, [("create_access_key", "")]),
        (an_observed_user(a_key("AKIASAVED", None)), SAVED, [("describe_access_key", "AKIASAVED")]),
        (an_observed_user(a_key("AKIASAVED", "Old course")), SAVED, [("describe_access_key", "AKIASAVED")]),
        (
            an_observed_user(attached_policies=(), login_profile=None),
            NOTHING,
            [
                ("attach_user_policy", FULL),
                ("attach_user_policy", AMPLIFY),
                ("create_login_profile", "a generated password"),
                ("create_access_key", ""),
            ],
        ),
    ],
    ids=[
        "one-policy",
        "policies",
        "login",
        "key",
        "key-gone-from-aws",
        "not-described",
        "described-otherwise",
        "user-only",
    ],
)
def test_a_half_done_user_gets_what_is_missing(observed: User, saved: OnFile, left: list[tuple[str, str]]) -> None:
    assert steps(planned(observed, saved)) == left


# The user ------------------------------------------------------------------------------------------------------------


def test_tags_are_added_and_never_taken() -> None:
    observed = an_observed_user(a_key(), tags=OURS | {"course": "old", "owner": "ops", "AKIASAVED": DESCRIPTION})
    (change,) = planned(observed, SAVED, tags={"course": "new", "seat": "7"}).changes
    assert change == _change.tag_user("anna", {"course": "new", "seat": "7"})
    assert change.subject == "course=new, seat=7"


def test_adopting_a_user_marks_it() -> None:
    stranger = an_observed_user(a_key(), tags={"AKIASAVED": DESCRIPTION})
    assert planned(stranger, SAVED).changes == ()
    (problem,) = planned(stranger, SAVED).problems
    assert "is not managed by this collection" in problem
    (change,) = planned(stranger, SAVED, adopt_existing=True).changes
    assert change == _change.tag_user("anna", OURS)


@pytest.mark.parametrize(
    ("there", "wanted", "left"),
    [
        (None, BOUNDARY, [("put_permissions_boundary", BOUNDARY)]),
        (READ_ONLY, "AIInvoiceScannerPermissionsBoundary", [("put_permissions_boundary", BOUNDARY)]),
        (BOUNDARY, "AIInvoiceScannerPermissionsBoundary", []),
        (BOUNDARY, None, []),
    ],
)
def test_permissions_boundary(there: str | None, wanted: str | None, left: list[tuple[str, str]]) -> None:
    observed = an_observed_user(a_key(), permissions_boundary=there)
    assert steps(planned(observed, SAVED, permissions_boundary=wanted)) == left


def test_a_user_is_bounded_before_it_is_allowed_anything() -> None:
    observed = an_observed_user(a_key(), attached_policies=())
    actions = [action for action, _arn in steps(planned(observed, SAVED, permissions_boundary=BOUNDARY))]
    assert actions == ["put_permissions_boundary", "attach_user_policy", "attach_user_policy"]


@pytest.mark.parametrize(
    ("purge", "left"),
    [
        (False, [("attach_user_policy", AMPLIFY)]),
        (True, [("attach_user_policy", AMPLIFY), ("detach_user_policy", READ_ONLY)]),
    ],
)
def test_policies_that_are_not_listed(purge: bool, left: list[tuple[str, str]]) -> None:
    observed = an_observed_user(a_key(), attached_policies=(READ_ONLY, FULL))
    assert steps(planned(observed, SAVED, purge_policies=purge)) == left


def test_detaching_makes_room_where_the_quota_is_used_up() -> None:
    """AWS counts what is attached at that instant, not what will be."""
    old = tuple(f"arn:aws:iam::aws:policy/Old{number}" for number in range(9))
    observed = an_observed_user(a_key(), attached_policies=(*old, FULL))
    attached = {*observed.attached_policies}
    for action, arn in steps(planned(observed, SAVED, purge_policies=True)):
        attached ^= {arn}
        assert action in ("attach_user_policy", "detach_user_policy")
        assert len(attached) <= 10
    assert attached == {FULL, AMPLIFY}


def test_a_policy_that_is_listed_twice_is_attached_once() -> None:
    observed = an_observed_user(a_key(), attached_policies=())
    assert steps(planned(observed, SAVED, managed_policies=("AmplifyAdminPolicy", AMPLIFY))) == [
        ("attach_user_policy", AMPLIFY)
    ]


# The password --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "intent", "wanted", "left"),
    [
        (None, Intent(), {}, [("create_login_profile", "a generated password")]),
        (None, Intent(), {"console_password": SECRET}, [("create_login_profile", "the password that was given")]),
        (SINCE, Intent(), {"console_password": SECRET}, []),
        (SINCE, Intent(), {"update_password": "always"}, [("update_login_profile", "a generated password")]),
        (
            SINCE,
            Intent(),
            {"console_password": SECRET, "update_password": "always"},
            [("update_login_profile", "the password that was given")],
        ),
        # An interrupted run may have set a password that reached nobody.
        (SINCE, Intent(login_profile=True), {}, [("update_login_profile", "a generated password")]),
        (None, Intent(login_profile=True), {}, [("create_login_profile", "a generated password")]),
        (SINCE, Intent(access_key=True), {}, [("settle_intent", "")]),
    ],
)
def test_password(profile: str | None, intent: Intent, wanted: dict[str, t.Any], left: list[tuple[str, str]]) -> None:
    observed = an_observed_user(a_key(), login_profile=profile)
    one = planned(observed, OnFile(True, "AKIASAVED", intent), **wanted)
    assert steps(one) == left
    assert ("login_profile" in one.asks_for) is any("login_profile" in action for action, _kind in left)


@pytest.mark.parametrize(
    ("observed", "missing", "wanted", "left"),
    [
        (an_observed_user(a_key()), Missing("a.csv", "b.csv"), {}, ["a.csv and b.csv"]),
        (an_observed_user(a_key()), Missing("", "b.csv"), {}, ["b.csv"]),
        (an_observed_user(a_key()), Missing("a.csv", ""), {"update_password": "always"}, []),
        (an_observed_user(a_key("AKIAOTHER")), Missing("", "b.csv"), {}, []),
        (an_observed_user(a_key()), Missing(), {}, []),
        (None, Missing("a.csv", "b.csv"), {}, []),
    ],
)
def test_a_file_that_is_lost_is_made_again_where_what_was_in_it_is_of_use(
    observed: User | None, missing: Missing, wanted: dict[str, t.Any], left: list[str]
) -> None:
    one = planned(observed, replace(SAVED, missing=missing), **wanted)
    assert [change.subject for change in one.changes if change.action == "make_files_again"] == left


def test_a_key_whose_secret_is_nowhere_is_kept_and_no_good_end() -> None:
    (said,) = planned(an_observed_user(LOST), OnFile(password=True)).undecided
    assert said.startswith("access key AKIALOST of 'anna' exists, but its secret is not saved; the key is kept.")
    assert said.endswith(
        ": ansible-playbook invoice_scanner.iam.class --limit anna -e invoice_iam_user_lost_secret=replace"
    )
    for lost_secret in ("fail", "replace"):
        assert not planned(an_observed_user(LOST), OnFile(password=True), lost_secret=lost_secret).undecided


def test_a_password_that_is_nowhere_is_kept_and_no_good_end() -> None:
    lost = OnFile(access_key_id="AKIASAVED")
    (said,) = planned(an_observed_user(a_key()), lost).undecided
    assert said.startswith("the console password of 'anna' was set before, but it is not saved; it stays valid.")
    assert said.endswith(
        ": ansible-playbook invoice_scanner.iam.class --limit anna -e invoice_iam_user_update_password=always"
    )
    assert not planned(an_observed_user(a_key()), lost, update_password="always").undecided
    assert not planned(an_observed_user(a_key()), replace(lost, intent=Intent(login_profile=True))).undecided
    assert not planned(None, OnFile()).undecided


def test_a_sign_in_url_that_leads_nowhere_any_more_is_saved_anew() -> None:
    """The account has another alias now, or none."""
    old = replace(SAVED, sign_in_url="https://acme.signin.aws.amazon.com/console")
    assert steps(planned(an_observed_user(a_key()), old)) == [("update_sign_in_url", URL)]
    assert steps(planned(an_observed_user(a_key()), replace(SAVED, sign_in_url=URL))) == []
    # A new password is saved with it.
    always = planned(an_observed_user(a_key()), old, update_password="always")
    assert steps(always) == [("update_login_profile", "a generated password")]


# The access key ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [THEIRS, BARE])
@pytest.mark.parametrize(
    ("mine", "saved", "left"),
    [((a_key(),), SAVED, []), ((), OnFile(password=True), [("create_access_key", "")])],
)
def test_others_keys_are_never_touched(
    key: AccessKey, mine: tuple[AccessKey, ...], saved: OnFile, left: list[tuple[str, str]]
) -> None:
    for lost_secret in ("keep", "fail", "replace"):
        assert steps(planned(an_observed_user(key, *mine), saved, lost_secret=lost_secret)) == left


@pytest.mark.parametrize(
    ("keys", "lost_secret", "left"),
    [
        ((LOST,), "keep", []),
        ((LOST, THEIRS), "keep", []),
        # The new key first, so that its owner is never without one ...
        ((LOST,), "replace", [("create_access_key", ""), ("delete_lost_access_key", "AKIALOST")]),
        # ... unless there is no room for both.
        ((LOST, THEIRS), "replace", [("delete_lost_access_key", "AKIALOST"), ("create_access_key", "")]),
        (
            (LOST, a_key("AKIALOST2")),
            "replace",
            [
                ("delete_lost_access_key", "AKIALOST"),
                ("delete_lost_access_key", "AKIALOST2"),
                ("create_access_key", ""),
            ],
        ),
        ((THEIRS,), "replace", [("create_access_key", "")]),
        ((BARE,), "fail", [("create_access_key", "")]),
    ],
)
def test_a_lost_secret(keys: tuple[AccessKey, ...], lost_secret: str, left: list[tuple[str, str]]) -> None:
    assert steps(planned(an_observed_user(*keys), OnFile(password=True), lost_secret=lost_secret)) == left


def test_a_lost_secret_may_be_a_failure() -> None:
    one = planned(an_observed_user(LOST, login_profile=None), OnFile(password=True), lost_secret="fail")
    assert one.changes == (), "nothing is done by halves"
    assert len(one.problems) == 1
    assert "AKIALOST" in one.problems[0]


@pytest.mark.parametrize(
    ("keys", "saved", "left"),
    [
        ((BARE,), OnFile(True, "", ASKED), [("delete_orphaned_access_key", "AKIABARE"), ("create_access_key", "")]),
        (
            (BARE, THEIRS),
            OnFile(True, "", ASKED),
            [("delete_orphaned_access_key", "AKIABARE"), ("create_access_key", "")],
        ),
        (
            (BARE, a_key("AKIABARE2", None)),
            OnFile(True, "", Intent(access_key=True, known_access_key_ids=("AKIABARE",))),
            [("delete_orphaned_access_key", "AKIABARE2"), ("create_access_key", "")],
        ),
        # Asked twice, the second one came through.
        ((BARE, a_key()), OnFile(True, "AKIASAVED", ASKED), [("delete_orphaned_access_key", "AKIABARE")]),
        # Interrupted after it was saved: what is left is to describe it.
        (
            (a_key("AKIASAVED", None),),
            OnFile(True, "AKIASAVED", ASKED),
            [("describe_access_key", "AKIASAVED"), ("settle_intent", "")],
        ),
        # Interrupted before AWS was asked at all.
        ((), OnFile(True, "", ASKED), [("create_access_key", "")]),
        ((a_key(),), OnFile(True, "AKIASAVED", ASKED), [("settle_intent", "")]),
    ],
)
def test_after_an_interrupted_run(keys: tuple[AccessKey, ...], saved: OnFile, left: list[tuple[str, str]]) -> None:
    assert steps(planned(an_observed_user(*keys), saved)) == left


def test_a_key_on_file_that_aws_refuses_is_not_replaced_behind_ones_back() -> None:
    one = planned(an_observed_user(a_key(status="Inactive")), SAVED)
    assert one.changes == ()
    assert "is saved, but it is Inactive" in one.problems[0]


# Access that was revoked ---------------------------------------------------------------------------------------------

REVOKED = OURS | {"revoked": "2026-07-01"}
TAKEN = a_key(status="Inactive")


@pytest.mark.parametrize("keys", [(TAKEN,), (), (TAKEN, THEIRS)])
@pytest.mark.parametrize("wanted", [{}, {"update_password": "always"}, {"lost_secret": "replace"}])
def test_access_that_was_revoked_stays_so(keys: tuple[AccessKey, ...], wanted: dict[str, t.Any]) -> None:
    """Whatever else is missing: a run for the class must not give back what was taken from one on purpose."""
    observed = an_observed_user(*keys, tags=REVOKED, login_profile=None, attached_policies=())
    one = planned(observed, SAVED, **wanted)
    assert steps(one) == []
    assert "access of 'anna' was revoked on 2026-07-01 and remains revoked" in one.warnings[0]


@pytest.mark.parametrize(
    ("keys", "saved", "left"),
    [
        ((TAKEN,), SAVED, [("create_access_key", ""), ("delete_revoked_access_key", "AKIASAVED")]),
        # There is no room for both.
        ((TAKEN, THEIRS), SAVED, [("delete_revoked_access_key", "AKIASAVED"), ("create_access_key", "")]),
        ((), SAVED, [("create_access_key", "")]),
        ((a_key(),), SAVED, []),
    ],
    ids=["inactive", "no-room", "deleted", "active"],
)
def test_access_is_given_again_where_that_is_asked_for(
    keys: tuple[AccessKey, ...], saved: OnFile, left: list[tuple[str, str]]
) -> None:
    observed = an_observed_user(*keys, tags=REVOKED, login_profile=None)
    profile = ("create_login_profile", "a generated password")
    assert steps(planned(observed, saved, restore_access=True)) == [("lift_revocation", ""), profile, *left]


def test_a_stranger_that_carries_such_a_tag_was_not_revoked_by_us() -> None:
    stranger = an_observed_user(TAKEN, tags={"revoked": "2026-07-01"})
    assert "is not managed by this collection" in planned(stranger, SAVED).problems[0]
    assert "lift_revocation" not in [
        action for action, _subject in steps(planned(stranger, SAVED, adopt_existing=True, restore_access=True))
    ]


# What is said --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("observed", "saved", "wanted", "said"),
    [
        (None, NOTHING, {"console_password": f"={SECRET}"}, "begins with a character that a spreadsheet runs"),
        (None, NOTHING, {"name": "a,b"}, "user 'a,b' is left out of aws_configure_import.csv"),
        (an_observed_user(), SAVED, {}, "the saved access key AKIASAVED of 'anna' no longer exists in AWS"),
    ],
)
def test_warnings(observed: User | None, saved: OnFile, wanted: dict[str, t.Any], said: str) -> None:
    (warning,) = planned(observed, saved, **wanted).warnings
    assert said in warning
    assert SECRET not in warning


@pytest.mark.parametrize(
    ("observed", "saved", "wanted"),
    [
        (an_observed_user(a_key()), OnFile(access_key_id="AKIASAVED"), {"update_password": "always"}),
        (an_observed_user(a_key()), SAVED, {"console_password": f"={SECRET}"}),
        (an_observed_user(LOST), OnFile(password=True), {"lost_secret": "replace"}),
        (an_observed_user(a_key(), LOST), SAVED, {}),
        (an_observed_user(THEIRS, BARE), OnFile(True, "", ASKED), {}),
        (None, SAVED, {}),
    ],
)
def test_no_warning(observed: User | None, saved: OnFile, wanted: dict[str, t.Any]) -> None:
    assert planned(observed, saved, **wanted).warnings == ()


def test_a_plan_is_said_to_people_without_a_secret() -> None:
    one = planned(console_password=SECRET)
    assert SECRET not in repr(one)
    assert one.sentences[-2:] == [
        "enable console sign-in for anna with the password that was given",
        "create an access key for anna and save its secret",
    ]


def test_a_plan_knows_what_was_on_file_when_it_was_made() -> None:
    """Another run may have saved something since."""
    for one in (planned(an_observed_user(), SAVED), planned(None, SAVED, name="no blanks")):
        assert one.on_file == SAVED


# A moment after it was made ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "missing"),
    [
        (an_observed_user(a_key(), permissions_boundary=BOUNDARY), []),
        # Of login profiles and lists of keys, AWS may say for minutes what was before.
        (
            an_observed_user(login_profile=None, permissions_boundary=BOUNDARY, tags=OURS | {"AKIASAVED": DESCRIPTION}),
            [],
        ),
        (an_observed_user(a_key()), ["put_permissions_boundary"]),
        (
            an_observed_user(a_key(), permissions_boundary=BOUNDARY, attached_policies=(FULL,)),
            ["attach_user_policy"],
        ),
        (an_observed_user(a_key(), permissions_boundary=BOUNDARY, tags={}), ["tag_user"]),
        (an_observed_user(a_key("AKIASAVED", None), permissions_boundary=BOUNDARY), ["describe_access_key"]),
        (None, ["create_user", "attach_user_policy", "attach_user_policy"]),
    ],
    ids=["all", "secrets", "boundary", "policy", "tag", "description", "user"],
)
def test_what_aws_does_not_show_a_moment_later(seen: User | None, missing: list[str]) -> None:
    one = planned(permissions_boundary=BOUNDARY)
    found = still_missing(one, seen, "AKIASAVED", an_account())
    assert [change.action for change in found] == missing
    assert all(change.fault for change in found), "each can be said"


# Without an access key ----------------------------------------------------------------------------------------------


def test_a_new_user_without_a_key() -> None:
    one = planned(access_key=False)
    assert one.asks_for == ["login_profile"]
    assert not one.has("create_access_key")
    assert one.warnings == ()
    assert planned(an_observed_user(), OnFile(password=True), access_key=False).changes == ()


@pytest.mark.parametrize(
    ("keys", "saved", "told"),
    [
        ((a_key(),), SAVED, "access key AKIASAVED (Active) exists and is kept; to delete it: "),
        ((LOST,), OnFile(password=True), "access key AKIALOST (Active) exists and is kept"),
        (
            (),
            SAVED,
            "access key AKIASAVED is still saved, although AWS no longer has it; to move it to superseded: ",
        ),
    ],
)
def test_a_key_that_is_not_wanted_is_kept_and_named(keys: tuple[AccessKey, ...], saved: OnFile, told: str) -> None:
    one = planned(an_observed_user(*keys), saved, access_key=False)
    assert (one.changes, one.undecided) == ((), ())
    (warning,) = one.warnings
    assert warning.startswith(f"invoice_iam_user_access_key is false for 'anna', but {told}")
    assert "invoice_iam_user_delete_access_key=true" in warning


def test_a_key_that_is_not_wanted_is_deleted_where_that_is_asked_for() -> None:
    wish = {"access_key": False, "delete_access_key": True}
    saved = replace(SAVED, missing=Missing(access_key="anna_accessKeys.csv"))
    one = planned(an_observed_user(a_key(), THEIRS), saved, **wish)
    assert steps(one) == [("delete_unwanted_access_key", "AKIASAVED"), ("set_access_key_aside", "AKIASAVED")]
    assert one.warnings == ()
    assert steps(planned(an_observed_user(LOST), OnFile(password=True), **wish)) == [
        ("delete_unwanted_access_key", "AKIALOST")
    ]
    assert planned(an_observed_user(THEIRS), OnFile(password=True), **wish).changes == ()
    # A run was interrupted after the deletion.
    assert steps(planned(an_observed_user(), SAVED, **wish)) == [("set_access_key_aside", "AKIASAVED")]


def test_what_is_wrong_with_a_key_does_not_matter_to_who_is_to_have_none() -> None:
    inactive = an_observed_user(a_key(status="Inactive"), THEIRS)
    assert planned(inactive, SAVED, access_key=False).problems == ()
    assert planned(an_observed_user(LOST), NOTHING, access_key=False, lost_secret="fail").problems == ()
    orphan = replace(NOTHING, password=True, intent=ASKED)
    assert steps(planned(an_observed_user(BARE), orphan, access_key=False)) == [
        ("delete_orphaned_access_key", "AKIABARE")
    ]


def test_a_key_that_is_wanted_is_not_to_be_deleted() -> None:
    (problem,) = planned(delete_access_key=True).problems
    assert problem == (
        "invoice_iam_user_access_key and invoice_iam_user_delete_access_key are both true; set one of them to false"
    )
