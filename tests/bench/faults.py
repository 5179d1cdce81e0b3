# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Cause the same faults in a plain amazon.aws playbook and in both lanes, and print what each loses.

Each job meets a fault and is run again without one. Then boto3 checks which access keys exist in AWS, and which of them
are saved and work.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import boto3
import yaml

from sandbox.aws.client import Sandbox

from .bench import ARNS, BIN, POLICIES, PROJECT

if t.TYPE_CHECKING:
    from collections.abc import Iterator

JOBS = {
    "plain amazon.aws": "tests/bench/plain.yml",
    "lane steps": "playbooks/setup.yml",
    "lane engine": "playbooks/class.yml",
}
FIRST_KEY = {"action": "CreateAccessKey", "nth": 1}
FAULTS: dict[str, dict[str, t.Any]] = {
    "killed after the first CreateAccessKey": {"kill": {**FIRST_KEY, "when": "after"}},
    "killed after the first CreateLoginProfile": {"kill": {"action": "CreateLoginProfile", "nth": 1, "when": "after"}},
    "reply to the first CreateAccessKey lost": {"reset_after": FIRST_KEY},
    "HTML 500 for the first CreateAccessKey, applied": {"html_error": {**FIRST_KEY, "status": 500, "applied": True}},
    "reply to the first CreateUser lost": {"reset_after": {"action": "CreateUser", "nth": 1}},
    "5 requests a second": {"throttle": {"rate": 5, "burst": 5}},
    "new keys are unknown for three calls": {"new_key_invalid_for": {"calls": 3}},
}


class Comparison:
    """Runs jobs with the same fault one after the other with one endpoint."""

    def __init__(self, aws: Sandbox, folder: Path, students: list[str]) -> None:
        self._aws = aws
        self._folder = folder
        self._students = students
        self._session = boto3.session.Session(region_name=aws.connection["region"])

    def losses(self, playbook: str, fault: dict[str, t.Any]) -> list[str]:
        """Run a playbook with a fault and again without. Returns a phrase for each loss."""
        self._aws.reset()
        shutil.rmtree(self._folder, ignore_errors=True)
        (self._folder / "credentials").mkdir(mode=0o700, parents=True)
        self._run(playbook, json.loads(json.dumps(fault)))
        status, output = self._run(playbook, {})
        failed = ["the second run fails"] if status else []
        if status and playbook != JOBS["plain amazon.aws"]:
            print(output[-2000:], file=sys.stderr)
        return [*failed, *(f"{name}: {loss}" for name in self._students for loss in self._losses_of(name))]

    def _run(self, playbook: str, weather: dict[str, t.Any]) -> tuple[int, str]:
        inventory = self._folder / "hosts.yml"
        variables = {
            "aws_connection": self._aws.connection,
            "invoice_iam_user_name": "{{ inventory_hostname }}",
            "invoice_iam_user_credentials_dest": str(self._folder / "credentials"),
            "credentials": str(self._folder / "credentials"),
            "policies": ARNS,
        }
        content = {"all": {"hosts": dict.fromkeys(self._students), "vars": variables}}
        inventory.write_text(yaml.safe_dump(content), encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
        with subprocess.Popen(
            [str(BIN / "ansible-playbook"), "-i", str(inventory), playbook],
            cwd=PROJECT,
            env=kept | {"LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            if "kill" in weather:
                weather["kill"]["pid"] = process.pid
            self._aws.weather(**weather)
            output, _error = process.communicate(timeout=600)
        self._aws.weather()
        return process.returncode, output

    def _client(self, service: t.Literal["iam", "sts"], key_id: str, secret: str) -> t.Any:
        return self._session.client(
            service, endpoint_url=self._aws.url, aws_access_key_id=key_id, aws_secret_access_key=secret
        )

    def _losses_of(self, name: str) -> Iterator[str]:
        iam = self._client("iam", self._aws.connection["access_key"], self._aws.connection["secret_key"])
        try:
            live = {key["AccessKeyId"] for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]}
        except iam.exceptions.NoSuchEntityException:
            yield "no user"
            return
        try:
            iam.get_login_profile(UserName=name)
        except iam.exceptions.NoSuchEntityException:
            yield "no console sign-in"
        key_id, secret = self._on_file(name)
        unknown = live - {key_id}
        if unknown:
            yield f"{len(unknown)} live key that nobody knows"
        if key_id not in live or not secret:
            yield "no working key on file"
            return
        self._client("sts", key_id, secret).get_caller_identity()

    def _on_file(self, name: str) -> tuple[str, str]:
        """Return the saved key, which is the last line of the file in all jobs."""
        path = self._folder / "credentials" / f"{name}_accessKeys.csv"
        if not path.exists():
            return "", ""
        key_id, _comma, secret = path.read_text(encoding="utf-8-sig").split()[-1].partition(",")
        return key_id, secret


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=2, help="students (default: 2)")
    students = [f"student-{number}" for number in range(parser.parse_args().students)]
    lost = dict.fromkeys(JOBS, 0)
    with (
        Sandbox(managed_policies=[str(path) for path in POLICIES]) as aws,
        tempfile.TemporaryDirectory() as folder,
    ):
        comparison = Comparison(aws, Path(folder) / "class", students)
        for what, fault in FAULTS.items():
            print(f"\n{what}")
            for job, playbook in JOBS.items():
                found = comparison.losses(playbook, fault)
                lost[job] += bool(found)
                print(f"  {job:18} {'; '.join(found) or 'nothing is lost'}", flush=True)
    print(f"\nfaults after which something is lost, of {len(FAULTS)}:")
    for job, count in lost.items():
        print(f"  {job:18} {count}")


if __name__ == "__main__":
    main()
