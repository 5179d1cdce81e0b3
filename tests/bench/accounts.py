# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Measure how long a class takes in one account and in several, each with its own request limit.

One endpoint on this machine plays all accounts, so it shares the processors with what is measured. Quote only the
ratios.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import typing as t
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import boto3
import yaml

from sandbox.aws.client import Sandbox
from tests.bench.bench import BIN, LIMIT, POLICIES, PROJECT, ratio
from tests.bench.slices import Watch

IDS = [f"{number:012}" for number in range(100_000_000_001, 100_000_000_101)]


@dataclass(frozen=True)
class Figure:
    """The costs of one class."""

    seconds: float
    # From the first call to the last: the time for the network and the limits, without the start of Ansible
    at_aws: float
    # Accepted calls to IAM in the busiest account
    busiest: int
    calls: int
    throttled: int
    # Calls about a user that were signed for another account, and users missing from their own account
    misplaced: int
    missing: int
    megabytes: float
    status: int

    def over(self, seconds: float) -> float:
        """Return the ratio of these seconds to the minimum that the limit allows."""
        return seconds * LIMIT["rate"] / self.busiest


def measure(aws: Sandbox, students: int, accounts: int) -> Figure:
    """Measure a class that is spread over several empty accounts."""
    aws.reset()
    keys = {one: aws.account(one) for one in IDS[:accounts]}
    aws.weather(latency_ms=80, throttle=LIMIT)
    names = {f"student-{number:05d}": IDS[number % accounts] for number in range(students)}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        inventory = _inventory(Path(folder), names, keys)
        command = [str(BIN / "ansible-playbook"), "-i", str(inventory), "playbooks/class.yml"]
        watch = Watch(aws)
        process = subprocess.Popen(command, cwd=PROJECT, env=_environment(), stdout=output, stderr=subprocess.STDOUT)
        _pid, wait_status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - watch.began
        at_aws = watch.stop()
        process.returncode = os.waitstatus_to_exitcode(wait_status)
        if process.returncode:
            output.seek(0)
            print(output.read().decode()[-3000:], file=sys.stderr)
    log = aws.log()
    aws.weather()
    misplaced = [one for one in log if one["account"] != names.get(one["parameters"].get("UserName"), one["account"])]
    there = sum(_found(aws.url, key, {name for name in names if names[name] == one}) for one, key in keys.items())
    limited = [one for one in log if one["action"].startswith("iam:") and one["error"] != "Throttling"]
    return Figure(
        seconds,
        at_aws,
        max(Counter(one["account"] for one in limited).values()),
        len(log),
        sum(1 for one in log if one["error"] == "Throttling"),
        len(misplaced),
        students - there,
        usage.ru_maxrss / 1024,
        process.returncode,
    )


def _inventory(folder: Path, names: t.Mapping[str, str], keys: t.Mapping[str, t.Mapping[str, str]]) -> Path:
    """Write an inventory with a group for each account and its connection."""
    groups = {
        f"account_{account}": {
            "hosts": {name: None for name, own in names.items() if own == account},
            "vars": {"aws_connection": dict(key), "invoice_iam_user_account_id": account},
        }
        for account, key in keys.items()
    }
    said = {
        "invoice_iam_user_name": "{{ inventory_hostname }}",
        "invoice_iam_user_credentials_dest": str(folder / "credentials"),
    }
    path = folder / "hosts.yml"
    path.write_text(yaml.safe_dump({"all": {"children": groups, "vars": said}}), encoding="utf-8")
    return path


def _found(url: str, key: t.Mapping[str, str], names: set[str]) -> int:
    """Count with boto3 how many of these users exist."""
    iam = boto3.client(
        "iam",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=key["access_key"],
        aws_secret_access_key=key["secret_key"],
    )
    pages = iam.get_paginator("list_users").paginate()
    return len(names & {user["UserName"] for page in pages for user in page["Users"]})


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    return kept | {"LC_ALL": "C.UTF-8"}


def main() -> None:
    """Measure a class in each of the given numbers of accounts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--accounts", type=int, nargs="+", default=[1, 10])
    options = parser.parse_args()
    print(
        f"{'a class of ' + str(options.students):28} {'seconds':>8} {'at AWS':>8} {'calls':>7} {'throttled':>9} "
        f"{'MB':>6} {'exit':>5}"
    )
    figures: dict[int, Figure] = {}
    with Sandbox(managed_policies=[str(path) for path in POLICIES]) as aws:
        for count in options.accounts:
            one = figures[count] = measure(aws, options.students, count)
            percent = 100 * one.throttled / one.calls
            print(
                f"{f'in {count} account(s)':28} {one.seconds:8.1f} {one.at_aws:8.1f} {one.calls:7} {percent:7.1f} % "
                f"{one.megabytes:6.0f} {one.status:5}",
                flush=True,
            )
    print()
    rate, first = LIMIT["rate"], figures[options.accounts[0]]
    for count, one in figures.items():
        ratio(f"in {count}: time / (calls of the busiest account / {rate} a second)", one.over(one.seconds), "")
        ratio(f"in {count}: the same from first call to last", one.over(one.at_aws), "at most 1.05")
        ratio(f"in {count}: calls for a wrong account, and users missing", one.misplaced + one.missing, "0")
        if one is not first:
            ratio(f"in {count}: time in {options.accounts[0]} / time", first.seconds / one.seconds, "8 for 500 in 10")
            ratio(f"in {count}: the same from first call to last", first.at_aws / one.at_aws, "")


if __name__ == "__main__":
    main()
