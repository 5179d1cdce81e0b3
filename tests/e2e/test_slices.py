# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A class in slices over several nodes comes out as in one piece, though a node dies."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import time
import typing as t
from collections import Counter

import pytest

from .conftest import Run, Workshop, environment
from .support.promise import Account, Promise, rows
from .support.slices import Inventory, Job
from .test_class import account

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


COUNT = 4
BOUNDARY = "AIInvoiceScannerPermissionsBoundary"
POLICIES = [f"arn:aws:iam::123456789012:policy/{name}" for name in ("AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy")]
ONCE_EACH = ("CreateUser", "CreateLoginProfile", "CreateAccessKey")


def wait_until(true: Callable[[], bool], jobs: list[Job]) -> None:
    """Wait for something that these jobs will do, on a slow machine as well."""
    deadline = time.monotonic() + 120
    while not true():
        ended = [job.wait()[1] for job in jobs if job.has_ended()]
        assert not ended, "".join(ended)
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextlib.contextmanager
def held_back(folder: Path) -> Iterator[None]:
    """Let nobody begin to write there, as another run would for a moment."""
    folder.mkdir(mode=0o700)
    with (folder / ".lock").open("w") as stream:
        (folder / ".lock").chmod(0o600)
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def without_secrets(folder: Path, name: str) -> bytes:
    """The bytes of a file of the class, with every secret and every key ID blotted out."""
    content = (folder / name).read_bytes()
    for row in rows(folder / name):
        for column in ("Password", "Access key ID", "Secret access key"):
            if row.get(column):
                content = content.replace(row[column].encode(), b"*")
    return content


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(".lock"))


@pytest.mark.slow
def test_a_class_in_slices_comes_out_as_in_one_piece(
    workshop: Workshop, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    # As with AWX: what all have in common is the inventory's, and the job template's extra variables.
    students = {f"student-{number:03d}": {"seat": number} for number in range(1, 25)}
    even = [name for name, variables in students.items() if variables["seat"] % 2 == 0]
    variables = {
        "invoice_iam_user_name": "{{ inventory_hostname }}",
        "invoice_iam_user_permissions_boundary": BOUNDARY,
        "invoice_iam_user_create_policies": True,
    }
    inventory = Inventory(students, {"even": even, "nobody": []}, variables)

    workshop.variables(variables)
    workshop.hosts(students)
    whole = workshop.run("playbooks/class.yml")
    assert whole.status == 0, whole.output
    expected = account(workshop)
    in_one_piece = tmp_path / "in one piece"
    shutil.move(workshop.credentials, in_one_piece)

    aws = workshop.aws
    aws.reset()
    # The first slice that makes the boundary does not hear of it: so, or because another was faster, it exists already.
    lost = {"action": "CreatePolicy", "nth": 1}
    aws.weather(latency_ms=80, throttle={"rate": 24, "burst": 30}, reset_after=lost)
    extra = {
        "invoice_iam_user_credentials_dest": str(workshop.credentials),
        "invoice_iam_user_credentials_dest_outlives_job": True,
        "invoice_iam_user_slices": COUNT,
        "invoice_iam_user_max_requests_per_second": 24,
    }
    jobs = [Job(tmp_path / f"slice {number}", inventory, number, COUNT, extra) for number in range(1, COUNT + 1)]
    with held_back(workshop.credentials):
        for job in jobs:
            job.start(aws, environment())
            request.addfinalizer(job.kill)
        wait_until(lambda: aws.calls().get("iam:GetAccountAuthorizationDetails", 0) == COUNT, jobs)
    wait_until(lambda: len(list(workshop.credentials.glob(".*.claim"))) == COUNT, jobs)
    # All four are at work. The node of the second dies when it has saved its first key.
    victim = jobs[1]
    wait_until(
        lambda: any((workshop.credentials / f"{name}_accessKeys.csv").exists() for name in victim.names), [victim]
    )
    victim.kill()
    again = Job(tmp_path / "slice 2 again", inventory, 2, COUNT, extra)
    again.start(aws, environment())
    request.addfinalizer(again.kill)
    assert victim.wait()[0] != 0
    for job in (jobs[0], again, *jobs[2:]):
        status, shown = job.wait()
        assert status == 0, shown
        assert {name for name in students if f"{name} " in shown} == set(job.names)
        assert all(Run(0, shown).recap(name)["failed"] == 0 for name in job.names)

    log = aws.log()
    aws.weather()
    readers = Account(aws)
    readers.let_users_change_their_passwords()
    assert Promise(readers, workshop.credentials, POLICIES).broken(*students) == []
    assert account(workshop) == expected
    assert files_of(workshop.credentials) == files_of(in_one_piece)
    for name in ("class_credentials.csv", "aws_configure_import.csv"):
        assert without_secrets(workshop.credentials, name) == without_secrets(in_one_piece, name)

    # Nobody's work was done twice, but what the node that died could not write down.
    done = Counter(
        (one["action"].partition(":")[2], one["parameters"].get("UserName")) for one in log if one["status"] == 200
    )
    for name in students:
        made = {action: done[action, name] for action in ONCE_EACH}
        if name not in victim.names:
            assert made == dict.fromkeys(ONCE_EACH, 1)
            assert done["DeleteAccessKey", name] == 0
        assert made["CreateUser"] == 1
        assert made["CreateAccessKey"] == 1 + done["DeleteAccessKey", name] <= 2
        assert done["AttachUserPolicy", name] <= (2 if name not in victim.names else 3)
    assert sum(1 for one in log if one["error"] == "Throttling") < 0.1 * len(log)


def test_a_slice_says_when_the_class_may_not_fit(workshop: Workshop) -> None:
    workshop.variables({"invoice_iam_user_name": "{{ inventory_hostname }}"})
    workshop.hosts({"anna": {}, "bert": {}})
    there = len(workshop.client("iam").list_users()["Users"])
    workshop.aws.quota(UsersPerAccount=there + 7)
    refused = workshop.run("playbooks/class.yml", slices=0)
    assert refused.status != 0
    assert "slices is 0; give 1 or more, or leave it out" in refused.flat()
    assert not workshop.writes()

    # AWX hands on the empty answer to a question of a survey.
    run = workshop.run("playbooks/class.yml", slices="4", max_requests_per_second="")
    assert run.status == 0, run.output
    assert "this is one of 4 slices and creates 2 users" in run.flat()
    assert "has no room for all (room for 7 now)" in run.flat()
