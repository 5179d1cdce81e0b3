# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Many users are looked at, and nothing is changed."""

from __future__ import annotations

import datetime
import io
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import verify
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.marks import Marks
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.summary import lines
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock, aws_error
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    ACCOUNT_ID,
    DESCRIPTION,
    FULL,
    OURS,
    URL,
    a_wanted_user,
)

NAMES = ["anna", "bert", "carl"]


class Desk:
    """An account and a directory in which all is done for everybody."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.iam = FakeIam()
        self.directory = CredentialsDirectory(str(path))
        self.directory.prepare()
        self.marks = io.StringIO()
        for name in NAMES:
            key_id = f"AKIA{name.upper()}"
            self.iam.users[name] = User(tags=OURS | {key_id: DESCRIPTION}, policies=[FULL], password=f"Pw-of-{name}")
            saved = Credentials(name, f"Pw-of-{name}", URL, *self.iam.new_key(name, key_id))
            self.directory.save_login(saved)
            self.directory.save_access_key(saved)

    def verified(
        self, *names: str, hosts: t.Sequence[str] = (), verify_key: bool = True, arrivals: bool = False, **wanted: t.Any
    ) -> t.Any:
        users = [
            {**vars(a_wanted_user(name=name)), "managed_policies": ["AIInvoiceScannerFullPolicy"], **wanted}
            for name in names or NAMES
        ]
        params = {
            "users": users,
            "hosts": list(hosts),
            "verify_key": verify_key,
            "arrivals": arrivals,
            "threads": 4,
            "command_line": "ansible-playbook -i class.yml playbooks/{playbook}.yml",
            "credentials_dest": str(self.path),
        }
        self.iam.calls.clear()
        self.marks = io.StringIO()
        before = sorted(path.name for path in self.path.iterdir())
        result = verify.run(as_iam(self.iam), params, Marks(self.marks))
        assert self.iam.writes == []
        assert sorted(path.name for path in self.path.iterdir()) == before
        return result


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Begin with a class for which all is done, and wait for nobody."""
    assert clock.slept == []
    return Desk(tmp_path / "credentials")


def test_a_class_for_which_all_is_done(desk: Desk) -> None:
    result = desk.verified()
    assert [(one["name"], one["failed"], one["changed"], one["msg"], one["findings"]) for one in result["users"]] == [
        (name, False, False, "", []) for name in NAMES
    ]
    assert (result["account_id"], desk.marks.getvalue()) == (ACCOUNT_ID, "...")
    assert len(result["table"]) == 4
    assert set(result["users"][0]["checks"].values()) == {"ok"}
    assert len(desk.iam.made("caller_of")) == 3
    assert json.loads(json.dumps(result)) == result
    assert "Pw-of" not in json.dumps(result)


def test_what_is_wrong_is_said_with_the_command_that_mends_it(desk: Desk) -> None:
    desk.iam.users["bert"].password = None
    result = desk.verified("bert", "anna", hosts=["seat-7", "seat-8"])
    bert, anna = result["users"]
    command = "ansible-playbook -i class.yml playbooks/class.yml --limit seat-7"
    assert (bert["failed"], bert["host"], anna["failed"], anna["host"]) == (True, "seat-7", False, "seat-8")
    assert bert["msg"] == f"'bert' cannot sign in to the console. To fix it: {command}"
    assert bert["findings"] == [
        {"check": "sign-in", "finding": "'bert' cannot sign in to the console", "command": command}
    ]
    assert (bert["checks"]["sign-in"], bert["checks"]["answers"]) == ("WRONG", "ok")
    assert sorted(desk.marks.getvalue()) == [".", "x"]


@pytest.mark.parametrize("hosts", [["seat-7"], ["seat-7", "seat-8", "seat-9"]])
def test_there_is_a_host_for_each_user_or_none(desk: Desk, hosts: list[str]) -> None:
    with pytest.raises(RefusedError, match=f"^hosts has {len(hosts)} entries and users 2; give one host for each"):
        desk.verified("anna", "bert", hosts=hosts)


def test_where_nobody_names_hosts_each_user_has_one_of_its_name(desk: Desk) -> None:
    del desk.iam.users["carl"]
    (carl,) = desk.verified("carl")["users"]
    assert carl["host"] == "carl"
    assert carl["findings"][0]["command"].endswith("--limit carl")


def test_what_only_people_can_mend_has_no_command(desk: Desk) -> None:
    desk.iam.users["anna"].tags.pop("managed-by")
    (anna,) = desk.verified("anna")["users"]
    assert "is not managed by this collection" in anna["msg"]
    assert "To fix it" not in anna["msg"]
    assert anna["findings"][0]["command"] == ""
    assert not desk.iam.made("caller_of"), "what is refused is not asked for proof"


