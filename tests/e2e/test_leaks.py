# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""No secret is ever in output, logs, caches, temporary files or process arguments."""

from __future__ import annotations

import contextlib
import csv
import threading
import typing as t
from pathlib import Path

from .conftest import PROJECT, VAULT_PASSWORD, Run, Workshop

GIVEN = "Given-Passw0rd-of-a-test"
SETUP = "playbooks/setup.yml"
# In the order of a workshop's days, with what makes each of them work hard
CLASS: dict[str, dict[str, t.Any]] = {
    "playbooks/class.yml": {},
    "playbooks/verify.yml": {},
    "playbooks/rotate.yml": {"rotate_older_than_days": 0},
    "playbooks/revoke.yml": {"revoke_delete": True, "revoke_sign_in": True, "revoke_sessions": True},
    "playbooks/teardown.yml": {"teardown_confirm": 9, "teardown_files": "delete"},
}
# Watched where it has a store to collect from: test_stores_playbooks.py
ELSEWHERE = {"playbooks/collect.yml"}


class Watcher(threading.Thread):
    """Collects, while a command runs, what is in process arguments and in temporary directories."""

    def __init__(self, *directories: Path) -> None:
        super().__init__(daemon=True)
        self._directories = directories
        self._done = threading.Event()
        self.seen: set[bytes] = set()
        self.rounds = 0

    def run(self) -> None:
        """Look again and again until told to stop."""
        while not self._done.is_set():
            self.rounds += 1
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                self._take(path)
            for directory in self._directories:
                # What is listed may be gone before it is looked at.
                with contextlib.suppress(FileNotFoundError):
                    for path in directory.rglob("*"):
                        self._take(path)

    def _take(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            self.seen.add(path.read_bytes())

    def stop(self) -> bytes:
        """End, and hand out everything that was seen."""
        self._done.set()
        self.join()
        return b"\0".join(self.seen)


def secrets_on_file(workshop: Workshop) -> set[str]:
    """Every password and secret key that the run left on file."""
    found = set()
    with (workshop.credentials / "class_credentials.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            found |= {row["Password"], row["Secret access key"]}
    return found


def watched(workshop: Workshop, temporary: Path, *arguments: str, **variables: t.Any) -> tuple[Run, bytes]:
    """Run a playbook as loudly as can be; returns how it went and all that was seen besides its output."""
    for name in ("local", "remote", "system", "facts"):
        (temporary / name).mkdir(parents=True, exist_ok=True)
    loud = {
        "ANSIBLE_LOCAL_TEMP": str(temporary / "local"),
        "ANSIBLE_REMOTE_TEMP": str(temporary / "remote"),
        "TMPDIR": str(temporary / "system"),
        "ANSIBLE_LOG_PATH": str(temporary / "ansible.log"),
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(temporary / "facts"),
        "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "true",
    }
    watcher = Watcher(temporary)
    watcher.start()
    run = workshop.run("-vvvv", "--diff", *arguments, env=loud, **variables)
    seen = watcher.stop()
    assert watcher.rounds > 10
    left = b"\0".join(path.read_bytes() for path in temporary.rglob("*") if path.is_file())
    return run, seen + left


def test_no_secret_anywhere_but_in_the_credential_files(workshop: Workshop, tmp_path_factory: t.Any) -> None:
    temporary = tmp_path_factory.mktemp("watched")
    secret = workshop.path / "vault_password"
    secret.write_text(VAULT_PASSWORD, encoding="utf-8")
    workshop.variables({"vaulted_password": GIVEN}, "vault", VAULT_PASSWORD)
    workshop.hosts(
        {
            "given": {"invoice_iam_user_name": "given", "invoice_iam_user_console_password": "{{ vaulted_password }}"},
            "generated": {"invoice_iam_user_name": "generated"},
            "refused": {
                "invoice_iam_user_name": "refused",
                "invoice_iam_user_console_password": "{{ vaulted_password[:5] }}",
                "invoice_iam_user_access_key_description": "#",
            },
        }
    )
    run, seen = watched(workshop, temporary, SETUP, "--vault-id", f"test@{secret}")
    assert "the access key description '#' holds '#'" in run.output
    secrets = secrets_on_file(workshop) | {VAULT_PASSWORD, workshop.aws.connection["secret_key"]}
    assert GIVEN in secrets
    assert len(secrets) == 6
    for one in secrets:
        assert one not in run.output
        assert one.encode() not in seen


def test_every_playbook_is_watched() -> None:
    assert {SETUP, *CLASS, *ELSEWHERE} == {f"playbooks/{path.name}" for path in (PROJECT / "playbooks").glob("*.yml")}


def test_no_secret_of_a_class_on_any_of_its_days(workshop: Workshop, tmp_path_factory: t.Any) -> None:
    """Each playbook serves two people, and fails for a third."""
    secret = workshop.path / "vault_password"
    secret.write_text(VAULT_PASSWORD, encoding="utf-8")
    workshop.variables({"vaulted_password": GIVEN}, "vault", VAULT_PASSWORD)
    workshop.variables({"invoice_iam_user_name": "{{ inventory_hostname }}"})
    workshop.hosts(
        {
            "given": {"invoice_iam_user_console_password": "{{ vaulted_password }}"},
            "generated": {},
            "refused": {"invoice_iam_user_console_password": "{{ vaulted_password[:5] }}"},
        }
    )
    workshop.client("iam").create_user(UserName="refused")
    secrets = {VAULT_PASSWORD, GIVEN, workshop.aws.connection["secret_key"]}
    everything = []
    for playbook, variables in CLASS.items():
        temporary = tmp_path_factory.mktemp("watched")
        run, seen = watched(workshop, temporary, playbook, "--vault-id", f"test@{secret}", **variables)
        assert run.recap("refused")["failed"] == 1, run.output
        assert run.recap("generated")["failed"] == 0, run.output
        if (workshop.credentials / "class_credentials.csv").exists():
            secrets |= secrets_on_file(workshop)
        everything += [run.output.encode(), seen]
    # Two passwords and four secret keys of the two people, the operator's key and the vault's password
    assert len(secrets - {""}) == 8
    for one in secrets - {""}:
        assert not [playbook for playbook in everything if one.encode() in playbook]
