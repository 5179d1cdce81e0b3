# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import datetime
import json
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans import class_hours, provisioning
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.class_hours import ClassPolicy
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.hours import Hours
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import OnFile
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    ACCOUNT_ID,
    POLICIES,
    SAVED,
    a_key,
    a_wanted_user,
    an_account,
    an_observed_user,
)

NAME = "InvoiceScannerHours-spring"
ARN = f"arn:aws:iam::{ACCOUNT_ID}:policy/{NAME}"
NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
OPENS = NOW + datetime.timedelta(days=1)
CLOSES = NOW + datetime.timedelta(days=5)
HOURS = Hours(OPENS, CLOSES)
WITH_HOURS = an_account(managed_policies={**POLICIES, NAME: ARN})


def said(*versions: str, default: str, hours: Hours = HOURS) -> dict[str, t.Any]:
    """What GetAccountAuthorizationDetails says of the policy of a class."""
    listed = [
        {"VersionId": one, "IsDefaultVersion": one == default, "Document": hours.document if one == default else {}}
        for one in versions
    ]
    return {"PolicyName": NAME, "Arn": ARN, "AttachmentCount": 3, "PolicyVersionList": listed}


# The policy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("versions", "default", "going"),
    [
        (["v1"], "v1", []),
        (["v4", "v3", "v2", "v1"], "v4", []),
        (["v5", "v4", "v3", "v2", "v1"], "v5", ["v1"]),
        (["v5", "v4", "v3", "v2", "v1"], "v1", ["v2"]),
        (["v11", "v10", "v9", "v8", "v7"], "v11", ["v7"]),
        (["v11", "v10", "v9", "v2", "v12"], "v12", ["v2"]),
    ],
)
def test_the_oldest_of_five_versions_goes_and_never_the_default(
    versions: list[str], default: str, going: list[str]
) -> None:
    policy = ClassPolicy.read(said(*versions, default=default))
    assert policy.going == going
    assert (policy.hours, policy.attached) == (HOURS, 3)


def test_a_policy_of_somebody_else_has_no_hours() -> None:
    answer = said("v1", default="v1")
    answer["PolicyVersionList"][0]["Document"] = {"Version": "2012-10-17", "Statement": []}
    assert ClassPolicy.read(answer).hours is None
    assert "somebody else created or changed it" in class_hours.foreign(NAME)


def test_it_is_made_with_the_tag_by_which_a_removal_knows_it() -> None:
    call = class_hours.creation("spring", HOURS)
    assert call.parameters["PolicyName"] == NAME
    assert {"Key": "managed-by", "Value": "invoice_scanner.iam"} in call.parameters["Tags"]
    assert Hours.of_document(call.parameters["PolicyDocument"]) == HOURS


@pytest.mark.parametrize(
    ("action", "wish", "goal"),
    [
        ("set", None, HOURS),
        ("pause", Hours(opens=CLOSES), Hours(OPENS, CLOSES, paused=True)),
        ("resume", None, HOURS),
        ("set", Hours(opens=NOW), Hours(NOW, CLOSES)),
        ("set", Hours(closes=NOW), Hours(OPENS, NOW)),
    ],
)
@pytest.mark.parametrize("paused", [True, False])
def test_what_was_not_said_stays(action: str, wish: Hours | None, goal: Hours, paused: bool) -> None:
    now = Hours(OPENS, CLOSES, paused)
    stays = paused if action == "set" else goal.paused
    assert class_hours.changed(now, action, wish) == Hours(goal.opens, goal.closes, stays)


def test_hours_that_differ_are_said_with_both_times() -> None:
    assert class_hours.differing("spring", Hours(closes=CLOSES), HOURS) is None
    assert class_hours.differing("spring", None, HOURS) is None
    assert class_hours.differing("spring", Hours(opens=NOW, closes=CLOSES), Hours(closes=NOW)) == (
        "class 'spring' opens at once (the variables say 2026-03-01T00:00:00Z) and closes at 2026-03-01T00:00:00Z "
        "(the variables say 2026-03-06T00:00:00Z)"
    )


# In the plan of a user ----------------------------------------------------------------------------------------------


