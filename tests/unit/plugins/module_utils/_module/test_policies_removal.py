# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Customer-managed policies that nothing uses any more are removed, and what was in them is kept."""

from __future__ import annotations

import json
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.atomic_files import AtomicFiles
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import policies_removal
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock, aws_error
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import ACCOUNT_ID, an_observed_user

ARN = f"arn:aws:iam::{ACCOUNT_ID}:policy/Workshop"
TAGGED = [{"Key": "managed-by", "Value": "invoice_scanner.iam"}]


@pytest.fixture
def iam() -> FakeIam:
    """An account with a policy of ours that has two versions."""
    fake = FakeIam()
    fake.own_policies[ARN] = {
        "PolicyName": "Workshop",
        "PolicyId": "ANPA1",
        "Arn": ARN,
        "DefaultVersionId": "v2",
        "AttachmentCount": 0,
        "Tags": TAGGED,
        "versions": [
            {"VersionId": "v2", "IsDefaultVersion": True, "Document": {"Statement": "of v2"}},
            {"VersionId": "v1", "IsDefaultVersion": False, "Document": {"Statement": "of v1"}},
        ],
    }
    return fake


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A directory that is not there yet."""
    return tmp_path / "removed"


def removed(
    iam: FakeIam, archive: Path, *policies: str, gone: t.Sequence[t.Any] = (), check_mode: bool = False
) -> list[dict[str, t.Any]]:
    return policies_removal.run(as_iam(iam), policies, gone, AtomicFiles(str(archive)), check_mode)


@pytest.mark.parametrize("named", ["Workshop", ARN, "arn:aws:iam::123456789012:policy/path/Workshop"])
def test_an_unused_policy_of_ours_goes_with_its_versions(iam: FakeIam, archive: Path, named: str) -> None:
    assert removed(iam, archive, named) == [
        {
            "name": "Workshop",
            "arn": ARN,
            "changed": True,
            "failed": False,
            "msg": "policy Workshop is removed",
        }
    ]
    assert iam.writes == ["delete_policy_version", "delete_policy"]
    assert iam.own_policies == {}


def test_what_was_in_it_is_kept_before_it_goes(iam: FakeIam, archive: Path) -> None:
    iam.fail("delete_policy_version", aws_error("AccessDenied", status=403))
    removed(iam, archive, "Workshop")
    (path,) = [one for one in archive.iterdir() if one.name.endswith(".json")]
    assert path.name == "Workshop.ANPA1.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["default_version"]["Document"] == {"Statement": "of v2"}
    assert kept["policy"]["Tags"] == TAGGED
    assert ARN in iam.own_policies


def test_check_mode_foretells_and_touches_nothing(iam: FakeIam, archive: Path) -> None:
    checked = removed(iam, archive, "Workshop", check_mode=True)
    assert (iam.writes, archive.exists()) == ([], False)
    (done,) = removed(iam, archive, "Workshop")
    assert checked == [{**done, "msg": "policy Workshop would be removed"}]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Tags": []}, "policy Workshop stays: it does not carry the tag managed-by=invoice_scanner.iam"),
        (
            {"AttachmentCount": 2},
            "policy Workshop stays: it is still attached 2 times, and it is the permissions boundary of 0 users or "
            "roles",
        ),
    ],
)
def test_what_is_not_ours_or_in_use_stays(iam: FakeIam, archive: Path, changes: dict[str, t.Any], said: str) -> None:
    iam.own_policies[ARN] |= changes
    (one,) = removed(iam, archive, "Workshop")
    assert (one["changed"], one["failed"], one["msg"]) == (False, False, said)
    assert iam.writes == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_in_check_mode_users_that_would_go_count_as_gone(iam: FakeIam, archive: Path, check_mode: bool) -> None:
    """Really, AWS counts: users that are gone do not use it any more."""
    iam.own_policies[ARN] |= {"AttachmentCount": 2, "PermissionsBoundaryUsageCount": 1}
    gone = [
        an_observed_user(attached_policies=(ARN,)),
        an_observed_user(attached_policies=(ARN,), permissions_boundary=ARN),
    ]
    (one,) = removed(iam, archive, "Workshop", gone=gone, check_mode=check_mode)
    assert one["changed"] is check_mode


def test_only_those_that_are_named_and_there_are_looked_at(iam: FakeIam, archive: Path) -> None:
    assert removed(iam, archive) == []
    assert not iam.calls
    assert removed(iam, archive, "Nope", "AmplifyAdminPolicy") == [], "the latter is not one that can be read"
    assert [one["name"] for one in removed(iam, archive, "Workshop", "Nope")] == ["Workshop"]


def test_aws_that_refuses_one_does_not_stop_the_next(iam: FakeIam, archive: Path) -> None:
    other = ARN.replace("Workshop", "Another")
    iam.own_policies[other] = iam.own_policies[ARN] | {"PolicyName": "Another", "Arn": other, "versions": []}
    iam.fail("delete_policy", aws_error("AccessDenied", "no", 403))
    first, second = removed(iam, archive, "Workshop", "Another")
    assert (first["name"], first["changed"], first["failed"]) == ("Another", False, True)
    assert first["msg"].startswith("Failed to do it: no (AccessDenied); ")
    assert (second["name"], second["changed"], second["failed"]) == ("Workshop", True, False)


def test_what_was_detached_a_moment_ago_may_still_seem_attached(iam: FakeIam, archive: Path, clock: Clock) -> None:
    iam.users["anna"] = User(policies=[ARN])
    iam.fail("delete_policy", times=2)
    iam.fail("delete_policy", happens=iam.users["anna"].policies.clear)
    (one,) = removed(iam, archive, "Workshop")
    assert (one["changed"], one["failed"]) == (True, False)
    assert clock.slept == [0.25, 0.5]
