# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A user as AWS has it, read from what AWS says."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.belonging import (
    ACCESS_KEYS,
    GROUPS,
    LOGIN_PROFILE,
    MFA_DEVICES,
    belongings,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import AccessKey, User, WantedUser
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    BOUNDARY,
    DATE,
    DESCRIPTION,
    FULL,
    OURS,
    SINCE,
    a_key,
    an_observed_user,
)

SAID: dict[str, t.Any] = {
    "UserName": "anna",
    "Arn": "arn:aws:iam::123456789012:user/class/anna",
    "UserId": "AIDAANNA",
    "Path": "/class/",
    "CreateDate": DATE,
}


def test_a_user_is_read_from_what_aws_says() -> None:
    tags = [{"Key": "managed-by", "Value": "invoice_scanner.iam"}, {"Key": "course", "Value": "x"}]
    assert User.read(SAID | {"Tags": tags}) == User(
        "anna", "arn:aws:iam::123456789012:user/class/anna", "AIDAANNA", "/class/", SINCE, OURS | {"course": "x"}
    )


def test_a_user_without_tags_has_none_and_is_not_ours() -> None:
    """AWS leaves the member out."""
    one = User.read(SAID)
    assert (one.tags, one.ours) == ({}, False)


@pytest.mark.parametrize(
    ("tags", "ours"),
    [
        ({"managed-by": "invoice_scanner.iam"}, True),
        ({"managed-by": "terraform"}, False),
        ({"Managed-By": "invoice_scanner.iam"}, False),
        ({"managed-by": ""}, False),
    ],
)
def test_whose_a_user_is(tags: dict[str, str], ours: bool) -> None:
    assert an_observed_user(tags=tags).ours is ours


@pytest.mark.parametrize(
    ("tags", "revoked"),
    [(OURS, ""), (OURS | {"revoked": "2026-07-01"}, "2026-07-01"), ({"revoked": "2026-07-01"}, "")],
)
def test_since_when_access_is_revoked(tags: dict[str, str], revoked: str) -> None:
    """Somebody else's tag of that name says nothing."""
    assert an_observed_user(tags=tags).revoked == revoked


@pytest.mark.parametrize(
    ("tags", "class_name"),
    [(OURS, ""), (OURS | {"workshop-class": "2026"}, "2026"), ({"workshop-class": "2026"}, "")],
)
def test_to_which_class_a_user_belongs(tags: dict[str, str], class_name: str) -> None:
    assert an_observed_user(tags=tags).class_name == class_name


def key(key_id: str, day: int, status: str = "Active") -> dict[str, t.Any]:
    return {"AccessKeyId": key_id, "Status": status, "CreateDate": DATE + datetime.timedelta(days=day)}


def test_keys_come_oldest_first_each_with_its_description() -> None:
    """AWS gives them in any order, and the description as a tag of the user."""
    listed = belongings(ACCESS_KEYS, [key("AKIANEW", 2), key("AKIAOLD", 0, "Inactive"), key("AKIAMID", 1)])
    one = User.read(SAID | {"Tags": [{"Key": "AKIANEW", "Value": DESCRIPTION}]}, listed)
    assert one.access_keys == (
        AccessKey("AKIAOLD", "Inactive", "2026-01-02T03:04:05+00:00"),
        AccessKey("AKIAMID", "Active", "2026-01-03T03:04:05+00:00"),
        AccessKey("AKIANEW", "Active", "2026-01-04T03:04:05+00:00", DESCRIPTION),
    )
    assert [one.active for one in one.access_keys] == [False, True, True]


def test_what_a_user_has_is_found_by_its_kind() -> None:
    one = an_observed_user(a_key(), groups=["staff", "students"], permissions_boundary=BOUNDARY)
    assert one.ids(GROUPS) == ["staff", "students"]
    assert [group.said for group in one.all(GROUPS)] == [{"GroupName": "staff"}, {"GroupName": "students"}]
    assert (one.all(MFA_DEVICES), one.ids(MFA_DEVICES)) == ([], [])
    assert one.permissions_boundary == BOUNDARY
    assert an_observed_user(attached_policies=(FULL,)).attached_policies == (FULL,)
    assert an_observed_user().permissions_boundary is None


@pytest.mark.parametrize(
    ("profile", "signs_in", "reset"),
    [
        ([], False, False),
        ([{"PasswordResetRequired": True}], True, True),
        ([{"PasswordResetRequired": False}], True, False),
        # AWS leaves the member out where it is false.
        ([{}], True, False),
    ],
)
def test_whether_a_user_signs_in(profile: list[dict[str, bool]], signs_in: bool, reset: bool) -> None:
    one = User.read(SAID, belongings(LOGIN_PROFILE, profile))
    assert (one.signs_in, one.password_reset_required) == (signs_in, reset)


# As wanted -----------------------------------------------------------------------------------------------------------


def test_a_user_is_tagged_as_ours_whatever_else_is_asked_for() -> None:
    wanted = WantedUser("anna", tags={"course": "x"}, expires="2026-12-31")
    assert wanted.all_tags == OURS | {"course": "x", "expires": "2026-12-31"}
    assert WantedUser("anna", class_name="2026").all_tags == OURS | {"workshop-class": "2026"}
    assert WantedUser("anna").all_tags == OURS


def test_no_secret_is_in_what_python_shows() -> None:
    assert "Geheim" not in repr(WantedUser("anna", console_password="Zq7-Geheim!"))
