# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Play a training department: follow the guide, apply controller/ to a stand-in for AWX, and log in there."""

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
# The playbooks that AWX finds in the project
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
# Without this, each request would first read all of this machine's certificates, which takes eight times as long.
NO_TLS = {"SSL_CERT_FILE": os.devnull}
# Runs awx.awx's modules within the processes of their tasks, which takes a quarter of the time
QUICKLY = {"ANSIBLE_ACTION_PLUGINS": str(PROJECT / "tests" / "awx" / "action")}

Answer = tuple[int, t.Any]


def blocks(language: str) -> list[str]:
    """Return the guide's code blocks in one language, with each command on one line."""
    return [
        textwrap.dedent(text).replace("\\\n", "") for text in re.findall(rf"(?ms)^ *```{language}\n(.+?)^ *```", GUIDE)
    ]


def guides_settings() -> dict[str, t.Any]:
    """Return the settings from the guide, completed by secrets and a notification of the department."""
    [text] = blocks("yaml")
    settings: dict[str, t.Any] = yaml.safe_load(text)
    return {**settings, **SECRETS, "controller_notifications": [*settings["controller_notifications"], SLACK]}


def guides_command() -> str:
    """Return the command from the guide that applies the settings."""
    [block] = [text for text in blocks("shell") if "controller/apply.yml" in text]
    return block.splitlines()[-1]


@dataclass(frozen=True)
class Department:
    """A directory with the project and the settings, and a controller."""

    folder: Path
    server: Server

    @property
    def awx(self) -> Awx:
        """The controller's current contents."""
        return self.server.awx

    def run(self, command: str, env: Mapping[str, str]) -> Run:
        """Run a command in the directory."""
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
        """Write the settings to a file, and apply them as the guide says."""
        (self.folder / "our_settings.yml").write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
        return self.run(shlex.join([*shlex.split(guides_command()), "-v", *arguments]), QUICKLY | dict(env or LOGIN))

    def person(self, name: str, *teams: str) -> Person:
        """Return a logged-in person who is in these teams."""
        return Person(self.server.url, self.awx.person(name, *teams))

    @property
    def admin(self) -> Person:
        """The administrator, logged in."""
        return Person(self.server.url, ADMIN_TOKEN)


def department(folder: Path, server: Server) -> Department:
    """Prepare a directory in which the guide's commands work."""
    for name in ("ansible.cfg", "controller", "sandbox"):
        (folder / name).symlink_to(PROJECT / name)
    return Department(folder, server)


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in."""

    url: str
    token: str

    def get(self, path: str) -> Answer:
        """Send a GET request. Returns the status and the response."""
        return self._ask("GET", path, None)

    def post(self, path: str, **data: t.Any) -> Answer:
        """Send a POST request. Returns the status and the response."""
        return self._ask("POST", path, data)

    def patch(self, path: str, **data: t.Any) -> Answer:
        """Send a PATCH request. Returns the status and the response."""
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