@pytest.mark.parametrize("verify_key", [True, False])
def test_a_key_is_asked_for_proof_where_that_is_wanted(desk: Desk, verify_key: bool) -> None:
    desk.iam.secrets["AKIAANNA"] = ("anna", "another")
    (anna,) = desk.verified("anna", verify_key=verify_key)["users"]
    assert anna["failed"] is verify_key
    assert anna["checks"]["answers"] == ("WRONG" if verify_key else "-")
    assert bool(desk.iam.made("caller_of")) is verify_key


def test_what_every_run_would_do_anew_is_no_fault(desk: Desk) -> None:
    """A password of the inventory that no longer satisfies the policy is set only for new users."""
    result = desk.verified(console_password="qzqz7", update_password="always", lost_secret="fail")
    assert not any(one["failed"] for one in result["users"])


def test_what_somebody_else_made_is_remarked(desk: Desk) -> None:
    desk.iam.users["anna"].others["groups"] = [{"GroupName": "staff"}]
    (anna,) = desk.verified("anna")["users"]
    assert (anna["failed"], anna["remarks"]) == (False, ["'anna' is in group staff"])


def test_a_damaged_file_is_its_user_s_fault(desk: Desk) -> None:
    (desk.path / "bert_accessKeys.csv").write_text("my notes\n", encoding="ascii")
    result = desk.verified()
    assert [one["failed"] for one in result["users"]] == [False, True, False]
    assert "move it away" in result["users"][1]["msg"]


def test_a_destination_that_is_of_no_use_is_everybodys(desk: Desk) -> None:
    desk.path.chmod(0o755)
    with pytest.raises(RefusedError, match="can be read by other users of this machine"):
        desk.verified()


def test_when_it_was_is_said(desk: Desk) -> None:
    at = datetime.datetime.fromisoformat(desk.verified()["verified_at"])
    assert abs(datetime.datetime.now(tz=datetime.UTC) - at) < datetime.timedelta(minutes=5)


def test_the_refusal_of_a_key_of_long_ago_is_not_waited_out(desk: Desk, clock: Clock) -> None:
    desk.iam.fail("caller_of", aws_error("InvalidClientTokenId", status=403))
    (anna,) = desk.verified("anna")["users"]
    assert "does not work: AWS refuses access key AKIAANNA (InvalidClientTokenId)" in anna["msg"]
    assert clock.slept == []


def test_who_has_arrived_is_told_where_that_is_asked_for(desk: Desk) -> None:
    when = datetime.datetime(2026, 11, 24, 8, 31, tzinfo=datetime.UTC)
    desk.iam.signed_in = {"anna": when, "somebody else": when}
    desk.iam.used["AKIABERT"] = {"LastUsedDate": when, "ServiceName": "s3", "Region": "eu-central-1"}
    result = desk.verified(arrivals=True)
    seen = {one["name"]: (one["signed_in"], one["key_used"], one["key_used_for"]) for one in result["users"]}
    assert seen == {
        "anna": ("2026-11-24T08:31:00+00:00", None, None),
        "bert": (None, "2026-11-24T08:31:00+00:00", "s3"),
        "carl": (None, None, None),
    }
    asked = [call for call in desk.iam.calls if call.verb == "key_last_used"]
    assert len(asked) == 3


def test_nobody_is_asked_for_it_otherwise(desk: Desk) -> None:
    result = desk.verified()
    assert not {"last_sign_ins", "key_last_used"} & {call.verb for call in desk.iam.calls}
    assert (result["arrivals"], "signed_in" in result["users"][0]) == (False, False)


def test_what_is_known_of_a_user_is_told_whatever_is_wrong(desk: Desk) -> None:
    result = desk.verified("anna", "dora", expires="2026-12-31")
    known = [(one["exists"], one["access_key_id"], one["expires"], one["revoked"]) for one in result["users"]]
    assert known == [(True, "AKIAANNA", "2026-12-31", ""), (False, "", "2026-12-31", "")]


def test_whose_access_was_revoked_is_not_counted_as_ready(desk: Desk) -> None:
    desk.iam.users["bert"].tags["revoked"] = "2026-07-01"
    result = desk.verified()
    assert [(one["failed"], one["fate"]) for one in result["users"]] == [
        (False, "ready"),
        (False, "access revoked"),
        (False, "ready"),
    ]
    to_end_it = "playbooks/revoke.yml --limit bert -e invoice_iam_user_revoke_sign_in=true"
    assert lines(result["users"]) == [
        "Access keys are revoked, but not console sign-in; to end that, too: "
        f"ansible-playbook -i class.yml {to_end_it}",
        "3 users: 2 ready, 1 access revoked",
    ]
    desk.iam.users["bert"].password = None
    assert lines(desk.verified()["users"]) == ["3 users: 2 ready, 1 access revoked"]
