# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Compare setup.yml in both lanes and class.yml with a plain amazon.aws playbook and a bare boto3 script.

Each job is a separate process that uses a local endpoint with an empty account. Seconds depend on the machine, so quote
only the ratios.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from sandbox.aws.client import Sandbox

PROJECT = Path(__file__).parents[2]
POLICIES = [
    PROJECT / "roles" / "invoice_iam_user" / "files" / "policies" / f"{name}.json"
    for name in ("AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy")
]
ARNS = [f"arn:aws:iam::123456789012:policy/{path.stem}" for path in POLICIES]
BIN = Path(sys.executable).parent
LIMIT = {"rate": 15, "burst": 30}


@dataclass(frozen=True)
class Figure:
    """The costs of one job."""

    students: int
    seconds: float
    calls: int
    throttled: int
    megabytes: float
    status: int

    @property
    def each(self) -> float:
        """The seconds for each student."""
        return self.seconds / self.students


class Bench:
    """Measures jobs one after the other with one endpoint."""

    def __init__(self, aws: Sandbox, folder: Path) -> None:
        self._aws = aws
        self._folder = folder

    def first(self, job: str, students: int, **weather: t.Any) -> Figure:
        """Measure a job in an empty account."""
        self._aws.reset()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        if weather:
            self._aws.weather(**weather)
        return self.again(job, students)

    def again(self, job: str, students: int) -> Figure:
        """Measure a job in the account as it is."""
        command, stdin = getattr(self, f"_{job}")([f"student-{number:04d}" for number in range(students)])
        before = self._aws.calls()
        seen = len(self._aws.log())
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output:
            given.write(stdin.encode())
            given.seek(0)
            began = time.monotonic()
            process = subprocess.Popen(
                command, cwd=PROJECT, env=_environment(), stdin=given, stdout=output, stderr=subprocess.STDOUT
            )
            _pid, wait_status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(wait_status)
            if process.returncode and job != "plain":
                output.seek(0)
                print(output.read().decode()[-3000:], file=sys.stderr)
        calls = sum(self._aws.calls().values()) - sum(before.values())
        throttled = sum(1 for call in self._aws.log()[seen:] if call["error"] == "Throttling")
        return Figure(students, seconds, calls, throttled, usage.ru_maxrss / 1024, process.returncode)

    def _class(self, students: list[str]) -> tuple[list[str], str]:
        return self._playbook("playbooks/class.yml", students), ""

    def _setup(self, students: list[str]) -> tuple[list[str], str]:
        return self._playbook("playbooks/setup.yml", students), ""

    def _steps(self, students: list[str]) -> tuple[list[str], str]:
        return [*self._playbook("playbooks/setup.yml", students), "-e", "invoice_iam_user_lane=steps"], ""

    def _plain(self, students: list[str]) -> tuple[list[str], str]:
        (self._folder / "credentials").mkdir(exist_ok=True)
        return self._playbook("tests/bench/plain.yml", students), ""

    def _floor(self, students: list[str]) -> tuple[list[str], str]:
        return self._playbook("tests/bench/floor.yml", students), ""

    def _bare(self, students: list[str]) -> tuple[list[str], str]:
        job = {"policies": ARNS, "students": students, "credentials": str(self._folder / "credentials")}
        return [sys.executable, "-m", "tests.bench.bare"], json.dumps(self._aws.connection | job)

    def _handout(self, students: list[str]) -> tuple[list[str], str]:
        command = self._playbook("playbooks/handout.yml", students)
        return [*command, "-e", f"invoice_iam_user_credentials_dest={self._folder / 'credentials'}"], ""

    def _sealed(self, students: list[str]) -> tuple[list[str], str]:
        command, _stdin = self._handout(students)
        return [*command, "-e", "invoice_iam_user_handout_passphrase='correct horse battery staple'"], ""

    def _verify(self, students: list[str]) -> tuple[list[str], str]:
        return self._playbook("playbooks/verify.yml", students), ""

    def _teardown(self, students: list[str]) -> tuple[list[str], str]:
        command = self._playbook("playbooks/teardown.yml", students)
        return [*command, "-e", f"invoice_iam_user_teardown_confirm={len(students)}"], ""

    def _teardown_module(self, students: list[str]) -> tuple[list[str], str]:
        where = {name: self._aws.connection[name] for name in ("endpoint_url", "access_key", "secret_key", "region")}
        archive = str(self._folder / "removed")
        arguments = {**where, "users": students, "confirm": len(students), "archive_dest": archive}
        module = "ansible_collections.invoice_scanner.iam.plugins.modules.iam_users_teardown"
        return [sys.executable, "-m", module], json.dumps({"ANSIBLE_MODULE_ARGS": arguments})

    def _bare_removal(self, students: list[str]) -> tuple[list[str], str]:
        return [sys.executable, "-m", "tests.bench.bare_removal"], json.dumps(
            self._aws.connection | {"students": students}
        )

    def _playbook(self, playbook: str, students: list[str]) -> list[str]:
        inventory = self._folder / "hosts.yml"
        variables = {
            "aws_connection": self._aws.connection,
            "invoice_iam_user_name": "{{ inventory_hostname }}",
            "invoice_iam_user_console_password": "Admin@123",
            "credentials": str(self._folder / "credentials"),
            "policies": ARNS,
        }
        content = {"all": {"hosts": dict.fromkeys(students), "vars": variables}}
        inventory.write_text(yaml.safe_dump(content), encoding="utf-8")
        return [str(BIN / "ansible-playbook"), "-i", str(inventory), playbook]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    # Let Python save compiled files, as it does by default.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {"LC_ALL": "C.UTF-8", "PYTHONPATH": str(PROJECT)}


