# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Hours as the students meet them, at an AWS whose clock the test sets."""

from __future__ import annotations

import csv
import datetime
import itertools
import json
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from ansible_collections.invoice_scanner.iam.plugins.modules import iam_class_hours

from .conftest import Run, Workshop, environment
from .support.engine_lane import KILLED, EngineLane
from .support.leavers import ARN, OWNERSHIP
from .support.steps_lane import run_in_weather

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.aws.client import Sandbox

POLICY = f"{ARN}InvoiceScannerHours-spring"
NOW = datetime.datetime.now(tz=datetime.UTC).replace(microsecond=0)
OPENS, CLOSES = NOW + datetime.timedelta(hours=1), NOW + datetime.timedelta(hours=3)
LATER = CLOSES + datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)
MAY = {"managed_policies": ["AmazonS3FullAccess", "IAMUserChangePassword"]}
CLASS = {"invoice_iam_user_class": "spring", "invoice_iam_user_timezone": "Europe/Berlin"}


class Student:
    """Somebody with the files that were handed out, and boto3."""

    def __init__(self, workshop: Workshop, name: str) -> None:
        self._workshop = workshop
        key, login = (self._row(f"{name}_{kind}.csv") for kind in ("accessKeys", "credentials"))
        self._keys = {"access_key": key["Access key ID"], "secret_key": key["Secret access key"]}
        self._password = login["Password"]

    def _row(self, file: str) -> dict[str, str]:
        with (self._workshop.credentials / file).open(encoding="utf-8-sig", newline="") as stream:
            return next(csv.DictReader(stream))

    def _client(self, service: str) -> t.Any:
        return Workshop.client_for(self._workshop.aws.url, self._keys, service)

    def works(self) -> bool:
        """Whether AWS lets them work, while their password and their name are theirs at any time."""
        assert self._client("sts").get_caller_identity()["Arn"].startswith("arn:aws:iam::123456789012:user/")
        changed = self._password + "x"
        self._client("iam").change_password(OldPassword=self._password, NewPassword=changed)
        self._password = changed
        try:
            self._client("s3").list_buckets()
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied":
                raise
            return False
        return True


@pytest.mark.slow
def test_a_class_opens_pauses_and_closes_for_its_students(workshop: Workshop) -> None:
    names = ("anna", "ben")
    workshop.hosts({name: {"invoice_iam_user_name": name} for name in names})
    hours = {"invoice_iam_user_opens": OPENS.isoformat(), "invoice_iam_user_closes": CLOSES.isoformat()}
    workshop.variables(CLASS | hours | {f"invoice_iam_user_{name}": value for name, value in MAY.items()})
    iam = workshop.client("iam")
    iam.create_user(UserName="stranger", Tags=[{"Key": "workshop-class", "Value": "spring"}])
    planned = workshop.run("playbooks/class.yml", "--check", "--diff")
    assert f"+    - {POLICY}" in planned.output
    assert "class 'spring' is not open yet: it opens on" in planned.flat()
    run = workshop.run("playbooks/class.yml")
    assert run.status == 0, run.output
    log = [one for one in workshop.aws.log() if one["action"] in ("iam:AttachUserPolicy", "iam:CreateAccessKey")]
    for name in names:
        mine = [one for one in log if one["parameters"]["UserName"] == name]
        assert mine[0]["parameters"]["PolicyArn"] == POLICY, "closed out before anything is allowed"
    students = {name: Student(workshop, name) for name in names}

    def work(at: datetime.datetime) -> list[bool]:
        workshop.aws.clock(at.isoformat())
        return [one.works() for one in students.values()]

    assert work(OPENS - SECOND) == [False, False]
    assert work(OPENS) == [True, True]
    assert work(CLOSES - SECOND) == [True, True]
    assert work(CLOSES) == [False, False]

    # A pause, which a run of the class leaves alone, and which is no fault
    run = workshop.run("playbooks/hours.yml", "--diff", hours="pause")
    assert (run.status, run.recap("anna")["changed"]) == (0, 1), run.output
    assert "-paused: no +paused: yes" in run.flat()
    assert work(OPENS) == [False, False]
    workshop.hosts({name: {"invoice_iam_user_name": name} for name in (*names, "late")})
    run = workshop.run("playbooks/class.yml")
    assert run.status == 0, run.output
    assert "class 'spring' is paused; without the pause, it opens" in run.flat()
    students["late"] = Student(workshop, "late")
    assert work(OPENS) == [False] * 3
    run = workshop.run("playbooks/verify.yml")
    assert (run.status, "class 'spring' is paused" in run.flat()) == (0, True), run.output

    # Who it misses, and whom it hits besides; and another closing
    iam.detach_user_policy(UserName="late", PolicyArn=POLICY)
    iam.attach_user_policy(UserName="stranger", PolicyArn=POLICY)
    run = workshop.run("playbooks/hours.yml")
    assert (run.status, run.recap("anna")["changed"]) == (0, 0), run.output
    assert "the hours do not apply to late, who belong to the class" in run.flat()
    assert "the hours also apply to stranger" in run.flat()
    iam.detach_user_policy(UserName="stranger", PolicyArn=POLICY)
    changes: list[dict[str, t.Any]] = [{"hours": "resume"}, {"closes": LATER.isoformat()}]
    for variables in changes:
        run = workshop.run("playbooks/hours.yml", **variables)
        assert (run.status, run.recap("anna")["changed"]) == (0, 1), run.output
    assert work(LATER - SECOND) == [True] * 3
    assert work(LATER) == [False, False, True], "who has not the policy is not held, as was said"

    closed_out_again(workshop, work)

    # The policy goes with the last of them, and all its versions with it.
    run = workshop.run("playbooks/teardown.yml", teardown_confirm=3)
    assert run.status == 0, run.output
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn=POLICY)


