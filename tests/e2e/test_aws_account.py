# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""make test-aws and make test-aws-clean, run as people run them, with a sandbox in the place of AWS."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.aws import permissions

from .conftest import PROJECT, WRITES, Workshop, environment
from .support.leavers import DENY, OWNERSHIP, account

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.aws.client import Sandbox

ACCOUNT = "123456789012"
QUICK = ("--patience", "0.2", "--pause", "0.2")


class Desk:
    """An account with strangers in it, and somebody who may do what a run needs and no more."""

    def __init__(self, aws: Sandbox, folder: Path) -> None:
        self.aws = aws
        self.folder = folder
        self.iam = Workshop.client_for(aws.url, aws.connection, "iam")
        self.iam.create_user(UserName="tester")
        document = json.dumps(permissions.document(ACCOUNT))
        self.iam.put_user_policy(UserName="tester", PolicyName="run", PolicyDocument=document)
        self._key = self.iam.create_access_key(UserName="tester")["AccessKey"]
        self._add_strangers()
        self.before = account(self.iam)

    def _add_strangers(self) -> None:
        """Add one of ours from another course, and things that have something of a run's, and not all of it."""
        tags = [{"Key": "invoice-scanner-test", "Value": "0123456789"}]
        name, path = "invoice-scanner-test-0123456789-anna", "/invoice-scanner-test/0123456789/"
        self.iam.create_user(UserName="anna", Tags=[OWNERSHIP])
        self.iam.create_access_key(UserName="anna")
        self.iam.create_user(UserName=name, Tags=tags)
        self.iam.create_user(UserName="bert", Path=path, Tags=tags)
        self.iam.create_user(UserName=f"{name}-untagged", Path=path)
        self.iam.create_user(UserName="invoice-scanner-test-9876543210-carla", Path=path, Tags=tags)
        self.iam.create_policy(PolicyName=f"{name}-policy", Path=path, PolicyDocument=DENY)
        self.iam.create_policy(PolicyName="InvoiceScannerHours-spring", PolicyDocument=DENY, Tags=[OWNERSHIP])
        hours = [OWNERSHIP, {"Key": "workshop-class", "Value": "spring"}]
        self.iam.create_policy(PolicyName=f"InvoiceScannerHours-{name}", PolicyDocument=DENY, Tags=hours)
        self.iam.create_group(GroupName=f"{name}-group")
        self.iam.create_virtual_mfa_device(VirtualMFADeviceName="a-phone", Path=path, Tags=tags)

    def start(self, *arguments: str, url: str = "") -> subprocess.Popen[str]:
        """Start a command as make does, in a directory for temporary files of its own."""
        keys = {"AWS_ACCESS_KEY_ID": self._key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": self._key["SecretAccessKey"]}
        where = {"AWS_ENDPOINT_URL": url or self.aws.url, "TMPDIR": str(self.folder)}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.aws", *arguments],
            cwd=PROJECT,
            env=environment() | keys | where,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, account: str = ACCOUNT, url: str = "") -> tuple[int, str]:
        """Run a command to its end."""
        with self.start(*arguments, "--account", account, url=url) as process:
            output = process.communicate(timeout=900)[0]
        return process.returncode, output

    def assert_clean(self) -> None:
        """See that the account is as it was, and that no file is left."""
        assert account(self.iam) == self.before
        assert not [path.name for path in self.folder.iterdir() if path.name.startswith("invoice-scanner-test")]

    def assert_secret(self, output: str) -> None:
        """See that the output has no secret in it."""
        assert not [secret for secret in self.aws.secrets() if secret in output]


@pytest.fixture
def desk(endpoint: Sandbox, tmp_path: Path) -> Desk:
    endpoint.reset()
    return Desk(endpoint, tmp_path)


def listed(output: str, title: str) -> list[str]:
    """The lines below a title with their number in parentheses."""
    match = re.search(rf"^{re.escape(title)} \((\d+)\):\n((?:  .+\n)+)", output, re.MULTILINE)
    lines = [line.strip() for line in match[2].splitlines()] if match else []
    assert len(lines) == (int(match[1]) if match else 0), output
    return lines


