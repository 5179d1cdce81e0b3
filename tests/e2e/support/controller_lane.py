# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A training department at work: it follows its guide, applies controller/ to a stand-in for AWX, and logs in there."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import textwrap
import typing as t
import urllib.error
import urllib.request
from dataclasses import dataclass

import yaml

from tests.awx.server import ADMIN_PASSWORD, ADMIN_TOKEN, Awx, Server
from tests.guides import guide

from ..conftest import BIN, PROJECT, Run, environment

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GUIDE = guide("awx")
# What AWX finds of playbooks in the project
PLAYBOOKS = [f"playbooks/{file.name}" for file in (PROJECT / "playbooks").glob("*.yml")] + ["controller/summary.yml"]
SECRETS = {
    "controller_aws_access_key": "AKIAOFTHETEST0000000",
    "controller_aws_secret_key": "a-secret-key-of-the-test",
    "controller_vault_password": "a-vault-password-of-the-test",
}
TOKEN_IN_SLACK = "a-token-of-the-test"
SLACK = {
    "name": "Training channel",
    "notification_type": "slack",
    "notification_configuration": {"token": TOKEN_IN_SLACK, "channels": ["#training"]},
}
LOGIN = {"CONTROLLER_OAUTH_TOKEN": ADMIN_TOKEN}
LOGIN_WITH_PASSWORD = {"CONTROLLER_USERNAME": "admin", "CONTROLLER_PASSWORD": ADMIN_PASSWORD}
# Else each request would read all authorities of this machine first, which takes eight times as long as the request.
NO_TLS = {"SSL_CERT_FILE": os.devnull}
# awx.awx's modules in the processes of their tasks: the same code in a quarter of the time
QUICKLY = {"ANSIBLE_ACTION_PLUGINS": str(PROJECT / "tests" / "awx" / "action")}

Answer = tuple[int, t.Any]


def blocks(language: str) -> list[str]:
    """The blocks of code of the guide in one language, each command in one line."""
    return [
        textwrap.dedent(text).replace("\\\n", "") for text in re.findall(rf"(?ms)^ *```{language}\n(.+?)^ *```", GUIDE)
    ]


def guides_settings() -> dict[str, t.Any]:
    """The settings that the guide shows, and what it leaves to the department: secrets, and a way to tell people."""
    [text] = blocks("yaml")
    settings: dict[str, t.Any] = yaml.safe_load(text)
    return {**settings, **SECRETS, "controller_notifications": [*settings["controller_notifications"], SLACK]}


def guides_command() -> str:
    """The command with which the guide applies the settings."""
    [block] = [text for text in blocks("shell") if "controller/apply.yml" in text]
    return block.splitlines()[-1]


@dataclass(frozen=True)
class Department:
    """A folder with the project and the settings in it, and a controller."""

    folder: Path
    server: Server

    @property
    def awx(self) -> Awx:
        """What is in the controller now."""
        return self.server.awx

    def run(self, command: str, env: Mapping[str, str]) -> Run:
        """Run a command there, as a shell would."""
        program, *arguments = shlex.split(command)
        done = subprocess.run(
            [str(BIN / program), *arguments],
            cwd=self.folder,
            env=environment() | {"CONTROLLER_HOST": self.server.url} | NO_TLS | dict(env),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def apply(self, settings: Mapping[str, t.Any], *arguments: str, env: Mapping[str, str] | None = None) -> Run:
        """Write the settings down and do what the guide says."""
        (self.folder / "our_settings.yml").write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
        return self.run(shlex.join([*shlex.split(guides_command()), "-v", *arguments]), QUICKLY | dict(env or LOGIN))

    def person(self, name: str, *teams: str) -> Person:
        """Somebody who is in these teams and logs in."""
        return Person(self.server.url, self.awx.person(name, *teams))

    @property
    def admin(self) -> Person:
        """Who may do everything."""
        return Person(self.server.url, ADMIN_TOKEN)


def department(folder: Path, server: Server) -> Department:
    """Prepare a folder in which the guide's commands work."""
    for name in ("ansible.cfg", "controller", "sandbox"):
        (folder / name).symlink_to(PROJECT / name)
    return Department(folder, server)


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in."""

    url: str
    token: str

    def get(self, path: str) -> Answer:
        """Ask for something, and return the status and the answer."""
        return self._ask("GET", path, None)

    def post(self, path: str, **data: t.Any) -> Answer:
        """Have something done, and return the status and the answer."""
        return self._ask("POST", path, data)

    def patch(self, path: str, **data: t.Any) -> Answer:
        """Change something, and return the status and the answer."""
        return self._ask("PATCH", path, data)

    def _ask(self, method: str, path: str, data: t.Any) -> Answer:
        url = self.url + (path if path.startswith("/api") else f"/api/v2/{path}/")
        headers = {"Authorization": f"Bearer {self.token}"}
        body = None if data is None else json.dumps(data).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method)) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "null")
