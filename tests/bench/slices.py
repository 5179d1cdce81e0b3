# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Measure how long a class takes in slices that share the request limit of one account, compared with that limit.

The slices run side by side on this machine; AWX would run them on several. With two processors, four of them need about
ten seconds before the first call to AWS. Quote only the ratios.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from sandbox.aws.client import Sandbox
from tests.bench.bench import BIN, LIMIT, POLICIES, ratio
from tests.e2e.support.promise import Account, Promise
from tests.e2e.support.slices import Inventory, Job

ARNS = [f"arn:aws:iam::123456789012:policy/{path.stem}" for path in POLICIES]


@dataclass(frozen=True)
class Figure:
    """The costs of one class."""

    seconds: float
    # From the first call to the last: the time for the network and the limit, without the start of the processes
    at_aws: float
    calls: int
    limited: int
    throttled: int
    broken: int


class Bench:
    """Measures classes one after the other with one endpoint."""

    def __init__(self, aws: Sandbox, students: int) -> None:
        self._aws = aws
        self._students = students

    def measure(self, count: int, killed: bool = False, **extra: t.Any) -> Figure:
        """Measure a class in an empty account. With C(killed), the second slice is killed half-way and runs again."""
        self._aws.reset()
        self._aws.weather(latency_ms=80, throttle=LIMIT)
        names = [f"student-{number:04d}" for number in range(self._students)]
        variables = {"invoice_iam_user_name": "{{ inventory_hostname }}"}
        inventory = Inventory({name: {} for name in names}, {}, variables)
        with tempfile.TemporaryDirectory() as folder:
            credentials = Path(folder) / "credentials"
            given = {f"invoice_iam_user_{name}": value for name, value in extra.items()} | {
                "invoice_iam_user_credentials_dest": str(credentials),
                "invoice_iam_user_credentials_dest_outlives_job": True,
            }
            jobs = [Job(Path(folder) / str(number), inventory, number, count, given) for number in range(1, count + 1)]
            watch = Watch(self._aws)
            for job in jobs:
                job.start(self._aws, _environment())
            if killed:
                jobs.append(Job(Path(folder) / "again", inventory, 2, count, given))
                _kill_half_way(jobs[1], credentials)
                jobs[-1].start(self._aws, _environment())
            for job in jobs:
                status, shown = job.wait()
                if status and not (killed and job is jobs[1]):
                    print(shown[-3000:], file=sys.stderr)
            seconds = time.monotonic() - watch.began
            at_aws = watch.stop()
            log = self._aws.log()
            self._aws.weather()
            readers = Account(self._aws)
            readers.let_users_change_their_passwords()
            broken = Promise(readers, credentials, ARNS).broken(*names)
        throttled = sum(1 for one in log if one["error"] == "Throttling")
        limited = sum(1 for one in log if one["action"].startswith("iam:")) - throttled
        return Figure(seconds, at_aws, len(log), limited, throttled, len(broken))


class Watch(threading.Thread):
    """Records the times of the first and the last call."""

    def __init__(self, aws: Sandbox) -> None:
        super().__init__(daemon=True)
        self.began = time.monotonic()
        self._aws = aws
        self._seen: list[tuple[float, int]] = []
        self._end = threading.Event()
        self.start()

    def run(self) -> None:
        """Check the number of calls regularly."""
        while not self._end.wait(0.2):
            count = sum(self._aws.calls().values())
            if count and (not self._seen or count != self._seen[-1][1]):
                self._seen.append((time.monotonic(), count))

    def stop(self) -> float:
        """Stop recording. Returns the seconds from the first call to the last."""
        self._end.set()
        self.join()
        return self._seen[-1][0] - self._seen[0][0]


def _kill_half_way(job: Job, credentials: Path) -> None:
    while sum((credentials / f"{name}_accessKeys.csv").exists() for name in job.names) < len(job.names) / 2:
        time.sleep(0.05)
    job.kill()


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    # ansible-runner looks for ansible-playbook in PATH.
    return kept | {"LC_ALL": "C.UTF-8", "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def main() -> None:
    """Measure a class in one run and in slices, which know their share of the limit or do not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=100)
    parser.add_argument("--slices", type=int, default=4)
    options = parser.parse_args()
    told = {"slices": options.slices, "max_requests_per_second": LIMIT["rate"]}
    cases: list[tuple[str, int, dict[str, t.Any]]] = [
        ("in one run", 1, {}),
        (f"in {options.slices} slices that know their share", options.slices, told),
        (f"in {options.slices} slices that know of no limit", options.slices, {}),
        (f"in {options.slices} slices, one is killed half-way and runs again", options.slices, {"killed": True}),
    ]
    figures: list[tuple[str, Figure]] = []
    print(f"{'a class of ' + str(options.students):58} {'seconds':>8} {'at AWS':>8} {'calls':>6} {'throttled':>9}")
    with Sandbox(managed_policies=[str(path) for path in POLICIES]) as aws:
        bench = Bench(aws, options.students)
        for what, count, given in cases:
            one = bench.measure(count, **given)
            figures.append((what, one))
            percent = 100 * one.throttled / one.calls
            print(f"{what:58} {one.seconds:8.1f} {one.at_aws:8.1f} {one.calls:6} {percent:7.1f} %", flush=True)
    print()
    for what, one in figures:
        rate = LIMIT["rate"]
        ratio(
            f"{what}: time / (calls / {rate} a second)",
            one.seconds * rate / (one.calls - one.throttled),
            "at most 1.25",
        )
        ratio(f"{what}: the same with limited calls only", one.seconds * rate / one.limited, "")
        ratio(f"{what}: the same from first call to last", one.at_aws * rate / one.limited, "")
        ratio(f"{what}: percent of calls throttled", 100 * one.throttled / one.calls, "under 10")
        ratio(f"{what}: what is broken", one.broken, "0")


if __name__ == "__main__":
    main()