def closed_out_again(workshop: Workshop, work: Callable[[datetime.datetime], list[bool]]) -> None:
    """See that the class's own playbook attaches a policy that was detached, and says so before and after."""
    planned = workshop.run("playbooks/class.yml", "--check", "--diff")
    assert (planned.status, planned.recap("late")["changed"], planned.recap("anna")["changed"]) == (0, 1, 0)
    assert f"+    - {POLICY}" in planned.output
    assert work(LATER) == [False, False, True], "check mode changes nothing"
    assert f"late: attach policy {POLICY} to late" in planned.flat()
    run = workshop.run("playbooks/class.yml", "--diff")
    assert (run.status, run.recap("late")["changed"], run.recap("anna")["changed"]) == (0, 1, 0), run.output
    assert f"+    - {POLICY}" in run.output
    assert "3 users: 1 completed, 2 unchanged" in run.flat()
    assert work(LATER) == [False] * 3
    assert "do not apply to" not in workshop.run("playbooks/hours.yml", "-e", "invoice_iam_user_closes=").flat()


@pytest.mark.slow
def test_hours_step_by_step_and_what_is_refused(workshop: Workshop) -> None:
    """Two classes in one play, one user each, by way of amazon.aws's modules."""
    workshop.hosts(
        {
            name: {"invoice_iam_user_name": name, "invoice_iam_user_class": of, "invoice_iam_user_closes": "2999-12-31"}
            for name, of in (("anna", "spring"), ("ben", "autumn"))
        }
    )
    workshop.setup(lane="steps", **MAY)
    iam = workshop.client("iam")
    for name, of in (("anna", "spring"), ("ben", "autumn")):
        attached = iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
        assert f"InvoiceScannerHours-{of}" in {one["PolicyName"] for one in attached}
        tags = {one["Key"]: one["Value"] for one in iam.list_user_tags(UserName=name)["Tags"]}
        assert (tags["workshop-class"], tags["expires"]) == (of, "2999-12-31")
    workshop.aws.clock("2999-12-31T23:59:59Z")
    assert Student(workshop, "anna").works()
    writes = workshop.writes()
    refused: list[tuple[dict[str, t.Any], str]] = [
        ({}, "the hosts anna and ben have different values of invoice_iam_user_class, but one run can use only one"),
        ({"class": "winter", "hours": "pause"}, "class 'winter' has no hours: there is no policy"),
        ({"class": "spring", "closes": "2020-01-01"}, "closes is 2020-01-02T00:00:00Z, which has passed"),
    ]
    for variables, said in refused:
        run = workshop.run("playbooks/hours.yml", **variables)
        assert run.status != 0
        assert said in run.flat()
        assert "Traceback" not in run.output
    again = workshop.run("playbooks/class.yml", "--limit", "anna", closes="2026-10-25T02:30", timezone="Europe/Berlin")
    assert again.status != 0
    assert "occurs twice in Europe/Berlin: the clocks go back then" in again.flat()
    assert workshop.writes() == writes


# Many ---------------------------------------------------------------------------------------------------------------


