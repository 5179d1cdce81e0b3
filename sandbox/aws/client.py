# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Start and control an endpoint in its own process, for tests. Uses the standard library only."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

_CHECKOUT = Path(__file__).parents[2]
_PATIENCE = 60.0


def environment(connection: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables that point any AWS client to the endpoint of a C(connection.json)."""
    return {
        "AWS_ENDPOINT_URL": connection["endpoint_url"],
        "AWS_ACCESS_KEY_ID": connection["access_key"],
        "AWS_SECRET_ACCESS_KEY": connection["secret_key"],
        "AWS_DEFAULT_REGION": connection["region"],
    }


class Sandbox:
    """Starts an endpoint in a temporary run directory; stops and removes it at the end of a C(with) block."""

    def __init__(
        self,
        managed_policies: Iterable[str | Path] = (),
        operator_policy: Mapping[str, t.Any] | None = None,
        python: str = sys.executable,
    ) -> None:
        self.run_dir = Path(tempfile.mkdtemp(prefix="sandbox-aws-"))
        options = [part for path in managed_policies for part in ("--managed-policy", str(Path(path).resolve()))]
        command = [python, "-m", "sandbox.aws", "start", "--foreground", "--until-stdin-ends", *options]
        with (self.run_dir / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--run-dir", str(self.run_dir)],
                cwd=_CHECKOUT,
                env={**os.environ, "PYTHONPATH": str(_CHECKOUT)},
                stdin=subprocess.PIPE,  # The endpoint stops when this is closed, even if this process is killed.
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.connection: dict[str, str] = self._await_connection()
        self.url = self.connection["endpoint_url"]
        if operator_policy is not None:
            self.reset(operator_policy)

    def _await_connection(self) -> dict[str, str]:
        path = self.run_dir / "connection.json"
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            if path.exists():
                return t.cast("dict[str, str]", json.loads(path.read_text(encoding="utf-8")))
            time.sleep(0.02)
        log = (self.run_dir / "server.log").read_text(encoding="utf-8", errors="replace")
        self.stop()
        raise RuntimeError(f"the endpoint did not start:\n{log}")

    def __enter__(self) -> t.Self:
        """Return the running endpoint."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the endpoint."""
        self.stop()

    def env(self) -> dict[str, str]:
        """Return environment variables that point any AWS client here, with the operator's keys."""
        return environment(self.connection)

    def account(self, identifier: str) -> dict[str, str]:
        """Create another account, until the next reset. Returns the connection for its operator."""
        return {**self.connection, **self._control("account", {"id": identifier})}

    def calls(self) -> dict[str, int]:
        """Return the number of calls of each action since the last reset, including refused ones."""
        return t.cast("dict[str, int]", self._control("calls")["calls"])

    def log(self) -> list[dict[str, t.Any]]:
        """Return all calls since the last reset.

        Each has account, action, access_key_id, status, error, and parameters without secrets.
        """
        return t.cast("list[dict[str, t.Any]]", self._control("log")["log"])

    def secrets(self) -> set[str]:
        """Return all secrets since the last reset, to search for leaks.

        These are the secrets of all access keys, including deleted ones and those whose reply was lost, and all
        passwords that were sent, including refused ones.
        """
        return set(self._control("secrets")["secrets"])

    def reset(
        self, operator_policy: Mapping[str, t.Any] | None = None, quotas: Mapping[str, int] | None = None
    ) -> None:
        """Start again with a new account, the same operator key, and no faults, calls or secrets."""
        self._control("reset", {"operator_policy": operator_policy, "quotas": quotas})

    def quota(self, **quotas: int) -> None:
        """Change quotas until the next reset, such as C(UsersPerAccount=3)."""
        self._control("quota", quotas)

    def sign_in(self, user: str, password: str) -> None:
        """Sign in to the console as a user."""
        self._control("sign_in", {"user": user, "password": password})

    def weather(self, **settings: t.Any) -> None:
        """Set the weather. Settings that are not given are off."""
        self._control("weather", settings)

    def clock(self, at: str | None = None) -> None:
        """Set the time for policies, such as C(2026-03-02T09:00:00Z), until the next reset. C(None): the real time."""
        self._control("clock", {"at": at})

    def sessions(self, seconds: float) -> None:
        """Set the duration of role sessions that begin from now on, until the next reset."""
        self._control("sessions", {"seconds": seconds})

    def stop(self) -> None:
        """Stop the endpoint and remove its directory."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.run_dir, ignore_errors=True)

    def _control(self, command: str, body: Mapping[str, t.Any] | None = None) -> dict[str, t.Any]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            headers = {"X-Sandbox-Secret": self.connection["secret_key"], "Content-Type": "application/json"}
            connection.request("POST", f"/_sandbox/{command}", json.dumps(body or {}), headers)
            response = connection.getresponse()
            answer: dict[str, t.Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise ValueError(answer.get("error", f"HTTP {response.status}"))
        return answer
