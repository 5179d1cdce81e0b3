# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What is wrong with a user, what mends it, and what is only remarked."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.change import Check
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.provisioning import plan
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.verification import (
    RIGHT,
    UNKNOWN,
    WRONG,
    Finding,
    Verification,
    table,
    verify,
    wanted_to_verify,
    with_hours,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.command import CLASS, HOURS, ROTATE
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent, OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import Proof, User
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    BOUNDARY,
    DESCRIPTION,
    FULL,
    OURS,
    READ_ONLY,
    SAVED,
    a_key,
    a_wanted_user,
    an_account,
    an_observed_user,
)

KEY = a_key()
GOOD = an_observed_user(KEY)
ANSWERS = Proof(GOOD.arn)
REFUSED = Proof(refusal="AWS refuses access key AKIASAVED (InvalidClientTokenId)")
REPLACE, PASSWORD = "invoice_iam_user_lost_secret=replace", "invoice_iam_user_update_password=always"


def verified(user: User | None, saved: OnFile = SAVED, proof: Proof | None = ANSWERS, **wanted: t.Any) -> Verification:
    account = an_account()
    wish = wanted_to_verify(a_wanted_user(**wanted))
    return verify(plan(wish, user, saved, account), account, proof)


def wrong(one: Verification) -> set[Check]:
    return {check for check, state in one.checks.items() if state == WRONG}


def test_a_user_for_whom_all_is_done() -> None:
    one = verified(GOOD)
    assert (one.user_name, one.findings, one.remarks) == ("anna", (), ())
    assert one.checks == dict.fromkeys(Check, RIGHT)


@pytest.mark.parametrize(
    ("user", "saved", "proof", "wanted", "found"),
    [
        (
            an_observed_user(KEY, path="/old/"),
            SAVED,
            ANSWERS,
            {"path": "/class/"},
            [Finding(Check.USER, "the path of 'anna' is not /class/", CLASS)],
        ),
        (
            an_observed_user(KEY, attached_policies=(FULL,)),
            SAVED,
            ANSWERS,
            {"managed_policies": (FULL, "AmplifyAdminPolicy"), "permissions_boundary": BOUNDARY},
            [
                Finding(Check.POLICIES, f"the permissions boundary of 'anna' is not {BOUNDARY}", CLASS),
                Finding(
                    Check.POLICIES,
                    "policy arn:aws:iam::123456789012:policy/AmplifyAdminPolicy is not attached to 'anna'",
                    CLASS,
                ),
            ],
        ),
        (
            an_observed_user(KEY, login_profile=None),
            SAVED,
            ANSWERS,
            {},
            [Finding(Check.SIGN_IN, "'anna' cannot sign in to the console", CLASS)],
        ),
        (
            an_observed_user(),
            OnFile(password=True),
            None,
            {},
            [Finding(Check.ACCESS_KEY, "'anna' has no access key whose secret is saved", CLASS)],
        ),
        (
            an_observed_user(a_key("AKIASAVED", None)),
            SAVED,
            ANSWERS,
            {},
            [Finding(Check.ACCESS_KEY, "access key AKIASAVED of 'anna' does not have the wanted description", CLASS)],
        ),
        (
            GOOD,
            OnFile(access_key_id="AKIASAVED"),
            ANSWERS,
            {},
            [Finding(Check.ON_FILE, "the console password of 'anna' is not saved", CLASS, PASSWORD)],
        ),
        (
            GOOD,
            OnFile(password=True),
            None,
            {},
            [Finding(Check.ON_FILE, "the secret of access key AKIASAVED of 'anna' is not saved", CLASS, REPLACE)],
        ),
        (
            an_observed_user(KEY, a_key("AKIAOLD")),
            SAVED,
            ANSWERS,
            {},
            [Finding(Check.ACCESS_KEY, "'anna' has access key AKIAOLD as well as the saved one", ROTATE)],
        ),
        (
            an_observed_user(KEY, replace(a_key("AKIANEW"), create_date="2099-01-01T00:00:00+00:00")),
            SAVED,
            ANSWERS,
            {},
            [
                Finding(
                    Check.ACCESS_KEY,
                    "'anna' has access key AKIANEW as well as the saved one, and it is newer; delete it in IAM when "
                    "nobody uses it",
                )
            ],
        ),
        (
            GOOD,
            SAVED,
            REFUSED,
            {},
            [
                Finding(
                    Check.ANSWERS,
                    "the saved access key of 'anna' does not work: AWS refuses access key AKIASAVED "
                    "(InvalidClientTokenId)",
                    ROTATE,
                    "invoice_iam_user_rotate_older_than_days=0",
                )
            ],
        ),
        (
            GOOD,
            SAVED,
            Proof("arn:aws:iam::123456789012:user/bert"),
            {},
            [
                Finding(
                    Check.ANSWERS,
                    "the saved access key of 'anna' belongs to arn:aws:iam::123456789012:user/bert",
                    CLASS,
                    REPLACE,
                )
            ],
        ),
        (
            an_observed_user(),
            SAVED,
            REFUSED,
            {},
            [
                Finding(Check.ACCESS_KEY, "'anna' has no access key whose secret is saved", CLASS),
                Finding(Check.ACCESS_KEY, "the saved access key AKIASAVED of 'anna' is gone from AWS", CLASS),
            ],
        ),
        (
            GOOD,
            OnFile(True, "AKIASAVED", Intent(access_key=True)),
            ANSWERS,
            {},
            [Finding(Check.ON_FILE, "the record of an interrupted run for 'anna' is still there", CLASS)],
        ),
        # Nothing else needs to be said of a user that does not exist.
        (None, OnFile(), None, {}, [Finding(Check.USER, "user 'anna' does not exist", CLASS)]),
    ],
    ids=[
        "path",
        "policies",
        "sign-in",
        "no-key",
        "description",
        "password-lost",
        "secret-lost",
        "left-over",
        "newer",
        "refused",
        "somebody-elses",
        "gone-from-aws",
        "note",
        "nobody",
    ],
)
def test_what_is_wrong_and_what_mends_it(
    user: User | None, saved: OnFile, proof: Proof | None, wanted: dict[str, t.Any], found: list[Finding]
) -> None:
    one = verified(user, saved, proof, **wanted)
    assert list(one.findings) == found
    assert wrong(one) == {finding.check for finding in found}
    for finding in found:
        assert "'anna'" in finding.sentence
        assert "\n" not in finding.sentence


