# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""From a key that is to be replaced, and what is there, to an ordered list of changes."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans import change as _change
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.change import UserPlan
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.provisioning import plan
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.rotation import Rotation
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent, OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import AccessKey, User
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    DESCRIPTION,
    OURS,
    SAVED,
    SINCE,
    a_key,
    a_wanted_user,
    an_account,
    an_observed_user,
)

# The keys of C(values) were made on the second of January.
NOW = datetime.datetime.fromisoformat(SINCE) + datetime.timedelta(days=10)
KEY = a_key()
OLD = a_key("AKIAOLD")
BARE = a_key("AKIABARE", None)
THEIRS = a_key("AKIATHEIRS", "for CI")
RETIRED = a_key("AKIARETIRED", "rotated 2026-01-05", "Inactive")
AGAIN = a_key("AKIARETIRED", "rotated 2026-01-05")
# Of a run that made the key on file, and of one that did not get so far
ASKED = OnFile(True, "AKIASAVED", Intent(access_key=True, known_access_key_ids=("AKIAOLD",)))
ASKING = OnFile(True, "AKIASAVED", Intent(access_key=True, known_access_key_ids=("AKIASAVED",)))
WHOLE = ["create_access_key", "deactivate_access_key AKIASAVED", "delete_rotated_access_key AKIASAVED"]
GRACE = ["create_access_key", "deactivate_access_key AKIASAVED", "retire_access_key AKIASAVED"]


def planned(observed: User | None, saved: OnFile = SAVED, **options: t.Any) -> UserPlan:
    return Rotation(NOW, **options).plan(a_wanted_user(), observed, saved, an_account())


def steps(one: UserPlan) -> list[str]:
    assert one.problems == ()
    return [f"{change.action} {change.subject}".strip() for change in one.changes]


def problem(one: UserPlan) -> str:
    assert one.changes == ()
    (found,) = one.problems
    return found


def test_the_new_key_first() -> None:
    assert steps(planned(an_observed_user(KEY))) == WHOLE
    assert planned(an_observed_user(KEY)).asks_for == ["access_key"]


def test_a_key_that_is_not_wanted_is_not_exchanged() -> None:
    for user in (an_observed_user(KEY), an_observed_user()):
        one = Rotation(NOW).plan(a_wanted_user(access_key=False), user, SAVED, an_account())
        assert (one.changes, one.problems) == ((), ())
        told = "invoice_iam_user_access_key is false for 'anna', so no access key is rotated"
        assert one.warnings == (told,)


def test_with_a_grace_period_the_old_key_stays_and_says_since_when() -> None:
    one = planned(an_observed_user(KEY), grace_days=7)
    assert steps(one) == GRACE
    assert one.changes[-1] == _change.retire_access_key("anna", "AKIASAVED", "rotated 2026-01-12")


@pytest.mark.parametrize(("days", "rotated"), [(0, True), (10, True), (11, False)])
def test_by_age(days: int, rotated: bool) -> None:
    assert steps(planned(an_observed_user(KEY), older_than_days=days)) == (WHOLE if rotated else [])


@pytest.mark.parametrize(("days", "over"), [(0, True), (7, True), (8, False)])
def test_the_end_of_a_grace_period_does_not_depend_on_the_age(days: int, over: bool) -> None:
    one = planned(an_observed_user(RETIRED, KEY), older_than_days=90, grace_days=days)
    assert steps(one) == (["delete_rotated_access_key AKIARETIRED"] if over else [])


def test_a_rotated_key_that_somebody_activated_again_is_kept() -> None:
    one = planned(an_observed_user(KEY, AGAIN), older_than_days=99)
    assert steps(one) == []
    said = "access key AKIARETIRED of 'anna' was rotated on 2026-01-05 and is active again, so it is kept; "
    assert one.warnings == (f"{said}delete it in IAM when nobody needs it any more",)


@pytest.mark.parametrize("delete_other_key", [False, True])
def test_a_rotated_key_that_somebody_activated_again_is_in_the_way_and_ours_all_the_same(
    delete_other_key: bool,
) -> None:
    """Who agrees to lose a key of somebody else has not agreed to lose one that is in use again."""
    one = planned(an_observed_user(KEY, AGAIN), delete_other_key=delete_other_key)
    assert problem(one) == (
        "user 'anna' has another access key, AKIARETIRED (rotated earlier), and AWS allows two; somebody activated "
        "it again: delete it in IAM when nobody needs it any more"
    )


@pytest.mark.parametrize("keys", [(KEY, AGAIN, THEIRS), (KEY, THEIRS, AGAIN)])
def test_of_several_keys_in_the_way_the_stranger_s_goes(keys: tuple[AccessKey, ...]) -> None:
    """AWS may allow more keys to an account."""
    three = an_account(summary={"AccessKeysPerUserQuota": 3})
    rotation = Rotation(NOW, delete_other_key=True)
    one = rotation.plan(a_wanted_user(), an_observed_user(*keys), SAVED, three)
    assert steps(one) == ["delete_other_access_key AKIATHEIRS", *WHOLE]
    refused = Rotation(NOW).plan(a_wanted_user(), an_observed_user(*keys), SAVED, three)
    told = {"AKIATHEIRS (created elsewhere)", "AKIARETIRED (rotated earlier)"}
    assert told == set(problem(refused).split("access key, ")[1].split(", and AWS")[0].split(" and "))
    assert "invoice_iam_user_rotate_delete_other_key=true" in problem(refused)


