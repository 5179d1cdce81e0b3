# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""No secret is ever in output, logs, caches, temporary files or process arguments."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import shutil
import threading
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import PROJECT, VAULT_PASSWORD, Run, Workshop
from .support.leavers import DENY
from .support.steps_lane import file_fault_environment

SHOW_TRACEBACKS = {"ANSIBLE_DISPLAY_TRACEBACK": "always"}
CREATED_FILES = Path(__file__).parent / "created_files"
GIVEN = "Given-Passw0rd-of-a-test"
PASSPHRASE = "a passphrase that opens pages"
SETUP = "playbooks/setup.yml"
# In the order of a workshop's days, with what makes each of them work hard
CLASS: dict[str, dict[str, t.Any]] = {
    "playbooks/class.yml": {},
    "playbooks/handout.yml": {},
    "playbooks/verify.yml": {"verify_arrivals": True},
    "playbooks/rotate.yml": {"rotate_older_than_days": 0},
    "playbooks/revoke.yml": {"revoke_delete": True, "revoke_sign_in": True, "revoke_sessions": True},
    "playbooks/teardown.yml": {"teardown_confirm": 9, "teardown_files": "delete"},
}
# Watched where it has a store to collect from: test_stores_playbooks.py. The other one has to do with no credentials.
ELSEWHERE = {"playbooks/collect.yml", "playbooks/hours.yml"}


# What Ansible makes so that others may read it: its log and what it knows of hosts, in which there is no secret, and
# the code of modules, without their arguments and in directories that nobody else may enter.
READABLE = re.compile(
    r"ansible\.log|facts/\w+|local/ansible-local-\w+/ansiballz_cache(/[^/]+)?|"
    r"system/ansible_[\w.]+_payload_\w+/ansible_[\w.]+_payload\.zip"
)


class Watcher(threading.Thread):
    """Collects, while a command runs, what is in processes' arguments and environments and in temporary directories."""

    def __init__(self, *directories: Path) -> None:
        super().__init__(daemon=True)
        self._directories = directories
        self._done = threading.Event()
        self.seen: set[bytes] = set()
        self.rounds = 0

    def run(self) -> None:
        """Look again and again until told to stop."""
        # A pause leaves the processor to what is watched.
        while not self._done.wait(0.005):
            self.rounds += 1
            for kind in ("cmdline", "environ"):
                for path in Path("/proc").glob(f"[0-9]*/{kind}"):
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


@dataclass(frozen=True)
class Watched:
    """A run, and all that was to be seen of it besides its output."""

    run: Run
    seen: bytes
    # What others could have read at some time, though they need not
    readable: list[str]

    def holds(self, secret: str) -> bool:
        """Tell whether a secret is to be found anywhere."""
        return secret in self.run.output or secret.encode() in self.seen


def watched(workshop: Workshop, temporary: Path, *arguments: str, **variables: t.Any) -> Watched:
    """Run a playbook as loudly as can be."""
    for name in ("local", "remote", "system", "facts"):
        (temporary / name).mkdir(parents=True, exist_ok=True)
    created = temporary.parent / f"{temporary.name}.created"
    loud = {
        "ANSIBLE_LOCAL_TEMP": str(temporary / "local"),
        "ANSIBLE_REMOTE_TEMP": str(temporary / "remote"),
        "TMPDIR": str(temporary / "system"),
        "ANSIBLE_LOG_PATH": str(temporary / "ansible.log"),
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(temporary / "facts"),
        "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "true",
        "PYTHONPATH": str(CREATED_FILES),
        "CREATED_FILES": str(created),
    }
    watcher = Watcher(temporary)
    watcher.start()
    usual = os.umask(0o022)
    try:
        run = workshop.run("-vvvv", "--diff", *arguments, env=loud, **variables)
    finally:
        os.umask(usual)
        seen = watcher.stop()
    assert watcher.rounds > 10
    left = b"\0".join(path.read_bytes() for path in temporary.rglob("*") if path.is_file())
    made = [json.loads(line) for line in created.read_text(encoding="utf-8").splitlines()]
    assert [one for one in made if Path(one["path"]).is_relative_to(temporary / "local")]
    readable = {one["path"].removeprefix(f"{temporary}/") for one in made if one["mode"] & 0o077}
    return Watched(run, seen + left, sorted(path for path in readable if not READABLE.fullmatch(path)))


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
    one = watched(workshop, temporary, SETUP, "--vault-id", f"test@{secret}")
    assert "the access key description '#' contains '#'" in one.run.output
    secrets = workshop.aws.secrets()
    # Two passwords and two secret keys
    assert len(secrets) == 4
    assert GIVEN in secrets
    secrets |= {VAULT_PASSWORD, workshop.aws.connection["secret_key"]}
    assert not any(one.holds(secret) for secret in secrets)
    assert one.readable == []