def show(what: str, one: Figure) -> Figure:
    """Print the figures of one job."""
    print(
        f"{what:44} {one.students:5} {one.seconds:8.1f} {1000 * one.each:9.1f} {one.calls / one.students:9.1f} "
        f"{100 * one.throttled / max(one.calls, 1):7.1f} % {one.megabytes:8.0f} {one.status:5}",
        flush=True,
    )
    return one


def ratio(what: str, value: float, wanted: str) -> None:
    """Print a ratio and its target."""
    print(f"{what:72} {value:7.2f}   wanted: {wanted}", flush=True)


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[30, 200, 1000], help="students (default: 30 200 1000)")
    parser.add_argument("--weather-size", type=int, default=100, help="students under weather (default: 100; 0: none)")
    parser.add_argument("--rounds", type=int, default=3, help="how often compared jobs are measured (default: 3)")
    options = parser.parse_args()
    print(
        f"{'job':44} {'users':>5} {'seconds':>8} {'ms a user':>9} {'calls':>9} {'throttled':>9} {'MB':>8} {'exit':>5}"
    )
    with (
        Sandbox(managed_policies=[str(path) for path in POLICIES]) as aws,
        tempfile.TemporaryDirectory() as folder,
    ):
        bench = Bench(aws, Path(folder) / "class")
        ratios = setup(bench, options.rounds)
        ratios += compare(bench, options.sizes, options.rounds)
        ratios += after(bench, options.sizes[:2][-1])
        if options.weather_size:
            ratios += weather(bench, options.weather_size)
    print()
    for one in ratios:
        ratio(*one)


def setup(bench: Bench, rounds: int) -> list[tuple[str, float, str]]:
    """Measure setup.yml and a plain playbook in turns. Uses the best time of each."""
    best: dict[tuple[str, int, str], Figure] = {}
    for _round, people, job in itertools.product(range(rounds), (1, 12), ("plain", "setup", "steps")):
        for run, figure in (("first", bench.first(job, people)), ("second", bench.again(job, people))):
            known = best.get((job, people, run))
            best[job, people, run] = figure if known is None or figure.seconds < known.seconds else known
    for (job, people, run), figure in best.items():
        show(f"{job} for {people}, {run} run", figure)

    def against_plain(job: str, people: int, run: str) -> float:
        return best[job, people, run].seconds / best["plain", people, run].seconds

    return [
        ("setup.yml / plain playbook, 12 new people", against_plain("setup", 12, "first"), "at most 0.3"),
        ("setup.yml step by step / plain playbook, 12 new people", against_plain("steps", 12, "first"), "at most 1.1"),
        ("setup.yml / plain playbook, 12 who have everything", against_plain("setup", 12, "second"), "at most 0.2"),
        ("setup.yml / plain playbook, one new person", against_plain("setup", 1, "first"), "at most 1.2"),
        ("setup.yml / plain playbook, one who has everything", against_plain("setup", 1, "second"), "at most 0.8"),
    ]


