# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Show the hours of a class, and change them with one policy for all its users."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass, field

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.errors import THROTTLED, error_code, reply_was_lost
from .._plans import class_hours
from .._plans.class_hours import ClassPolicy
from .._users import hours as _hours
from .._users import tag as _tag
from .common import RefusedError, enumerated

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._aws.iam import Iam
    from .._users.hours import Hours
    from .._users.user import Account, WantedUser

Result = dict[str, t.Any]
# AWS's error if somebody else has created a version at the same time
_FULL = frozenset({"LimitExceeded"})
_ATTEMPTS = 5


# The module iam_class_hours -------------------------------------------------------------------------------------------


def run(iam: Iam, params: Mapping[str, t.Any], check_mode: bool) -> Result:
    """Show the hours of a class, and change them unless in check mode. Raises RefusedError and AnsibleIAMError."""
    name, action = (params["class_name"] or "").strip(), params["action"]
    zone, wish = _read(name, params)
    account_id = str(iam.caller_identity()["Account"])
    if action == "make":
        return _make(iam, name, wish, check_mode)
    now = _now()
    if action not in ("pause", "resume") and wish.hours is None:
        return _told(iam, name, account_id, zone)
    keeper = _Keeper(iam, name, account_id)
    before = keeper.look()
    after = keeper.goal(before, action, wish.hours)
    if after != before.hours:
        if action not in ("pause", "resume"):
            _refuse([_hours.window_problem(after), _hours.past_problem(after, now)])
        if not check_mode:
            keeper.bring(before, lambda policy: keeper.goal(policy, action, wish.hours))
    elif action not in ("pause", "resume"):
        return _told(iam, name, account_id, zone, before)
    result = _result(name, before, after, zone)
    users = "1 user has" if before.attached == 1 else f"{before.attached} users have"
    result["said"] += [f"{users} its policy {before.name}"]
    return {**result, "changed": after != before.hours, "diff": _diff(before, after, zone)}


def _read(name: str, params: Mapping[str, t.Any]) -> tuple[datetime.tzinfo, _hours.Wish]:
    if not name:
        raise RefusedError(
            "invoice_iam_user_class is empty; set it to the name of the class, as in group_vars of the inventory"
        )
    texts = [(params[one] or "").strip() for one in ("opens", "closes", "timezone", "expires")]
    if params["action"] in ("pause", "resume"):
        # A class can be paused even if the inventory's hours are wrong. Only the time zone is used, to show times.
        _refuse([_hours.name_problem(name)])
        wish = _hours.Wish(None, "")
    else:
        wish = _hours.wish(name, *texts)
        _refuse([_hours.name_problem(name), *wish.problems])
    try:
        return _hours.zone_of(texts[2]) or datetime.UTC, wish
    except ValueError:
        return datetime.UTC, wish


def _refuse(problems: Sequence[str | None]) -> None:
    found = list(dict.fromkeys(filter(None, problems)))
    if found:
        raise RefusedError(enumerated(found))


def _now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)


def read(iam: Iam, class_name: str) -> ClassPolicy | None:
    """Read the policy of a class; None if there is none. Raises RefusedError if somebody else wrote it."""
    said = iam.policy_with_versions(_hours.policy_name(class_name))
    policy = ClassPolicy.read(said) if said else None
    if policy and (policy.hours is None or policy.name != _hours.policy_name(class_name)):
        raise RefusedError(class_hours.foreign(policy.name))
    return policy


class _Keeper:
    """Changes the policy of one class."""

    def __init__(self, iam: Iam, class_name: str, account_id: str) -> None:
        self._iam = iam
        self._class = class_name
        self._account = account_id

    def look(self) -> ClassPolicy:
        """Read the policy. Raises RefusedError if there is none."""
        policy = read(self._iam, self._class)
        if policy is None:
            raise RefusedError(class_hours.no_policy(self._class, self._account))
        return policy

    @staticmethod
    def goal(policy: ClassPolicy, action: str, wish: Hours | None) -> Hours:
        """Return the hours after an action."""
        return class_hours.changed(policy.hours or _hours.Hours(), action, wish)

    def bring(self, policy: ClassPolicy, goal: t.Callable[[ClassPolicy], Hours]) -> None:
        """Create a new default version. After a lost reply, read it first: repeating could create another version."""
        for attempt in range(_ATTEMPTS):
            try:
                self._put(policy, goal(policy))
                return
            except AnsibleIAMError as error:
                last = attempt == _ATTEMPTS - 1
                if last or not (reply_was_lost(error) or error_code(error) in _FULL):
                    raise
            policy = self.look()
            if policy.hours == goal(policy):
                return

    def _put(self, policy: ClassPolicy, hours: Hours) -> None:
        for version in policy.going:
            call = policy.deletion(version)
            self._iam.take(f"delete version {version} of policy {policy.name}", call.operation, call.parameters)
        document = class_hours.document(hours)
        self._iam.wait_out(lambda: self._iam.create_policy_version(policy.arn, document), THROTTLED)


# Results --------------------------------------------------------------------------------------------------------------


def _result(class_name: str, policy: ClassPolicy, hours: Hours, zone: datetime.tzinfo) -> Result:
    now = _now()
    return {
        "class_name": class_name,
        "policy": policy.arn,
        "opens": _hours.written(hours.opens) if hours.opens else "",
        "closes": _hours.written(hours.closes) if hours.closes else "",
        "paused": hours.paused,
        "open": hours.is_open(now),
        "attached": policy.attached,
        "said": [hours.sentence(class_name, now, zone)],
    }


def _diff(before: ClassPolicy, after: Hours, zone: datetime.tzinfo) -> Result:
    if before.hours is None or before.hours == after:
        return {}
    shown = {"before": before.hours.timetable(zone), "after": after.timetable(zone)}
    return {"before_header": before.name, "after_header": before.name, **shown}