@pytest.mark.parametrize(
    ("user", "wanted", "check", "said"),
    [
        (GOOD, {"managed_policies": ("Nope",)}, Check.POLICIES, "there is no managed policy 'Nope'"),
        (an_observed_user(a_key(status="Inactive")), {}, Check.ACCESS_KEY, "is saved, but it is Inactive"),
        (an_observed_user(KEY, tags={}), {}, Check.USER, "is not managed by this collection"),
        (GOOD, {"path": "x"}, Check.USER, "the path 'x' is not valid"),
    ],
)
def test_what_a_run_would_refuse_is_sorted_by_what_it_is_about(
    user: User, wanted: dict[str, t.Any], check: Check, said: str
) -> None:
    """Each says by itself what to do: no playbook mends it."""
    one = verified(user, **wanted)
    (finding,) = one.findings
    assert said in finding.sentence
    assert (finding.check, finding.command("anna")) == (check, "")
    assert wrong(one) == {check}


@pytest.mark.parametrize(
    ("user", "proof", "answers", "others"),
    [(GOOD, None, UNKNOWN, RIGHT), (GOOD, ANSWERS, RIGHT, RIGHT), (None, None, UNKNOWN, UNKNOWN)],
)
def test_what_nobody_asked_is_not_known(user: User | None, proof: Proof | None, answers: str, others: str) -> None:
    one = verified(user, SAVED if user else OnFile(), proof)
    assert one.checks[Check.ANSWERS] == answers
    assert one.checks[Check.SIGN_IN] == one.checks[Check.ON_FILE] == others


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ({"console_password": "qzqz7", "update_password": "always"}, {"console_password": None}),
        ({"lost_secret": "fail"}, {"lost_secret": "keep"}),
        ({"lost_secret": "replace"}, {"lost_secret": "keep"}),
        ({"path": "/x/", "tags": {"a": "b"}}, {"path": "/x/", "tags": {"a": "b"}}),
    ],
)
def test_what_every_run_would_do_anew_is_no_fault(wanted: dict[str, t.Any], kept: dict[str, t.Any]) -> None:
    one = wanted_to_verify(a_wanted_user(**wanted))
    assert {name: getattr(one, name) for name in kept} == kept
    assert one.update_password == "on_create"


def test_a_lost_secret_is_one_fault_whatever_a_run_would_do_about_it() -> None:
    for lost_secret in ("keep", "fail", "replace"):
        one = verified(GOOD, OnFile(password=True), None, lost_secret=lost_secret)
        assert [finding.check for finding in one.findings] == [Check.ON_FILE]


def test_what_somebody_else_made_is_remarked_and_no_fault() -> None:
    user = an_observed_user(
        KEY,
        a_key("AKIATHEIRS", "for CI", "Inactive"),
        attached_policies=(FULL, READ_ONLY),
        permissions_boundary=BOUNDARY,
        inline_policies=["own"],
        groups=["staff"],
        mfa_devices=["arn:aws:iam::123456789012:mfa/anna"],
    )
    one = verified(user, managed_policies=(FULL,))
    assert (one.findings, wrong(one)) == ((), set())
    assert one.remarks == (
        "'anna' has another access key, AKIATHEIRS (Inactive)",
        f"'anna' has another policy, {READ_ONLY}",
        "'anna' has an inline policy, own",
        "'anna' is in group staff",
        "'anna' has an MFA device, arn:aws:iam::123456789012:mfa/anna",
        f"'anna' has a permissions boundary, {BOUNDARY}",
    )


