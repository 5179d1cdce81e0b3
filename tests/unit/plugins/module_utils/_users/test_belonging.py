# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The table of what hangs on a user, held against the model that boto3 has of IAM."""

from __future__ import annotations

import functools
import typing as t

import botocore.session
import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.belonging import (
    GROUPS,
    INLINE_POLICIES,
    KINDS,
    LOGIN_PROFILE,
    PERMISSIONS_BOUNDARY,
    Belonging,
    Kind,
    Taking,
    belongings,
    is_virtual,
)

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@functools.cache
def operations() -> dict[str, t.Any]:
    """What IAM can do, by boto3's names, from the model that boto3 has of it."""
    model = botocore.session.get_session().get_service_model("iam")
    return {botocore.xform_name(name): model.operation_model(name) for name in model.operation_names}


def entry_of(shape: t.Any) -> t.Any:
    """What a list holds; of one thing alone, the thing itself."""
    return shape.member if shape.type_name == "list" else shape


@each_kind
def test_aws_lists_it_so(kind: Kind) -> None:
    if kind is PERMISSIONS_BOUNDARY:
        assert kind.listing.call == "", "GetUser tells"
        said = operations()["get_user"].output_shape.members["User"].members[kind.detail]
        assert kind.listing.id in said.members
        return
    listed = operations()[kind.listing.call]
    assert "UserName" in listed.input_shape.members
    entry = entry_of(listed.output_shape.members[kind.listing.member])
    # Some are names only, and of a login profile there is one.
    assert kind.listing.id in getattr(entry, "members", [kind.listing.id]) or kind is LOGIN_PROFILE


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.detail], ids=lambda kind: kind.name)
def test_aws_tells_it_in_bulk_so(kind: Kind) -> None:
    users = operations()["get_account_authorization_details"].output_shape.members["UserDetailList"]
    entry = entry_of(users.member.members[kind.detail])
    assert kind.listing.id in getattr(entry, "members", [kind.listing.id])


TAKINGS = [(kind, taking) for kind in KINDS for taking in (kind.removal, kind.locking) if taking]


@pytest.mark.parametrize(("kind", "taking"), TAKINGS, ids=[taking.call for _kind, taking in TAKINGS])
def test_aws_takes_it_so(kind: Kind, taking: Taking) -> None:
    shape = operations()[taking.call].input_shape
    named = {"UserName", taking.parameter} - {""}
    assert named <= set(shape.members)
    assert set(shape.required_members) <= named | ({"Status"} if taking is kind.locking else set())
    assert "anna" in taking.words.format(user="anna", id="ID")
    assert ("ID" in taking.words.format(user="anna", id="ID")) is (kind is not LOGIN_PROFILE)


@each_kind
def test_what_makes_it_useless_can_make_it_useful_again(kind: Kind) -> None:
    if kind.locking:
        status = operations()[kind.locking.call].input_shape.members["Status"]
        assert {"Active", "Inactive"} <= set(status.enum)
    else:
        assert not kind.removal.call.startswith("update_")


def test_no_two_kinds_have_the_same_name_and_the_boundary_goes_last() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert KINDS[-1] is PERMISSIONS_BOUNDARY


@pytest.mark.parametrize(
    ("kind", "listed", "expected"),
    [
        (INLINE_POLICIES, ["one", "two"], [("one", {"PolicyName": "one"}), ("two", {"PolicyName": "two"})]),
        (GROUPS, [{"GroupName": "staff", "Path": "/"}], [("staff", {"GroupName": "staff", "Path": "/"})]),
        (LOGIN_PROFILE, [{"PasswordResetRequired": True}], [("", {"PasswordResetRequired": True})]),
        (GROUPS, [], []),
    ],
)
def test_entries_of_aws_s_become_belongings(
    kind: Kind, listed: list[t.Any], expected: list[tuple[str, dict[str, t.Any]]]
) -> None:
    assert belongings(kind, listed) == [Belonging(kind, one, said) for one, said in expected]


@pytest.mark.parametrize(
    ("said", "active"), [({"Status": "Active"}, True), ({"Status": "Inactive"}, False), ({}, True)]
)
def test_what_does_not_say_that_it_is_inactive_can_be_used(said: dict[str, str], active: bool) -> None:
    assert Belonging(KINDS[1], "x", said).active is active


@pytest.mark.parametrize(
    ("serial", "virtual"),
    [
        ("arn:aws:iam::123456789012:mfa/anna", True),
        ("arn:aws-cn:iam::123456789012:mfa/path/anna", True),
        ("GAHT12345678", False),
        ("arn:aws:iam::123456789012:u2f/user/anna/KEY", False),
    ],
)
def test_virtual_devices_are_told_from_others(serial: str, virtual: bool) -> None:
    assert is_virtual(serial) is virtual
