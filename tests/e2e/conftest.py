# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Playbooks run as people run them: a real ansible-playbook, a real HTTP endpoint, an inventory of its own."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
import typing as t
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from sandbox.aws.client import Sandbox

from .support.browser import browser

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# One browser serves all modules of a process: Playwright runs but once in each.
__all__ = ["browser"]

PROJECT = Path(__file__).parents[2]
POLICIES = PROJECT / "roles" / "invoice_iam_user" / "files" / "policies"
WORKSHOP_POLICIES = ("AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy")
BIN = Path(sys.executable).parent
USER = "ai-invoice-scanner-user"
VAULT_PASSWORD = "a vault password for this test"
WRITES = re.compile(r"iam:(Add|Attach|Create|Deactivate|Delete|Detach|Put|Remove|Tag|Untag|Update|Upload)")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add an option for those who have a quarter of an hour more, and one for those who have hours."""
    parser.addoption("--slow", action="store_true", help="run the slow tests, too, as CI does")
    parser.addoption(
        "--long", action="store_true", help="let everything go wrong everywhere, not only where it matters"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests for those who have more time."""
    marks = [] if config.getoption("--long") else ["long"] if config.getoption("--slow") else ["long", "slow"]
    left_out = {one for one in items if any(map(one.get_closest_marker, marks))}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [one for one in items if one not in left_out]


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Say of each kind of fault how often it was brought about in each lane, and how often all was well in the end.

    Each time is a subtest, named after the kind, with the lane beside it.
    """
    reports = [one for reports in terminalreporter.stats.values() for one in reports if hasattr(one, "context")]
    cells = Counter((one.context.msg, _place(one.context.kwargs)) for one in reports)
    good = Counter(one.context.msg for one in reports if one.passed)
    for kind in dict.fromkeys(kind for kind, _place_of_it in cells):
        counts = [f"{count} {place}" for (its_kind, place), count in cells.items() if its_kind == kind]
        terminalreporter.write_line(f"{kind}: {' + '.join(counts)}: {good[kind]} ok")


def _place(where: Mapping[str, str]) -> str:
    if "store" in where:
        return "with a durable store"
    lane = where.get("lane", "").strip("'\"")
    return f"in the {lane} lane" if lane else "in the class"


def environment() -> dict[str, str]:
    """The environment of this process without anything that points Ansible or AWS somewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    return kept | {"LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1", "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def in_a_log(command: list[str], folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Type a command where nobody answers and the output goes to a file, as in CI."""
    return subprocess.run(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


def in_a_terminal(command: list[str], folder: Path, env: Mapping[str, str], password: str = "") -> str:
    """Run a command on a terminal of its own, type the password at each prompt, and return what was shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, dict(env))
    shown = b""
    prompts = 0
    try:
        while chunk := os.read(terminal, 65536):
            shown += chunk
            if shown.lower().count(b"password: ") > prompts:
                prompts += 1
                os.write(terminal, f"{password}\n".encode())
    except OSError:
        pass  # Linux says so when the other end is closed
    os.close(terminal)
    _child, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, f"{command}\n{shown.decode()}"
    return shown.decode()


@dataclass(frozen=True)
class Run:
    """What a playbook run printed, and how it ended."""

    status: int
    output: str

    def recap(self, host: str) -> dict[str, int]:
        """The numbers of one host in the play recap."""
        line = re.search(rf"^{re.escape(host)} +: (.+)$", self.output, re.MULTILINE)
        assert line, self.output
        return {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", line[1])}

    def flat(self) -> str:
        """The output with every run of white space made one space, and quotes single: YAML folds and doubles them."""
        return re.sub(r"\s+", " ", self.output).replace("''", "'")


class Workshop:
    """An inventory in a directory of its own, and the commands of its instructor."""

    def __init__(self, path: Path, aws: Sandbox) -> None:
        self.path = path
        self.aws = aws
        self.credentials = path / "credentials"
        self.inventory = path / "inventory"
        self.variables({"aws_connection": aws.connection}, "connection")
        self.hosts({"participant": {}})

    def hosts(self, hosts: Mapping[str, Mapping[str, t.Any]]) -> None:
        """Write the hosts, each with variables of its own."""
        self.inventory.mkdir(exist_ok=True)
        content = {"all": {"hosts": {name: dict(variables) for name, variables in hosts.items()}}}
        (self.inventory / "hosts.yml").write_text(yaml.safe_dump(content), encoding="utf-8")

    def variables(self, values: Mapping[str, t.Any], name: str = "main", vault_password: str | None = None) -> None:
        """Write variables for all hosts, in clear or vaulted."""
        folder = self.inventory / "group_vars" / "all"
        folder.mkdir(parents=True, exist_ok=True)
        content = yaml.safe_dump(dict(values)).encode()
        if vault_password:
            content = VaultLib().encrypt(content, secret=VaultSecret(vault_password.encode()))
        (folder / f"{name}.yml").write_bytes(content)

    def command(self, *arguments: str) -> list[str]:
        """The command line of a playbook run."""
        return [str(BIN / "ansible-playbook"), "-i", str(self.inventory), *arguments]

    def run(self, *arguments: str, env: Mapping[str, str] | None = None, **variables: t.Any) -> Run:
        """Run a playbook with extra variables (names without the role's prefix)."""
        extra = {f"invoice_iam_user_{name}": value for name, value in variables.items()}
        options = ["-e", json.dumps(extra)] if extra else []
        done = in_a_log(self.command(*arguments, *options), PROJECT, environment() | dict(env or {}))
        return Run(done.returncode, done.stdout)

    def setup(self, *arguments: str, **variables: t.Any) -> Run:
        """Run the setup playbook and expect it to succeed."""
        run = self.run("playbooks/setup.yml", *arguments, **variables)
        assert run.status == 0, run.output
        return run

    def prepare(self, **variables: t.Any) -> Run:
        """Set up what a test begins with, in the lane that takes a third of the time; both leave the same."""
        return self.setup(lane="engine", **variables)

    def let_an_hour_pass(self) -> None:
        """Have the files saved an hour ago: a sign-in that AWS does not show then is gone, and not just late."""
        for path in self.credentials.rglob("*_credentials.csv"):
            os.utime(path, (time.time() - 3600,) * 2)

    @staticmethod
    def client_for(url: str, keys: Mapping[str, str], service: str, region: str = "us-east-1") -> t.Any:
        """An independent reader with these keys."""
        make: t.Any = boto3.client  # boto3's types know each service by a literal only
        return make(
            service,
            endpoint_url=url,
            region_name=region,
            aws_access_key_id=keys["access_key"],
            aws_secret_access_key=keys["secret_key"],
        )

    def client(self, service: str) -> t.Any:
        """An independent reader with the operator's rights."""
        return self.client_for(self.aws.url, self.aws.connection, service)

    def writes(self) -> dict[str, int]:
        """The writing calls that the endpoint has seen, those of this test's own readers included."""
        return {action: count for action, count in self.aws.calls().items() if WRITES.match(action)}


def managed_policies() -> list[str]:
    """The documents of the two policies of the workshop's step 2.1."""
    return [str(POLICIES / f"{name}.json") for name in WORKSHOP_POLICIES]


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Whether there are hours."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Sandbox]:
    """An endpoint for all tests of this process."""
    with Sandbox(managed_policies=managed_policies()) as aws:
        yield aws


@pytest.fixture(scope="module")
def module_workshop(endpoint: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A workshop that the tests of a module share, in an account that was empty before."""
    endpoint.reset()
    return Workshop(tmp_path_factory.mktemp("workshop"), endpoint)


@pytest.fixture
def workshop(endpoint: Sandbox, tmp_path: Path) -> Workshop:
    """A workshop of one test's own, in an empty account."""
    endpoint.reset()
    return Workshop(tmp_path, endpoint)