def test_a_member_is_closed_out_before_it_is_allowed_anything() -> None:
    wanted = class_hours.with_policy(a_wanted_user(class_name="spring", hours=HOURS), WITH_HOURS)
    plan = provisioning.plan(wanted, None, OnFile(), WITH_HOURS)
    attached = [change.subject for change in plan.changes if change.action == "attach_user_policy"]
    assert attached[0] == ARN
    assert len(attached) == 3
    actions = [change.action for change in plan.changes]
    assert actions.index("attach_user_policy") < actions.index("create_login_profile")


def test_a_latecomer_gets_the_hours_of_the_class_though_nobody_says_them_again() -> None:
    late = class_hours.with_policy(a_wanted_user(class_name="spring"), WITH_HOURS)
    assert late.managed_policies[0] == NAME
    assert class_hours.with_policy(late, WITH_HOURS) == late


def test_who_has_no_class_or_one_without_hours_gets_no_policy() -> None:
    for wanted in (a_wanted_user(), a_wanted_user(class_name="autumn")):
        assert class_hours.with_policy(wanted, WITH_HOURS) == wanted


def test_to_purge_policies_opens_no_class() -> None:
    user = an_observed_user(a_key(), tags={"managed-by": "invoice_scanner.iam", "workshop-class": "spring"})
    attached = an_observed_user(a_key(), tags=dict(user.tags), attached_policies=(*user.attached_policies, ARN))
    wanted = class_hours.with_policy(a_wanted_user(class_name="spring", purge_policies=True), WITH_HOURS)
    assert provisioning.plan(wanted, attached, SAVED, WITH_HOURS).changes == ()


def test_the_policy_counts_against_the_quota_of_a_user() -> None:
    account = an_account(
        managed_policies=WITH_HOURS.managed_policies, summary={"AttachedPoliciesPerUserQuota": 2, "Users": 1}
    )
    wanted = class_hours.with_policy(a_wanted_user(class_name="spring"), account)
    (problem,) = provisioning.plan(wanted, None, OnFile(), account).problems
    assert "would have 3 managed policies; account 123456789012 allows 2 a user" in problem


def test_nobody_without_our_tag_gets_the_policy() -> None:
    stranger = an_observed_user(a_key(), tags={})
    wanted = class_hours.with_policy(a_wanted_user(class_name="spring", hours=HOURS), WITH_HOURS)
    plan = provisioning.plan(wanted, stranger, SAVED, WITH_HOURS)
    assert plan.changes == ()
    assert "is not managed by this collection" in plan.problems[0]
    adopted = class_hours.with_policy(a_wanted_user(class_name="spring", adopt_existing=True), WITH_HOURS)
    actions = [change.action for change in provisioning.plan(adopted, stranger, SAVED, WITH_HOURS).changes]
    assert actions.index("tag_user") < actions.index("attach_user_policy")


# What is wrong with a class -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "account", "said"),
    [
        ([HOURS, Hours(OPENS)], an_account(), "users of class 'spring' have different hours, such as 'anna' and 'ben'"),
        (
            [Hours(closes=NOW)],
            an_account(),
            "class 'spring': invoice_iam_user_closes is 2026-03-01T00:00:00Z, which has",
        ),
        (
            [HOURS],
            an_account(managed_policies={NAME.upper(): ARN}),
            "the policy name InvoiceScannerHours-spring is taken: there is a policy INVOICESCANNERHOURS-SPRING",
        ),
        (
            [HOURS],
            an_account(summary={"Policies": 7, "PoliciesQuota": 7}),
            "has no room for the policy of a class's hours",
        ),
    ],
)
def test_what_is_wrong_with_a_class_is_said_once(hours: list[Hours], account: t.Any, said: str) -> None:
    users = [
        a_wanted_user(name=name, class_name="spring", hours=one)
        for name, one in zip(("anna", "ben"), hours, strict=False)
    ]
    (problem,) = class_hours.problems([*users, a_wanted_user(name="nobody")], account, 1, NOW)
    assert said in problem


def test_nothing_is_wrong_with_a_class_that_agrees() -> None:
    users = [a_wanted_user(name=name, class_name="spring", hours=HOURS) for name in ("anna", "ben")]
    assert class_hours.problems(users, an_account(), 1, NOW) == []
    assert json.loads(class_hours.document(HOURS)) == HOURS.document
    assert "run the playbook class or setup with invoice_iam_user_closes" in class_hours.no_policy("spring", ACCOUNT_ID)
