# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Look at many users at once, and plan each of them with all that is wrong."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import observe
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.planning import (
    Planner,
    Planning,
    account_for,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.change import UserPlan
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.preflight import (
    namesake_problem,
    renamed_file_problem,
    repeated_name_problem,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.provisioning import plan
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.belonging import GROUPS, Kind
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import Account, WantedUser
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import User as Observed
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    FULL,
    OURS,
    READ_ONLY,
    URL,
    a_wanted_user,
    an_account,
)

KEY = Credentials("anna", "Zq7-Geheim!", URL, "AKIAANNA", "secret/of+AKIAANNA")


@pytest.fixture
def iam() -> FakeIam:
    """An account with anna in it, for whom all is done."""
    fake = FakeIam()
    fake.users["anna"] = User(tags=dict(OURS), policies=[FULL], password="theirs")
    return fake


@pytest.fixture
def directory(tmp_path: Path) -> CredentialsDirectory:
    """A directory without anything in it."""
    one = CredentialsDirectory(str(tmp_path / "credentials"))
    one.prepare()
    return one


def planned(
    iam: FakeIam,
    directory: CredentialsDirectory,
    *wanted: str | WantedUser,
    planner: Planner = plan,
    kinds: tuple[Kind, ...] = observe.OURS,
    users: int = 2,
) -> list[UserPlan]:
    everybody = [
        a_wanted_user(name=one, managed_policies=("AIInvoiceScannerFullPolicy",)) if isinstance(one, str) else one
        for one in wanted
    ]
    account = an_account(summary={"Users": users})
    return Planning(as_iam(iam), account, directory, 4).plan_all(everybody, planner, kinds)


def test_everybody_is_planned_in_the_order_in_which_they_are_wanted(
    iam: FakeIam, directory: CredentialsDirectory
) -> None:
    plans = planned(iam, directory, "carl", "anna", "bert")
    assert [one.name for one in plans] == ["carl", "anna", "bert"]
    assert [len(one.changes) for one in plans] == [4, 1, 4]
    assert [one.user is not None for one in plans] == [False, True, False]


def test_a_plan_is_made_from_what_is_there_and_on_file(iam: FakeIam, directory: CredentialsDirectory) -> None:
    """By any planner, and with any kinds of belongings."""
    directory.save_login(KEY)
    iam.users["anna"].others["groups"] = [{"GroupName": "staff"}]
    seen: list[t.Any] = []

    def planner(wanted: WantedUser, user: Observed | None, on_file: OnFile, account: Account) -> UserPlan:
        seen.append((wanted.name, user and user.ids(GROUPS), on_file, account.id))
        return plan(wanted, user, on_file, account)

    planned(iam, directory, "anna", planner=planner, kinds=observe.REMARKED)
    assert seen == [("anna", ["staff"], OnFile(password=True, sign_in_url=URL), "123456789012")]


@pytest.mark.parametrize("users", [2, 5000], ids=["in bulk", "one by one"])
def test_a_namesake_is_a_problem_of_its_user_alone(iam: FakeIam, directory: CredentialsDirectory, users: int) -> None:
    one, other = planned(iam, directory, "ANNA", "bert", users=users)
    assert one.problems == (namesake_problem("ANNA", "anna"),)
    assert one.changes == ()
    assert (other.problems, len(other.changes)) == ((), 4)


def test_a_name_that_stands_twice_is_a_problem_of_both(iam: FakeIam, directory: CredentialsDirectory) -> None:
    plans = planned(iam, directory, "bert", "Bert", "anna")
    assert [one.problems for one in plans] == [
        (repeated_name_problem("bert"),),
        (repeated_name_problem("Bert"),),
        (),
    ]
    assert [bool(one.changes) for one in plans] == [False, False, True]
    assert not [call for call in iam.calls if "bert" in map(str.lower, map(str, call.arguments))]


def test_all_that_is_wrong_with_one_is_told_at_once(iam: FakeIam, directory: CredentialsDirectory) -> None:
    (Path(str(directory)) / "bert_credentials.csv").write_text("my notes\n", encoding="ascii")
    wanted = a_wanted_user(name="bert", path="x", managed_policies=("Nope",))
    (one,) = planned(iam, directory, wanted)
    assert ["move it away" in one.problems[0], "the path 'x'" in one.problems[1], "'Nope'" in one.problems[2]] == [
        True,
        True,
        True,
    ]
    assert len(one.problems) == 3


def test_a_file_with_a_key_that_was_renamed_is_found_out_by_the_sheet_of_the_class(
    iam: FakeIam, directory: CredentialsDirectory
) -> None:
    directory.save_access_key(KEY)
    directory.save_class_files([KEY])
    path = Path(str(directory))
    (path / "anna_accessKeys.csv").rename(path / "bert_accessKeys.csv")
    bert, anna = planned(iam, directory, "bert", "anna")
    assert bert.problems == (renamed_file_problem("bert", "AKIAANNA", "anna"),)
    assert bert.changes == ()
    assert anna.problems == ()


def test_a_key_that_no_sheet_knows_is_nobody_elses(iam: FakeIam, directory: CredentialsDirectory) -> None:
    directory.save_access_key(KEY)
    (one,) = planned(iam, directory, "anna")
    assert one.problems == ()
    assert one.on_file.access_key_id == "AKIAANNA"


def test_a_key_that_aws_does_not_list_yet_is_planned_with(iam: FakeIam, directory: CredentialsDirectory) -> None:
    iam.new_key("anna", "AKIAANNA")
    iam.hidden_for["AKIAANNA"] = 1
    directory.save_access_key(KEY)
    (one,) = planned(iam, directory, "anna")
    assert not one.has("create_access_key")


def test_what_is_wrong_with_the_destination_is_told_with_all_else(
    iam: FakeIam, directory: CredentialsDirectory
) -> None:
    Path(str(directory)).chmod(0o755)
    with pytest.raises(RefusedError) as caught:
        planned(iam, directory, "anna", a_wanted_user(name="bert", path="x"), "bad name")
    said = str(caught.value).splitlines()
    assert said[0] == "3 things are wrong and nothing was changed:"
    assert [
        "can be read by other users of this machine" in said[1],
        "the path 'x'" in said[2],
        "'bad name'" in said[3],
    ] == [
        True,
        True,
        True,
    ]


def test_a_damaged_file_of_the_class_stops_everybody(iam: FakeIam, directory: CredentialsDirectory) -> None:
    (Path(str(directory)) / "class_credentials.csv").write_text("my notes\n", encoding="ascii")
    with pytest.raises(RefusedError, match=r"class_credentials\.csv' does not begin with .* move it away"):
        planned(iam, directory, "anna")


def test_credentials_of_another_account_stop_everybody(iam: FakeIam, directory: CredentialsDirectory) -> None:
    """The same names stand for other people there."""
    directory.prepare("999999999999")
    with pytest.raises(RefusedError) as caught:
        planned(iam, directory, "anna")
    assert str(caught.value) == (
        f"{str(directory)!r} holds the credentials of account 999999999999, and this is account 123456789012; sign in "
        "to account 999999999999, for example with AWS_PROFILE, set another credentials_dest, or, if they are from a "
        "rehearsal, delete them"
    )


def test_a_login_profile_that_aws_does_not_show_yet_is_waited_for(
    iam: FakeIam, directory: CredentialsDirectory, clock: Clock
) -> None:
    """Else the password that was set a moment ago would be set anew."""
    directory.save_login(KEY)
    iam.users["anna"].password = None
    iam.fail("get_login_profile", times=2)
    iam.fail("get_login_profile", happens=lambda: setattr(iam.users["anna"], "password", "Zq7-Geheim!"))
    (one,) = planned(iam, directory, "anna")
    assert [change.action for change in one.changes] == ["create_access_key"]
    assert clock.slept == [0.25]


# The account ---------------------------------------------------------------------------------------------------------


def test_the_account_is_read_with_the_policies_that_somebody_names(iam: FakeIam) -> None:
    wanted = [a_wanted_user(managed_policies=("ReadOnlyAccess",)), a_wanted_user(permissions_boundary="Nope")]
    assert READ_ONLY in account_for(as_iam(iam), wanted).managed_policies.values()
    iam.calls.clear()
    account_for(as_iam(iam), wanted[1:], pending_policies=["Nope"])
    assert [call.arguments[0] for call in iam.made("managed_policies")] == ["Local"], "it is about to be made"


def test_an_account_that_is_known_is_asked_only_for_what_is_new(iam: FakeIam) -> None:
    known = an_account()
    assert account_for(as_iam(iam), [a_wanted_user()], known) is known
    assert not iam.calls
    account_for(as_iam(iam), [a_wanted_user(permissions_boundary="New")], known)
    assert iam.made("managed_policies")
    assert not iam.made("caller_identity")