@pytest.mark.parametrize(
    ("user", "saved", "wanted"),
    [
        (None, OnFile(), {}),
        # An orphan, and a key of ours whose secret is lost, are findings.
        (an_observed_user(a_key("AKIABARE", None)), OnFile(True, "", Intent(access_key=True)), {}),
        (an_observed_user(a_key("AKIALOST")), OnFile(password=True), {}),
        # What is to be detached is a finding, too.
        (an_observed_user(KEY, attached_policies=(FULL, READ_ONLY)), SAVED, {"purge_policies": True}),
        (an_observed_user(KEY, permissions_boundary=BOUNDARY), SAVED, {"permissions_boundary": BOUNDARY}),
    ],
)
def test_what_is_said_otherwise_is_not_remarked(user: User | None, saved: OnFile, wanted: dict[str, t.Any]) -> None:
    assert verified(user, saved, None, **wanted).remarks == ()


def test_access_that_was_revoked_on_purpose_is_no_fault() -> None:
    revoked = an_observed_user(
        a_key(status="Inactive"), tags=OURS | {"revoked": "2026-07-01"}, login_profile=None, attached_policies=()
    )
    one = verified(revoked, SAVED, None)
    assert (one.findings, one.remarks) == ((), ("access of 'anna' was revoked on 2026-07-01, on purpose",))
    assert one.checks == dict.fromkeys(Check, UNKNOWN) | {Check.USER: RIGHT}
    keeps_sign_in = an_observed_user(a_key(status="Inactive"), tags=OURS | {"revoked": "2026-07-01"})
    (remark,) = verified(keeps_sign_in, SAVED, None).remarks
    assert remark.endswith("revoked on 2026-07-01, on purpose, but 'anna' can still sign in to the console")


def test_where_policies_cannot_be_told_apart_none_is_remarked() -> None:
    """With a name that cannot be resolved, nobody knows which of those that are attached are meant."""
    one = verified(GOOD, managed_policies=("Nope",))
    assert one.remarks == ()


@pytest.mark.parametrize(
    ("finding", "command"),
    [
        (Finding(Check.USER, "x"), ""),
        (Finding(Check.USER, "x", CLASS), "ansible-playbook invoice_scanner.iam.class --limit seat-7"),
        (
            Finding(Check.ON_FILE, "x", CLASS, REPLACE),
            "ansible-playbook invoice_scanner.iam.class --limit seat-7 -e invoice_iam_user_lost_secret=replace",
        ),
    ],
)
def test_the_command_that_mends_it(finding: Finding, command: str) -> None:
    assert finding.command("seat-7") == command


def test_a_command_can_be_pasted_whatever_the_host_is_called() -> None:
    assert Finding(Check.USER, "x", CLASS).command("a;b c").endswith(r" --limit '~a\U0000003bb\U00000020c$'")


def test_a_table_for_people() -> None:
    tags = OURS | {"AKIASAVED": DESCRIPTION}
    everybody = [verified(GOOD), verified(an_observed_user(KEY, tags=tags, login_profile=None), proof=None)]
    assert table([*everybody, verified(None, OnFile(), None)]) == [
        "      user   sign-in  policies  access key  on file  answers",
        "anna  ok     ok       ok        ok          ok       ok",
        "anna  ok     WRONG    ok        ok          ok       -",
        "anna  WRONG  -        -         -           -        -",
    ]
    assert len(table([])) == 1


def test_a_class_that_is_paused_is_told_of_and_no_fault() -> None:
    one = with_hours(verified(GOOD), "class 'spring' is paused", None)
    assert (one.findings, one.remarks) == ((), ("class 'spring' is paused",))
    assert not wrong(one)
    assert with_hours(verified(GOOD), "", None) == verified(GOOD)


def test_other_hours_than_the_variables_say_are_a_fault_that_the_playbook_hours_mends() -> None:
    one = with_hours(verified(GOOD), "", "class 'spring' closes never")
    assert one.findings == (Finding(Check.POLICIES, "class 'spring' closes never", HOURS),)
    assert one.findings[0].command("anna") == "ansible-playbook invoice_scanner.iam.hours --limit anna"
    assert wrong(one) == {Check.POLICIES}


# Without an access key ----------------------------------------------------------------------------------------------


def test_who_is_to_have_no_key_lacks_none() -> None:
    one = verified(an_observed_user(), OnFile(password=True), None, access_key=False)
    assert (one.findings, one.remarks) == ((), ())
    checks = dict.fromkeys(Check, RIGHT) | dict.fromkeys((Check.ACCESS_KEY, Check.ANSWERS), UNKNOWN)
    assert one.checks == checks


def test_a_key_that_is_kept_is_remarked_and_one_that_is_to_go_is_wrong() -> None:
    kept = verified(GOOD, proof=None, access_key=False)
    assert kept.findings == ()
    told = "invoice_iam_user_access_key is false for 'anna', but its access key AKIASAVED (Active) is kept"
    assert kept.remarks == (told,)
    to_go = verified(GOOD, proof=None, access_key=False, delete_access_key=True)
    assert wrong(to_go) == {Check.ACCESS_KEY, Check.ON_FILE}
    assert {one.playbook for one in to_go.findings} == {CLASS}
