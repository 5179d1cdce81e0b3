# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The policy that enforces the hours of a class: how it is created, changed and attached, and what is wrong with it."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, replace

from .._users import hours as _hours
from .._users import managed_policy as _managed_policy
from .._users import tag as _tag
from .._users.hours import Hours
from .change import Call

if t.TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence

    from .._users.user import Account, WantedUser

# "A managed policy can have up to five versions" ("Versioning IAM policies", IAM User Guide)
_MAX_VERSIONS = 5


@dataclass(frozen=True)
class ClassPolicy:
    """The policy of a class as it is in AWS."""

    name: str
    arn: str
    # None if this collection did not write its document
    hours: Hours | None
    attached: int
    # The versions that are not the default, oldest first
    others: tuple[str, ...] = ()

    @classmethod
    def read(cls, said: Mapping[str, t.Any]) -> ClassPolicy:
        """Build the policy from an entry of GetAccountAuthorizationDetails."""
        versions = said["PolicyVersionList"]
        document = next((one["Document"] for one in versions if one["IsDefaultVersion"]), None)
        # Sorted by number: v10 is newer than v9, and versions of the same second have the same date.
        others = sorted((one["VersionId"] for one in versions if not one["IsDefaultVersion"]), key=_number)
        hours = Hours.of_document(document)
        return cls(said["PolicyName"], said["Arn"], hours, said.get("AttachmentCount", 0), tuple(others))

    @property
    def going(self) -> list[str]:
        """The versions to delete before AWS accepts a new one."""
        return list(self.others[: max(len(self.others) + 2 - _MAX_VERSIONS, 0)])

    def deletion(self, version: str) -> Call:
        """C(iam:DeletePolicyVersion)."""
        return Call("delete_policy_version", {"PolicyArn": self.arn, "VersionId": version}, if_there=True)


def _number(version: str) -> int:
    return int(version.lstrip("v").partition(".")[0])


def creation(class_name: str, hours: Hours) -> Call:
    """C(iam:CreatePolicy)."""
    return Call(
        "create_policy",
        {
            "PolicyName": _hours.policy_name(class_name),
            "PolicyDocument": document(hours),
            "Description": f"Opening hours of class {class_name}",
            "Tags": [
                {"Key": _tag.OWNERSHIP_KEY, "Value": _tag.OWNERSHIP_VALUE},
                {"Key": _tag.CLASS_KEY, "Value": class_name},
            ],
        },
    )


def document(hours: Hours) -> str:
    """Render the policy document."""
    return json.dumps(hours.document)


def changed(now: Hours, action: str, wish: Hours | None) -> Hours:
    """Return the hours after an action. What the wish does not mention stays as it is."""
    if action in ("pause", "resume"):
        return replace(now, paused=action == "pause")
    if wish is None:
        return now
    return replace(now, opens=wish.opens or now.opens, closes=wish.closes or now.closes)


def no_policy(class_name: str, account_id: str) -> str:
    """Return the message that a class has no hours."""
    return (
        f"class {class_name!r} has no hours: there is no policy {_hours.policy_name(class_name)} in account "
        f"{account_id}; run the playbook class or setup with invoice_iam_user_closes, which creates and attaches it"
    )


def foreign(policy: str) -> str:
    """Return the message that somebody else wrote the policy of this name."""
    return (
        f"policy {policy} is not a policy as this collection writes it for class hours; somebody else created or "
        "changed it. In IAM, set an earlier version as the default version, or delete the policy"
    )


# In the plan of a class -----------------------------------------------------------------------------------------------


def named(account: Account, class_name: str) -> str | None:
    """Return the name of a class's policy, or None if the account does not have it."""
    name = _hours.policy_name(class_name)
    return name if name in account.managed_policies else None


def with_policy(wanted: WantedUser, account: Account) -> WantedUser:
    """Put the policy of its class before a user's other policies, so that nothing is allowed before it is denied."""
    if not wanted.class_name or named(account, wanted.class_name) is None:
        return wanted
    name = _hours.policy_name(wanted.class_name)
    listed = [one for one in wanted.managed_policies if _managed_policy.name_of(one) != name]
    return replace(wanted, managed_policies=(name, *listed))


def asked_for(wanted: Iterable[WantedUser]) -> dict[str, Hours]:
    """Collect the hours that were asked for, by class."""
    found: dict[str, Hours] = {}
    for user in wanted:
        if user.class_name and user.hours:
            found.setdefault(user.class_name, user.hours)
    return found


def problems(wanted: Sequence[WantedUser], account: Account, missing: int, now: datetime.datetime) -> list[str]:
    """List what is wrong with the hours of a play's classes."""
    found = []
    for class_name, hours in asked_for(wanted).items():
        others = [user for user in wanted if user.class_name == class_name and user.hours not in (None, hours)]
        if others:
            first = next(user for user in wanted if user.class_name == class_name and user.hours == hours)
            found.append(
                f"users of class {class_name!r} have different hours, such as {first.name!r} and {others[0].name!r}, "
                "but a class opens and closes once; set the same hours for all of them"
            )
        past = _hours.past_problem(hours, now)
        found += [f"class {class_name!r}: {past}"] if past else []
        taken = _taken(account, class_name)
        found += [taken] if taken else []
    allowed = account.summary.get("PoliciesQuota", 1500)
    if missing and account.summary.get("Policies", 0) + missing > allowed:
        found.append(
            f"account {account.id} has no room for the policy of a class's hours ({allowed} customer managed "
            "policies are allowed); remove some or ask AWS to raise the quota"
        )
    return found


def _taken(account: Account, class_name: str) -> str | None:
    name = _hours.policy_name(class_name)
    other = next((one for one in account.managed_policies if one != name and one.lower() == name.lower()), None)
    return other and (
        f"IAM ignores case, so the policy name {name} is taken: there is a policy {other}; give the class another name"
    )


def differing(class_name: str, wish: Hours | None, there: Hours) -> str | None:
    """Return one sentence saying how a class's hours differ from the variables, or None."""
    if wish is None or changed(there, "", wish) == there:
        return None
    shown = [
        f"{name} {f'at {_hours.written(is_so)}' if is_so else unbound} (the variables say {_hours.written(wanted)})"
        for name, is_so, unbound, wanted in (
            ("opens", there.opens, "at once", wish.opens),
            ("closes", there.closes, "never", wish.closes),
        )
        if wanted and wanted != is_so
    ]
    return f"class {class_name!r} {' and '.join(shown)}"