def _told(
    iam: Iam, class_name: str, account_id: str, zone: datetime.tzinfo, policy: ClassPolicy | None = None
) -> Result:
    """Return the hours, the members of the class that lack its policy, and others that have it."""
    policy = policy or read(iam, class_name)
    if policy is None or policy.hours is None:
        empty = {"policy": "", "opens": "", "closes": "", "paused": False, "open": True, "attached": 0}
        return {
            **empty,
            "changed": False,
            "class_name": class_name,
            "said": [class_hours.no_policy(class_name, account_id)],
        }
    without, others = _members(iam, class_name, policy.arn)
    result = _result(class_name, policy, policy.hours, zone)
    users = "1 user has" if policy.attached == 1 else f"{policy.attached} users have"
    result["said"] += [f"{users} its policy {policy.name}"]
    if without:
        result["said"].append(
            f"the hours do not apply to {', '.join(without)}, who belong to the class and lack its policy; the "
            "playbook class attaches it"
        )
    if others:
        result["said"].append(
            f"the hours also apply to {', '.join(others)}, who do not belong to the class (any more); detach the "
            "policy in IAM, or remove the users"
        )
    return {**result, "changed": False, "members_without": without, "attached_others": others}


def _members(iam: Iam, class_name: str, arn: str) -> tuple[list[str], list[str]]:
    """List the members of a class that lack its policy, and users that have it but are not members."""
    without, others = [], []
    for user in iam.all_users():
        tags = {tag["Key"]: tag["Value"] for tag in user.get("Tags", [])}
        member = _tag.is_ours(tags) and tags.get(_tag.CLASS_KEY) == class_name
        attached = any(one["PolicyArn"] == arn for one in user.get("AttachedManagedPolicies", []))
        if member and not attached and _tag.REVOKED_KEY not in tags:
            without.append(user["UserName"])
        if attached and not member:
            others.append(user["UserName"])
    return sorted(without), sorted(others)


# In the run of a class ------------------------------------------------------------------------------------------------


def make(iam: Iam, class_name: str, hours: Hours) -> None:
    """Create the policy of a class. Raises RefusedError if somebody else creates it with other hours just now."""
    call = class_hours.creation(class_name, hours)
    name = call.parameters["PolicyName"]
    try:
        iam.write(f"create policy {name}", call.operation, call.parameters)
    except AnsibleIAMError as error:
        if error_code(error) != "EntityAlreadyExists":
            raise
        # Another slice of the class has created it, or this one has but the reply was lost; or it is in another path.
        found = read(iam, class_name)
        if found is None or class_hours.differing(class_name, hours, found.hours or _hours.Hours()):
            raise RefusedError(f"somebody else created policy {name} with other hours just now; run again") from error


def _make(iam: Iam, class_name: str, wish: _hours.Wish, check_mode: bool) -> Result:
    """Create the policy if it is missing; an existing one is not changed."""
    if wish.hours is None:
        raise RefusedError("to create the hours of a class, give opens or closes")
    _refuse([_hours.past_problem(wish.hours, _now())])
    missing = read(iam, class_name) is None
    if missing and not check_mode:
        make(iam, class_name, wish.hours)
    return {"changed": missing, "class_name": class_name, "said": [wish.hours.sentence(class_name, _now())]}


def as_wish(class_name: str, hours: Hours) -> Result:
    """Return hours as options for the module iam_class_hours."""
    opens, closes = (_hours.written(one) if one else "" for one in (hours.opens, hours.closes))
    return {"class_name": class_name, "opens": opens, "closes": closes}


@dataclass(frozen=True)
class ClassHours:
    """The hours of a play's classes: existing ones, and those to create."""

    there: Mapping[str, Hours]
    missing: Mapping[str, Hours]
    # By class, how the variables differ from the existing hours
    differing: Mapping[str, str]
    # By class, the time zone in which people are told its hours
    zones: Mapping[str, datetime.tzinfo] = field(default_factory=dict)

    @property
    def sentences(self) -> list[str]:
        """A sentence about the current state of each class."""
        return [self._sentence(name, hours) for name, hours in {**self.there, **self.missing}.items()]

    @property
    def warnings(self) -> list[str]:
        """A warning for each class whose hours differ from the variables, as this run does not change them."""
        remedy = "run the playbook hours to change the class, or correct the variables"
        return [f"{words}; {remedy}" for words in self.differing.values()]

    def said_of(self, user: WantedUser) -> str:
        """Return a sentence about the current state of a user's class, or "" if it has no hours yet."""
        hours = self.there.get(user.class_name)
        return self._sentence(user.class_name, hours) if hours else ""

    def _sentence(self, class_name: str, hours: Hours) -> str:
        return hours.sentence(class_name, _now(), self.zones.get(class_name, datetime.UTC))

    @property
    def missing_policies(self) -> list[str]:
        """The names of the policies to create."""
        return [_hours.policy_name(name) for name in self.missing]


def of_play(iam: Iam, wanted: Sequence[WantedUser], account: Account) -> ClassHours:
    """Read the hours of all users' classes. Raises RefusedError if somebody else wrote one of the policies."""
    asked = class_hours.asked_for(wanted)
    classes = dict.fromkeys(user.class_name for user in wanted if user.class_name)
    found = {name: read(iam, name) for name in classes if class_hours.named(account, name)}
    there = {name: policy.hours for name, policy in found.items() if policy and policy.hours}
    others = {name: class_hours.differing(name, asked.get(name), hours) for name, hours in there.items()}
    return ClassHours(
        there,
        {name: hours for name, hours in asked.items() if name not in there},
        {name: words for name, words in others.items() if words},
        {user.class_name: user.zone for user in wanted},
    )