PLAYBOOKS = ("setup", "class", "verify", "rotate", "revoke", "teardown", "collect", "handout", "hours")


@pytest.mark.parametrize(
    ("playbook", "setting"),
    [
        (PLAYBOOKS[0], "ANSIBLE_KEEP_REMOTE_FILES"),
        (PLAYBOOKS[0], "ANSIBLE_DEBUG"),
        *(pytest.param(name, "ANSIBLE_KEEP_REMOTE_FILES", marks=pytest.mark.slow) for name in PLAYBOOKS[1:]),
        *(pytest.param(playbook, "ANSIBLE_DEBUG", marks=pytest.mark.long) for playbook in PLAYBOOKS[1:]),
    ],
)
def test_arguments_of_modules_are_not_kept(workshop: Workshop, tmp_path: Path, playbook: str, setting: str) -> None:
    workshop.variables({"invoice_iam_user_console_password": GIVEN})
    store = {"credentials_dest": "s3://bucket/class"} if playbook == "collect" else {}
    shown = {setting: "1", "ANSIBLE_REMOTE_TEMP": str(tmp_path / "remote")}
    run = workshop.run(f"playbooks/{playbook}.yml", env=shown, **t.cast("t.Any", store))
    assert run.status != 0
    assert "including passwords and secret keys; unset it" in run.flat()
    assert workshop.aws.calls() == {}
    assert GIVEN not in run.output
    assert not [
        path for path in (tmp_path / "remote").rglob("*") if path.is_file() and GIVEN.encode() in path.read_bytes()
    ]


@pytest.mark.parametrize("lane", ["steps", pytest.param("engine", marks=pytest.mark.long)])
def test_no_secret_is_in_the_facts_of_a_host(workshop: Workshop, tmp_path: Path, lane: str) -> None:
    """What one task registers, any later one may print; so may a callback or a cache."""
    workshop.hosts({"one": {"invoice_iam_user_name": "one"}})
    after = {"hosts": "all", "gather_facts": False, "tasks": [{"debug": {"var": "hostvars[inventory_hostname]"}}]}
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(json.dumps([{"import_playbook": "invoice_scanner.iam.setup"}, after]), encoding="utf-8")
    run = workshop.run(str(playbook), lane=lane)
    assert run.status == 0, run.output
    assert "__invoice_iam_user_" in run.output
    assert len(workshop.aws.secrets()) == 2
    assert not [secret for secret in workshop.aws.secrets() if secret in run.output]


@pytest.mark.slow
@pytest.mark.parametrize("lane", ["steps", pytest.param("engine", marks=pytest.mark.long)])
def test_a_password_may_be_a_part_of_other_values(workshop: Workshop, lane: str) -> None:
    """Ansible masks a password wherever it is read; what is decided must not travel through that."""
    iam = workshop.client("iam")
    iam.create_policy(PolicyName="Workshop2026Policy", PolicyDocument=DENY)
    workshop.hosts({"anna": {"invoice_iam_user_name": "Workshop2026-anna"}})
    workshop.variables(
        {
            "invoice_iam_user_console_password": "Workshop2026",
            "invoice_iam_user_tags": {"course": "Workshop2026"},
            "invoice_iam_user_managed_policies": ["Workshop2026Policy", "AmplifyAdminPolicy"],
            "invoice_iam_user_access_key_description": "Workshop2026",
            "invoice_iam_user_lane": lane,
        }
    )
    workshop.setup()
    tags = {tag["Key"]: tag["Value"] for tag in iam.list_user_tags(UserName="Workshop2026-anna")["Tags"]}
    (key,) = iam.list_access_keys(UserName="Workshop2026-anna")["AccessKeyMetadata"]
    assert (tags["course"], tags[key["AccessKeyId"]]) == ("Workshop2026", "Workshop2026")
    attached = iam.list_attached_user_policies(UserName="Workshop2026-anna")["AttachedPolicies"]
    assert {one["PolicyName"] for one in attached} == {"Workshop2026Policy", "AmplifyAdminPolicy"}
    with (workshop.credentials / "Workshop2026-anna_credentials.csv").open(encoding="utf-8-sig", newline="") as stream:
        (login,) = csv.DictReader(stream)
    assert (login["User name"], login["Password"]) == ("Workshop2026-anna", "Workshop2026")
    assert workshop.setup().recap("anna")["changed"] == 0


