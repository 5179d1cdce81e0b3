# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""How long a class takes in one account and in several, each under a limit of its own.

One endpoint on this machine plays all accounts, so that it shares the processors with what is measured. What is worth
quoting are the ratios.
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
    """What one class cost."""

    seconds: float
    # From the first call to the last: what is the network's and the limits', without the start of Ansible
    at_aws: float
    # Calls to IAM that the busiest account took
    busiest: int
    calls: int
    throttled: int
    # Calls about a user that were signed for another account, and users that are not where they belong
    astray: int
    missing: int
    megabytes: float
    status: int

    def over(self, seconds: float) -> float:
        """Tell how many times as long as the limit asks for these seconds are."""
        return seconds * LIMIT["rate"] / self.busiest


def measure(aws: Sandbox, students: int, accounts: int) -> Figure:
    """Serve a class that is spread over so many accounts, which are empty before."""
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
    astray = [one for one in log if one["account"] != names.get(one["parameters"].get("UserName"), one["account"])]
    there = sum(_found(aws.url, key, {name for name in names if names[name] == one}) for one, key in keys.items())
    limited = [one for one in log if one["action"].startswith("iam:") and one["error"] != "Throttling"]
    return Figure(
        seconds,
        at_aws,
        max(Counter(one["account"] for one in limited).values()),
        len(log),
        sum(1 for one in log if one["error"] == "Throttling"),
        len(astray),
        students - there,
        usage.ru_maxrss / 1024,
        process.returncode,
    )


def _inventory(folder: Path, names: t.Mapping[str, str], keys: t.Mapping[str, t.Mapping[str, str]]) -> Path:
    """Write an inventory as a department has one: a group for each account, with its connection."""
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
    """Count with boto3 who of these is there."""
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
    """Measure a class in one account, and in each number of accounts that was asked for."""
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
        ratio(f"in {count}: calls and users astray, users missing", one.astray + one.missing, "0")
        if one is not first:
            ratio(f"in {count}: time in {options.accounts[0]} / time", first.seconds / one.seconds, "8 for 500 in 10")
            ratio(f"in {count}: the same from first call to last", first.at_aws / one.at_aws, "")


if __name__ == "__main__":
    main()