@pytest.mark.slow
def test_the_sandbox_answers_as_the_sandbox_does(desk: Desk) -> None:
    status, output = desk.run("run", *QUICK)
    assert status == 0, output
    assert "No differences, and every promise was kept." in output
    assert "NOT KEPT" not in output
    assert output.count("ok       step ") == 9
    assert output.count("ok       class: pause (hours)") == output.count("ok       class: resumption (hours)") == 1
    (counts,) = re.findall(r"compared: (\d+) to our own calls, (\d+) to those of the playbooks", output)
    assert all(int(count) > 400 for count in counts)
    desk.assert_clean()
    desk.assert_secret(output)


class Liar(BaseHTTPRequestHandler):
    """Stands before the endpoint, and changes what it says to some calls."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of a reply together
    endpoint = ""
    # Action -> what is replaced in the body of the reply, and by what
    lies: t.ClassVar = {
        "GetLoginProfile": (rb"<PasswordResetRequired>\w+</PasswordResetRequired>", b""),
        "CreateAccessKey": (rb"<Code>LimitExceeded</Code>", b"<Code>TooMany</Code>"),
        "ListAccessKeys": (rb"<Status>Inactive", b"<Status>Disabled"),
        # The run cannot go on without it, and ends in mid-air.
        "UploadSSHPublicKey": (rb"<SSHPublicKeyId>\w+</SSHPublicKeyId>", b""),
    }

    def do_POST(self) -> None:
        """Ask the endpoint, and pass its answer on."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=60)
        connection.request("POST", self.path, body, dict(self.headers))
        response = connection.getresponse()
        action = parse_qs(body.decode()).get("Action", [""])[0]
        said = re.sub(*self.lies.get(action, (b"^$", b"")), response.read())
        connection.close()
        self.send_response(400 if action == "DeleteGroup" and response.status == 404 else response.status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def liar(endpoint: Sandbox) -> Iterator[str]:
    handler = type("Handler", (Liar,), {"endpoint": endpoint.url})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.slow
def test_what_one_of_them_answers_in_another_way_is_listed_and_a_failure_leaves_nothing(desk: Desk, liar: str) -> None:
    status, output = desk.run("run", "--part", "answers", *QUICK, url=liar)
    assert status == 1, output
    profile = "LoginProfile.PasswordResetRequired: AWS: nothing; the sandbox"
    key = "AWS: nothing; the sandbox: 20 characters with APKA"
    statuses = "AWS: 'Active' or 'Disabled'; the sandbox: 'Active' or 'Inactive'"
    assert listed(output, "Differences between AWS and the sandbox") == [
        "CreateAccessKey, a third: error code: AWS: TooMany; the sandbox: LimitExceeded",
        f"ListAccessKeys, one of two Inactive: AccessKeyMetadata[].Status: {statuses}",
        f"GetLoginProfile, to be changed: {profile}: True",
        f"GetLoginProfile, not to be changed: {profile}: False",
        "DeleteGroup, a missing group: HTTP status: AWS: 400; the sandbox: 404",
        f"UploadSSHPublicKey, a new one: SSHPublicKey.SSHPublicKeyId: {key}",
    ]
    failure = "The odd answers of IAM: this part ended with KeyError('SSHPublicKeyId')"
    assert listed(output, "Promises that were not kept") == [failure]
    desk.assert_clean()
    desk.assert_secret(output)


@pytest.mark.slow
def test_after_a_crash_everything_is_found_and_removed_and_nothing_else(desk: Desk) -> None:
    with desk.start("run", "--part", "answers", *QUICK, "--account", ACCOUNT) as process:
        desk.aws.weather(kill={"action": "EnableMFADevice", "nth": 1, "pid": process.pid, "when": "after"})
        output = process.communicate(timeout=120)[0]
    assert process.returncode == -signal.SIGKILL, output
    desk.aws.weather()
    (path,) = re.findall(r"/invoice-scanner-test/\w{10}/", output)[:1]
    prefix = path.strip("/").replace("/", "-")
    desk.iam.create_group(GroupName=f"{prefix}-group", Path=path)
    desk.iam.add_user_to_group(GroupName=f"{prefix}-group", UserName=f"{prefix}-owner")
    desk.iam.create_policy_version(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy{path}{prefix}-policy", PolicyDocument=DENY)
    hours = [OWNERSHIP, {"Key": "workshop-class", "Value": f"{prefix}-class"}]
    desk.iam.create_policy(PolicyName=f"InvoiceScannerHours-{prefix}-class", PolicyDocument=DENY, Tags=hours)

    status, output = desk.run("clean", "--pause", "0.2")
    assert status == 0, output
    kinds = {"user": "odd", "user ": "owner", "group": "group", "policy": "policy", "MFA device": "owner-phone"}
    for kind, end in kinds.items():
        line = f"{kind.strip()} {prefix}-{end} in {path}"
        assert output.count(f"  {line}\n") == output.count(f"  removed {line}\n") == 1, output
    assert output.count(f"  removed policy InvoiceScannerHours-{prefix}-class in /\n") == 1, output
    assert "6 things are left over" in output
    assert output.count("Left alone: ") == 8, output
    desk.assert_clean()


@pytest.mark.slow
def test_interrupted_in_mid_class_it_removes_everything(desk: Desk) -> None:
    keys = desk.aws.calls()["iam:CreateAccessKey"]
    desk.aws.weather(latency_ms=30)
    with desk.start("run", "--part", "class", *QUICK, "--account", ACCOUNT) as process:
        deadline = time.monotonic() + 60
        while desk.aws.calls()["iam:CreateAccessKey"] < keys + 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        desk.aws.weather()
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGTERM)  # impatient, and asked to wait
        output = process.communicate(timeout=120)[0]
    assert process.returncode == 130, output
    assert "Interrupted by SIGINT." in output
    assert re.search(r"removed user invoice-scanner-test-\w{10}-student-1 in ", output)
    assert "nothing is left" in output
    calls = sum(desk.aws.calls().values())
    time.sleep(1)
    assert sum(desk.aws.calls().values()) == calls, "nothing goes on behind the operator's back"
    desk.assert_clean()
    desk.assert_secret(output)


@pytest.mark.parametrize("command", ["run", "clean"])
def test_another_account_is_refused_before_anything_is_written(desk: Desk, command: str) -> None:
    writes = [name for name in desk.aws.calls() if WRITES.match(name)]
    calls = desk.aws.calls()
    status, output = desk.run(command, account="210987654321")
    assert status == 2, output
    assert f"Your AWS credentials belong to account {ACCOUNT} and you named 210987654321." in output
    made = {name: count - calls.get(name, 0) for name, count in desk.aws.calls().items()}
    assert {name for name, count in made.items() if count} == {"sts:GetCallerIdentity"}
    assert not [name for name in writes if made[name]]
    desk.assert_clean()


def test_the_account_has_to_be_named(desk: Desk) -> None:
    before = desk.aws.calls()
    status, output = desk.run("run", account="")
    assert (status, desk.aws.calls()) == (2, before)
    assert "AWS_ACCOUNT=123456789012" in output


def test_only_these_targets_of_make_see_the_shells_credentials(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text('#!/bin/sh\necho "$@ with $AWS_PROFILE"\n', encoding="utf-8")
    python.chmod(0o700)
    now = time.time() + 60
    for number, name in enumerate((".made", ".demo", ".awx", ".dev")):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (now + number, now + number))

    def make(*goals: str) -> str:
        arguments = ["make", f"VENV={tmp_path}", f"AWS_ACCOUNT={ACCOUNT}", *goals]
        own = {"AWS_PROFILE": "mine", "MAKEFLAGS": "", "MAKELEVEL": "0"}
        done = subprocess.run(
            arguments, cwd=PROJECT, env=environment() | own, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert f"\n-m tests.aws run --account {ACCOUNT} with mine\n" in make("test-aws")
    assert f"\n-m tests.aws clean --account {ACCOUNT} with mine\n" in make("test-aws-clean")
    assert re.search(r"tests/unit with $", make("test-unit"), re.MULTILINE)
    assert re.search(r"tests/unit with $", make("test-aws", "test-unit"), re.MULTILINE)


@pytest.mark.long
def test_on_a_busy_day_it_waits_and_finds_no_difference(desk: Desk) -> None:
    desk.aws.weather(
        latency_ms=120,
        new_user_missing_for=1.5,
        new_policy_missing_for=2,
        new_key_invalid_for=8,
        stale_key_lists_for=2,
        stale_get_user_for=1.5,
        stale_get_login_profile_for=3,
        unmodifiable_after_create_for=12,
        unmodifiable_after_recreate_for=12,
        throttle={"rate": 15, "burst": 30},
        concurrent_modification={"action": "any", "every": 25},
    )
    status, output = desk.run("run")
    assert status == 0, output
    assert listed(output, "Came late, as AWS's answers may")
    desk.aws.weather()
    desk.assert_clean()