def test_every_playbook_is_watched() -> None:
    assert {SETUP, *CLASS, *ELSEWHERE} == {f"playbooks/{path.name}" for path in (PROJECT / "playbooks").glob("*.yml")}


def test_no_secret_of_a_class_on_any_of_its_days(workshop: Workshop, tmp_path_factory: t.Any) -> None:
    """Each playbook serves two people, and fails for a third. The first loses a reply that had a key in it."""
    secret = workshop.path / "vault_password"
    secret.write_text(VAULT_PASSWORD, encoding="utf-8")
    vaulted = {"vaulted_password": GIVEN, "invoice_iam_user_handout_passphrase": PASSPHRASE}
    workshop.variables(vaulted, "vault", VAULT_PASSWORD)
    report = workshop.path / "class_report.html"
    workshop.variables(
        {"invoice_iam_user_name": "{{ inventory_hostname }}", "invoice_iam_user_verify_page": str(report)}
    )
    workshop.hosts(
        {
            "given": {"invoice_iam_user_console_password": "{{ vaulted_password }}"},
            "generated": {},
            "refused": {"invoice_iam_user_console_password": "{{ vaulted_password[:5] }}"},
        }
    )
    workshop.client("iam").create_user(UserName="refused")
    workshop.aws.weather(reset_after={"action": "CreateAccessKey", "nth": 1})
    days = []
    for playbook, variables in CLASS.items():
        temporary = tmp_path_factory.mktemp("watched")
        day = watched(workshop, temporary, playbook, "--vault-id", f"test@{secret}", **variables)
        assert day.run.recap("refused")["failed"] == 1, day.run.output
        assert day.run.recap("generated")["failed"] == 0, day.run.output
        assert day.readable == []
        days.append(day)
    secrets = workshop.aws.secrets()
    # Two passwords, two secret keys each of two people, and the one that got lost
    assert len(secrets) == 7
    secrets |= {VAULT_PASSWORD, GIVEN, PASSPHRASE, workshop.aws.connection["secret_key"]}
    assert not [secret for secret in secrets if secret in report.read_text(encoding="utf-8")]
    assert not [day.run.output for day in days if any(day.holds(secret) for secret in secrets)]


def test_no_secret_is_in_what_a_bug_lets_out(workshop: Workshop, tmp_path: Path) -> None:
    """A module that breaks off in its middle prints a traceback, which Ansible shows."""
    workshop.variables({"invoice_iam_user_console_password": GIVEN})
    log = tmp_path / "operations"
    none = file_fault_environment(workshop.credentials, log, {"nth": 0, "how": "before"})
    run = workshop.run("playbooks/class.yml", env=none)
    assert run.status == 0, run.output
    operations = log.read_text(encoding="utf-8").splitlines()
    # The access key has just been made, and is on its way to the disk.
    nth = next(number for number, line in enumerate(operations, 1) if line.endswith("_accessKeys.csv"))
    workshop.aws.reset()
    shutil.rmtree(workshop.credentials)
    log.unlink()
    bug = file_fault_environment(workshop.credentials, log, {"nth": nth, "how": "bug"})
    run = workshop.run("playbooks/class.yml", "-vvvv", env=bug | SHOW_TRACEBACKS)
    assert run.status != 0
    assert "RuntimeError: a bug" in run.output
    secrets = workshop.aws.secrets()
    assert len(secrets) == 2
    assert not [secret for secret in secrets if secret in run.output]
    run = workshop.run("playbooks/class.yml")
    assert run.status == 0, run.output
