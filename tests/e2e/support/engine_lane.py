# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Run the module of the lane "engine" without a playbook, in its own process, which can be killed.

The process is forked from this one, which has loaded Ansible, boto3 and the module already. So a run takes a quarter of
a second. Starting a new Python takes more than a second.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

import botocore.session
from ansible.module_utils import basic

from ansible_collections.invoice_scanner.iam.plugins.modules import iam_users

from ..file_faults.sitecustomize import Faults
from .promise import Account, Promise

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.aws.client import Sandbox

_UNIQUE = re.compile(r"\.\d+-[0-9a-f]{8}-[0-9a-f]{8}(?=\.(tmp|claim)$)")
POLICIES = [f"arn:aws:iam::123456789012:policy/{name}" for name in ("AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy")]
KILLED = -9

# By default, every session reads botocore's descriptions of AWS's services anew, which takes a third of a run. Here,
# all sessions share what this process has read.
setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))  # noqa: B010


@dataclass(frozen=True)
class Done:
    """The exit status and the output of a run."""

    status: int
    said: str

    @property
    def result(self) -> dict[str, t.Any]:
        """The result of the module."""
        # After the result, there may be lines with warnings.
        return t.cast("dict[str, t.Any]", json.JSONDecoder().raw_decode(self.said.lstrip())[0])

    def outcome(self, name: str) -> dict[str, t.Any]:
        """Return the module's result for one user."""
        (one,) = [one for one in self.result["users"] if one["name"] == name]
        return t.cast("dict[str, t.Any]", one)


class EngineLane:
    """One account, and a class of two users for each test: one who has everything, and a new one."""

    MATE = "mate"

    def __init__(self, aws: Sandbox, folder: Path) -> None:
        self.aws = aws
        self.folder = folder
        self.account = Account(aws)
        self.account.let_users_change_their_passwords()
        self.account.add_stranger("stranger")
        self._count = 0
        self._template = folder / "template"
        done = self.run(self.parameters(self._template, self.MATE))
        assert done.status == 0, done.said

    def parameters(self, credentials: Path, *names: str) -> dict[str, t.Any]:
        """Return the module's options."""
        return {
            **{name: self.aws.connection[name] for name in ("endpoint_url", "access_key", "secret_key", "region")},
            "users": [{"name": name, "managed_policies": POLICIES} for name in names],
            "credentials_dest": str(credentials),
            "threads": 1,
            "wait_timeout": 20,
        }

    def cell(self, *more: str) -> Cell:
        """Start a test with a new student. The files of the other user exist already."""
        self._count += 1
        credentials = self.folder / f"credentials-{self._count:04d}"
        shutil.copytree(self._template, credentials)
        name = f"student-{self._count:04d}"
        return Cell(self, credentials, [name, *(f"{name}-{one}" for one in more)])

    def run(
        self,
        parameters: Mapping[str, t.Any],
        prepare: Callable[[], None] | None = None,
        main: Callable[[], None] = iam_users.main,
        **weather: t.Any,
    ) -> Done:
        """Run a module in a new process, after C(prepare). A kill in C(weather) is for this process."""
        output = self.folder / "output"
        begin, go = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(go)
            _be_the_module(parameters, output, begin, prepare, main)
        os.close(begin)
        if weather:
            if "kill" in weather:
                weather["kill"]["pid"] = child
            self.aws.weather(**weather)
        os.close(go)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if weather:
            self.aws.weather()
        return Done(status, output.read_text(encoding="utf-8", errors="replace"))


@dataclass
class Cell:
    """A single test: a class that runs into a fault and is run again."""

    lane: EngineLane
    credentials: Path
    students: Sequence[str]

    @property
    def student(self) -> str:
        """The first new student."""
        return self.students[0]

    @property
    def log(self) -> Path:
        """The log of file operations."""
        return self.credentials.with_suffix(".log")

    def run(
        self,
        file_fault: Mapping[str, t.Any] | None = None,
        *,
        prepare: Callable[[], None] | None = None,
        threads: int = 1,
        wishes: Mapping[str, t.Any] | None = None,
        **weather: t.Any,
    ) -> Done:
        """Run the module for the class. C(wishes) are options for each user."""
        if file_fault is not None:
            where = {"folder": str(self.credentials), "log": str(self.log), "parent": os.getpid()}
            prepare = Faults(**{**where, **file_fault}).install
        parameters = {**self.parameters(), "threads": threads}
        parameters["users"] = [{**one, **(wishes or {})} for one in parameters["users"]]
        done = self.lane.run(parameters, prepare, **weather)
        assert "Traceback" not in done.said, done.said
        return done

    def parameters(self) -> dict[str, t.Any]:
        """Return the module's options."""
        return self.lane.parameters(self.credentials, self.lane.MATE, *self.students)

    def operations(self) -> list[str]:
        """Return the file operations so far, without the parts that differ each time."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        plain = (_UNIQUE.sub("a", line.replace(self.credentials.name, "credentials")) for line in lines)
        return [line.replace(self.student, "student") for line in plain]

    def again(self) -> None:
        """Run the module again, and assert that it succeeds and keeps the promise."""
        done = self.run()
        assert done.status == 0, done.said
        failed = [one["msg"] for one in done.result["users"] if one["failed"]]
        assert not failed, failed
        self.assert_kept()

    def assert_kept(self) -> None:
        """Assert that the promise is kept."""
        broken = Promise(self.lane.account, self.credentials, POLICIES).broken(self.lane.MATE, *self.students)
        assert not broken, broken


def _be_the_module(
    parameters: Mapping[str, t.Any],
    output: Path,
    begin: int,
    prepare: Callable[[], None] | None,
    main: Callable[[], None],
) -> t.NoReturn:
    """Run the module in the forked process, as Ansible would, once the other end of the pipe is closed."""
    status = 1
    try:
        os.setsid()
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (1, 2):
            os.dup2(handle, stream)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        os.umask(0)  # So that files get their modes from the code under test.
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": dict(parameters)}).encode())  # noqa: B010
        setattr(basic, "_ANSIBLE_PROFILE", "legacy")  # noqa: B010
        os.read(begin, 1)
        if prepare:
            prepare()
        main()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