def test_our_own_key_in_its_grace_period_gives_way() -> None:
    one = planned(an_observed_user(RETIRED, KEY), grace_days=30)
    assert steps(one) == ["delete_rotated_access_key AKIARETIRED", *GRACE]


def test_an_undescribed_key_is_described_first() -> None:
    assert steps(planned(an_observed_user(a_key(description=None)))) == ["describe_access_key AKIASAVED", *WHOLE]


@pytest.mark.parametrize("key", [THEIRS, BARE], ids=lambda key: key.id)
def test_a_key_of_somebody_else_is_in_the_way(key: AccessKey) -> None:
    observed = an_observed_user(KEY, key)
    said = f"has another access key, {key.id} (created elsewhere), and AWS allows two; delete it"
    assert said in problem(planned(observed))
    assert "invoice_iam_user_rotate_delete_other_key=true" in problem(planned(observed))
    assert steps(planned(observed, delete_other_key=True)) == [f"delete_other_access_key {key.id}", *WHOLE]


def test_a_key_of_somebody_else_that_is_not_in_the_way() -> None:
    assert steps(planned(an_observed_user(KEY, THEIRS), older_than_days=90, delete_other_key=True)) == []


@pytest.mark.parametrize("saved", [SAVED, ASKED], ids=["settled", "asked"])
def test_what_an_interrupted_rotation_began_is_finished(saved: OnFile) -> None:
    assert steps(planned(an_observed_user(OLD, KEY), saved)) == [
        "prove_access_key AKIASAVED",
        "deactivate_access_key AKIAOLD",
        "delete_rotated_access_key AKIAOLD",
        *(["settle_intent"] if saved.intent else []),
    ]


def test_the_key_of_an_interrupted_run_is_not_rotated_once_more() -> None:
    assert steps(planned(an_observed_user(KEY), ASKED)) == ["prove_access_key AKIASAVED", "settle_intent"]
    bare = an_observed_user(a_key(description=None))
    assert steps(planned(bare, ASKED)) == [
        "describe_access_key AKIASAVED",
        "prove_access_key AKIASAVED",
        "settle_intent",
    ]


def test_an_orphan_goes_before_a_key_is_made() -> None:
    assert steps(planned(an_observed_user(KEY, BARE), ASKING)) == ["delete_orphaned_access_key AKIABARE", *WHOLE]


def test_a_key_whose_secret_is_lost_is_replaced() -> None:
    made = ["create_access_key", "deactivate_access_key AKIAOLD", "delete_rotated_access_key AKIAOLD"]
    assert steps(planned(an_observed_user(OLD), OnFile())) == made


def test_a_description_without_its_key_goes() -> None:
    gone = {"AKIAGONEGONEGONEGONE": DESCRIPTION, "AKIATHEIRSTHEIRSTHEI": "for CI", "team": DESCRIPTION}
    observed = an_observed_user(KEY, tags=OURS | {"AKIASAVED": DESCRIPTION} | gone)
    assert steps(planned(observed, older_than_days=90)) == ["remove_description AKIAGONEGONEGONEGONE"]


@pytest.mark.parametrize("keys", [(KEY,), (a_key(status="Inactive"),), ()])
def test_the_key_of_who_was_revoked_is_not_exchanged(keys: tuple[AccessKey, ...]) -> None:
    one = planned(an_observed_user(*keys, tags=OURS | {"revoked": "2026-07-01"}))
    assert steps(one) == []
    (warning,) = one.warnings
    assert "access of 'anna' was revoked on 2026-07-01 and remains revoked" in warning


def test_whom_it_refuses() -> None:
    assert "there is no IAM user 'anna'" in problem(planned(None))
    assert "is not managed by this collection" in problem(planned(an_observed_user(KEY, tags={})))
    assert "has no access key of this collection" in problem(planned(an_observed_user(THEIRS)))
    assert problem(planned(an_observed_user(KEY), OnFile(True, "AKIASAVED", other_run="wait"))) == "wait"
    forgotten = OnFile(True, "AKIASAVED", Intent(login_profile=True))
    assert "may have set a console password of 'anna'" in problem(planned(an_observed_user(KEY), forgotten))


@pytest.mark.parametrize("saved", [SAVED, ASKED], ids=["settled", "asked"])
def test_a_retired_key_is_neither_lost_nor_an_orphan_to_provisioning(saved: OnFile) -> None:
    one = plan(a_wanted_user(), an_observed_user(RETIRED, KEY), saved, an_account())
    assert one.problems == ()
    assert [change.action for change in one.changes] == (["settle_intent"] if saved.intent else [])