def in_turns(bench: Bench, size: int, rounds: int) -> tuple[Figure, Figure, Figure]:
    """Measure a bare script, Ansible alone and class.yml in turns. Returns the turn with the median ratio.

    The speed of a machine changes from turn to turn, so the best times of different jobs may not belong together.
    """
    turns = [
        (bench.first("bare", size), bench.again("floor", size), bench.first("class", size)) for _round in range(rounds)
    ]
    return sorted(turns, key=_of_turn)[len(turns) // 2]


def _of_turn(turn: tuple[Figure, Figure, Figure]) -> float:
    bare, floor, first = turn
    return first.seconds / (bare.seconds + floor.seconds)


def compare(bench: Bench, sizes: list[int], rounds: int) -> list[tuple[str, float, str]]:
    """Measure without latency or a limit."""
    small = sizes[0]
    plain = show("plain amazon.aws playbook, first run", bench.first("plain", small))
    plain_again = show("plain amazon.aws playbook, second run", bench.again("plain", small))
    ratios = []
    each = {}
    for size in sizes:
        bare, floor, first = in_turns(bench, size, rounds)
        show("bare boto3 script", bare)
        show("Ansible alone: one debug task a host", floor)
        show("class.yml, first run", first)
        again = show("class.yml, second run", bench.again("class", size))
        handed = show("handout.yml, first run", bench.again("handout", size))
        kept = show("handout.yml, second run", bench.again("handout", size))
        each[size] = first.each
        note = "" if size == small else f" (plain: extrapolated from {small})"
        ratios += [
            (f"plain playbook / class.yml, first run of {size}{note}", plain.each / first.each, "30 for 200"),
            (f"plain playbook / class.yml, second run of {size}{note}", plain_again.each / again.each, "40 for 200"),
            (
                f"class.yml / (bare script + Ansible alone), {size}",
                _of_turn((bare, floor, first)),
                "at most 1.15",
            ),
            (f"API calls a new student, {size}", first.calls / size, "at most 8"),
            (f"API calls a student of a converged class, {size}", again.calls / size, "at most 2, plus pages"),
            (f"megabytes of the largest process, {size}", first.megabytes, "under 200 for 1000"),
            (f"seconds of handout.yml besides Ansible alone, {size}", handed.seconds - floor.seconds, "10 for 1000"),
            (f"the same where nothing changed, {size}", kept.seconds - floor.seconds, "10 for 1000"),
            (f"megabytes of its largest process, {size}", handed.megabytes, "under 200 for 1000"),
        ]
    ratios.append(
        (f"time a student, {sizes[-1]} / {sizes[-2:][0]}", each[sizes[-1]] / each[sizes[-2:][0]], "at most 1.2")
    )
    return ratios


def after(bench: Bench, size: int) -> list[tuple[str, float, str]]:
    """Measure the playbooks that follow the class."""
    bench.first("class", size)
    show("handout.yml with a passphrase", bench.again("sealed", size))
    verify = show("verify", bench.again("verify", size))
    teardown = show("teardown", bench.again("teardown", size))
    bench.first("class", size)
    module = show("teardown, the module alone", bench.again("teardown_module", size))
    bench.first("class", size)
    bare = show("bare boto3 script that removes", bench.again("bare_removal", size))
    floor = show("Ansible alone: one debug task a host", bench.again("floor", size))
    return [
        (f"API calls to verify a student of a converged class, {size}", verify.calls / size, "at most 3, plus pages"),
        (f"teardown, the module alone / bare script, {size}", module.seconds / bare.seconds, "at most 1.5"),
        (f"teardown / (bare script + Ansible alone), {size}", teardown.seconds / (bare.seconds + floor.seconds), "1"),
    ]


def weather(bench: Bench, size: int) -> list[tuple[str, float, str]]:
    """Measure with the latency of a real network, and with an account's request limit."""
    bare = show("bare boto3 script, 80 ms latency", bench.first("bare", size, latency_ms=80))
    late = show("class.yml, 80 ms latency", bench.first("class", size, latency_ms=80))
    limited = show("class.yml, 15 requests/s, 80 ms", bench.first("class", size, latency_ms=80, throttle=LIMIT))
    show("bare boto3 script, 15 requests/s, 80 ms", bench.first("bare", size, latency_ms=80, throttle=LIMIT))
    floor = (limited.calls - limited.throttled) / LIMIT["rate"]
    return [
        (f"class.yml / bare script, 80 ms latency, {size}", late.seconds / bare.seconds, "as without"),
        (f"class.yml / (calls / 15 a second), {size}", limited.seconds / floor, "at most 1.2"),
        (f"percent of calls throttled, {size}", 100 * limited.throttled / limited.calls, "under 10"),
        (f"failures under the limit (exit status), {size}", limited.status, "0"),
    ]


if __name__ == "__main__":
    main()