def test_a_class_of_a_thousand_is_paused_by_three_calls(workshop: Workshop) -> None:
    iam = workshop.client("iam")
    made = iam.create_policy(PolicyName="InvoiceScannerHours-spring", PolicyDocument=document(CLOSES))["Policy"]
    for _number in range(4):
        iam.create_policy_version(PolicyArn=made["Arn"], PolicyDocument=document(CLOSES), SetAsDefault=True)
    tags = [OWNERSHIP, {"Key": "workshop-class", "Value": "spring"}]

    def enrol(number: int) -> None:
        iam.create_user(UserName=f"student-{number}", Tags=tags)
        iam.attach_user_policy(UserName=f"student-{number}", PolicyArn=made["Arn"])

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(enrol, range(1000)))
    iam.attach_user_policy(UserName="student-7", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    key = iam.create_access_key(UserName="student-7")["AccessKey"]
    keys = {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
    student = Workshop.client_for(workshop.aws.url, keys, "iam")
    assert student.list_users()["Users"]
    before = workshop.aws.calls()
    run = workshop.run("playbooks/hours.yml", "-e", "invoice_iam_user_class=spring", hours="pause")
    assert run.status == 0, run.output
    assert "1000 users have its policy" in run.flat()
    after = workshop.aws.calls()
    calls = {name: count - before.get(name, 0) for name, count in after.items() if name.startswith("iam:")}
    assert sum(calls.values()) == 3, calls
    with pytest.raises(ClientError, match="explicit deny in an identity-based policy"):
        student.list_users()


def document(closes: datetime.datetime, *, paused: bool = False) -> str:
    """The policy of a class, as AWS would have it from an earlier run."""
    spared = ["iam:ChangePassword", "sts:GetCallerIdentity"]
    when = {"DateGreaterThanEquals": {"aws:CurrentTime": f"{closes:%Y-%m-%dT%H:%M:%SZ}"}}
    deny = {"Sid": "AfterTheClosing", "Effect": "Deny", "NotAction": spared, "Resource": "*", "Condition": when}
    pause = {"Sid": "Paused", "Effect": "Deny", "NotAction": spared, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [pause, deny] if paused else [deny]})


# What goes wrong ----------------------------------------------------------------------------------------------------

CALLS = ("GetAccountAuthorizationDetails", "DeletePolicyVersion", "CreatePolicyVersion")
FAULTS: dict[str, dict[str, t.Any]] = {
    "no reply, not applied": {"reset_before": {}},
    "no reply, applied": {"reset_after": {}},
    "a page instead, not applied": {"html_error": {"applied": False, "status": 503}},
    "a page instead, applied": {"html_error": {"applied": True}},
    "killed before": {"kill": {"when": "before"}},
    "killed after": {"kill": {"when": "after"}},
}


@pytest.fixture(scope="module")
def lane(endpoint: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> EngineLane:
    """One account for all tests here."""
    endpoint.reset()
    return EngineLane(endpoint, tmp_path_factory.mktemp("class"))


class Kept:
    """The policy of a class of its own, with as many versions as there may be."""

    _numbers = itertools.count(1)

    def __init__(self, aws: Sandbox, *, paused: bool = False) -> None:
        self._aws = aws
        self._class = f"class-{next(self._numbers)}"
        self._iam = Workshop.client_for(aws.url, aws.connection, "iam")
        name = f"InvoiceScannerHours-{self._class}"
        text = document(CLOSES, paused=paused)
        self._arn = self._iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]
        for _number in range(4):
            self._iam.create_policy_version(PolicyArn=self._arn, PolicyDocument=text, SetAsDefault=True)

    def run(self, lane: EngineLane, options: dict[str, str], **weather: t.Any) -> t.Any:
        """Run the module, in a process that may be killed."""
        connection = {name: self._aws.connection[name] for name in ("endpoint_url", "access_key", "secret_key")}
        parameters = {**connection, "region": "us-east-1", "class_name": self._class, "wait_timeout": 20, **options}
        return lane.run(parameters, main=iam_class_hours.main, **weather)

    def play(self, workshop: Workshop, wishes: dict[str, str], **weather: t.Any) -> Run:
        """Run the playbook, which may be killed."""
        variables = {f"invoice_iam_user_{name}": value for name, value in {"class": self._class, **wishes}.items()}
        return run_in_weather(workshop, ["playbooks/hours.yml", "-e", json.dumps(variables)], environment(), **weather)

    def versions(self) -> list[dict[str, t.Any]]:
        return t.cast("list[dict[str, t.Any]]", self._iam.list_policy_versions(PolicyArn=self._arn)["Versions"])

    def in_force(self) -> dict[str, t.Any]:
        """The document that AWS evaluates, by the names of its statements."""
        (default,) = [one["VersionId"] for one in self.versions() if one["IsDefaultVersion"]]
        version = self._iam.get_policy_version(PolicyArn=self._arn, VersionId=default)["PolicyVersion"]
        return {one["Sid"]: one.get("Condition") for one in version["Document"]["Statement"]}


EARLIER = (NOW + datetime.timedelta(hours=2)).isoformat()


@pytest.mark.parametrize("options", [{"action": "pause"}, {"closes": EARLIER}], ids=["pause", "closes"])
def test_whatever_gets_lost_the_same_command_again_is_enough(
    lane: EngineLane, subtests: pytest.Subtests, options: dict[str, str], long: bool
) -> None:
    wanted = Kept(lane.aws)
    wanted.run(lane, options)
    goal, before = wanted.in_force(), {"AfterTheClosing"}
    # A closing takes the way of a pause up to the call that changes something.
    calls = CALLS if long or "action" in options else CALLS[-1:]
    for call, (fault, weather) in itertools.product(calls, FAULTS.items()):
        with subtests.test("hours", lane="class", at=f"{call}: {fault}"):
            kept = Kept(lane.aws)
            old = kept.in_force()
            assert set(old) == before
            ((kind, extra),) = weather.items()
            done = kept.run(lane, options, **{kind: {"action": call, "nth": 1, **extra}})
            assert done.status == (KILLED if kind == "kill" else 0), done.said
            assert "Traceback" not in done.said
            applied = kind != "kill" or (call, fault) == ("CreatePolicyVersion", "killed after")
            assert kept.in_force() == (goal if applied else old), "the old hours or the new ones, and nothing between"
            assert len(kept.versions()) <= 5
            again = kept.run(lane, options)
            assert again.status == 0, again.said
            assert again.result["changed"] is not applied
            assert kept.in_force() == goal
            assert len(kept.versions()) == 5, "no version more than one change makes"


CHANGES = {"pause": {"hours": "pause"}, "resume": {"hours": "resume"}, "another closing": {"closes": EARLIER}}


def kills(long: bool) -> Iterator[tuple[str, str, str]]:
    """At which call of which change to kill; a call each where there are no hours."""
    if long:
        yield from itertools.product(CHANGES, CALLS, ("before", "after"))
    else:
        yield from ((change, call, "after") for change, call in zip(CHANGES, reversed(CALLS), strict=True))


@pytest.mark.slow
def test_the_playbook_is_killed_or_loses_every_reply(workshop: Workshop, subtests: pytest.Subtests, long: bool) -> None:
    """What the module does alone, the playbook does with it: closed is closed, and the next run finds the rest."""
    goals = {}
    for change, wishes in CHANGES.items():
        with subtests.test("hours", lane="playbook", at=f"{change}: every reply is lost"):
            kept = Kept(workshop.aws, paused=change == "resume")
            run = kept.play(workshop, wishes, reset_after=[{"action": call, "nth": 1} for call in CALLS])
            assert (run.status, len(kept.versions())) == (0, 5), run.output
            goals[change] = kept.in_force()
            again = kept.play(workshop, wishes)
            assert (again.status, again.recap("participant")["changed"]) == (0, 0), again.output
    assert [set(goal) for goal in goals.values()] == [{"Paused", "AfterTheClosing"}, *[{"AfterTheClosing"}] * 2]
    for change, call, when in kills(long):
        with subtests.test("hours", lane="playbook", at=f"{change}: killed {when} {call}"):
            kept = Kept(workshop.aws, paused=change == "resume")
            old = kept.in_force()
            run = kept.play(workshop, CHANGES[change], kill={"action": call, "nth": 1, "when": when})
            assert run.status == KILLED, run.output
            applied = (call, when) == ("CreatePolicyVersion", "after")
            assert kept.in_force() == (goals[change] if applied else old)
            assert len(kept.versions()) <= 5
            again = kept.play(workshop, CHANGES[change])
            assert (again.status, again.recap("participant")["changed"]) == (0, int(not applied)), again.output
            assert (kept.in_force(), len(kept.versions())) == (goals[change], 5)
