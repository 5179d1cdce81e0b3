# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Changes to one user, and plans, which are lists of changes.

A change consists of the calls that make it, the words that people read, and its effect on the state that a diff shows.
A new kind of change is a new function here, and nothing else, unless it returns a secret. Check mode does not apply
the plan, a diff renders the plan, and a second run is idempotent because its plan is empty.
"""

from __future__ import annotations

import copy
import enum
import typing as t
from dataclasses import dataclass, field, replace

from .._users import belonging as _belonging
from .._users import tag as _tag

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .._users.belonging import Belonging, Taking
    from .._users.on_file import OnFile
    from .._users.user import User, WantedUser

State = dict[str, t.Any]
# Stands for a key in a diff before AWS has given it an ID
_NEW_KEY = "(new)"


class By(enum.Enum):
    """How a change is applied."""

    # By its calls, one after the other
    CALLS = "calls"
    # By setting a new password, which is saved at once
    PASSWORD = "password"
    # By creating an access key, whose secret is saved at once
    ACCESS_KEY = "access key"
    # By a call that is signed with the saved access key
    PROOF = "proof"
    # By adding the inline policy that ends all sessions that began before that moment
    SESSIONS = "sessions"
    # By rewriting a saved file, without a call to AWS
    SIGN_IN_URL = "sign-in URL"
    # By restoring missing files from the files of the class
    FILES = "files"
    # By moving a saved access key away that no longer exists
    SETTING_ASIDE = "setting aside"
    # By reaching the end of the plan, which removes the record of an interrupted run
    SETTLING = "settling"


class Secret(enum.StrEnum):
    """A secret that AWS returns only once. A run saves an intent before it asks for one."""

    PASSWORD = "login_profile"
    ACCESS_KEY = "access_key"


class Check(enum.StrEnum):
    """What is checked, in the order of the steps on the workshop's page."""

    USER = "user"
    SIGN_IN = "sign-in"
    POLICIES = "policies"
    ACCESS_KEY = "access key"
    ON_FILE = "on file"
    ANSWERS = "answers"


class Fault(t.NamedTuple):
    """What is wrong with a user until a change is made: which check fails, and a sentence."""

    check: Check
    words: str


class Call(t.NamedTuple):
    """A call that changes something, named as in boto3."""

    operation: str
    parameters: Mapping[str, t.Any]
    # Whether the call also succeeds if AWS says that its object does not exist
    if_there: bool = False


def _nothing(_state: State) -> None:
    """Leave the state in a diff as it is."""


@dataclass(frozen=True)
class Change:
    """One change to one user."""

    # Named after its API call, if there is one
    action: str
    words: str
    calls: tuple[Call, ...] = ()
    by: By = By.CALLS
    # The policy, key or other object that it is about
    subject: str = ""
    # The intent that has to be saved first. Deleting an orphan needs one too: another run may just be saving that key.
    intent: Secret | None = None
    # What is wrong until the change is made
    fault: Fault | None = None
    effect: Callable[[State], None] = field(default=_nothing, compare=False, repr=False)

    @property
    def asks_for(self) -> Secret | None:
        """The secret that the change returns."""
        return self.intent if self.by in (By.PASSWORD, By.ACCESS_KEY) else None


@dataclass(frozen=True)
class Plan:
    """What to change about one user, why that is impossible, and what to warn about."""

    name: str
    # As it was in AWS when the plan was made
    user: User | None
    changes: tuple[Change, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def has(self, *actions: str) -> bool:
        """Return whether one of these actions is planned."""
        return any(change.action in actions for change in self.changes)

    @property
    def asks_for(self) -> list[str]:
        """The secrets that the plan's changes return."""
        return list(dict.fromkeys(str(change.asks_for) for change in self.changes if change.asks_for))

    @property
    def sentences(self) -> list[str]:
        """What the plan will do, one sentence a change, in order."""
        return [change.words for change in self.changes]

    def diff(self, changes: Iterable[Change] | None = None) -> dict[str, t.Any]:
        """Render these changes, by default all, for C(--diff). No changes give an empty dictionary."""
        made = self.changes if changes is None else tuple(changes)
        if not made:
            return {}
        before = described(self.user)
        after = copy.deepcopy(before)
        for change in made:
            change.effect(after)
        return {"before_header": self.name, "after_header": self.name, "before": before, "after": after}


@dataclass(frozen=True)
class UserPlan(Plan):
    """The plan for a user that somebody wants, with the facts it was made from."""

    wanted: WantedUser = field(kw_only=True)
    # ARNs of the policies that were given by name or ARN
    managed_policies: tuple[str, ...] = field(default=(), kw_only=True)
    permissions_boundary: str | None = field(default=None, kw_only=True)
    # What remains wrong, because nobody has decided what to do about it
    undecided: tuple[str, ...] = field(default=(), kw_only=True)
    # What was saved when the plan was made
    on_file: OnFile = field(kw_only=True)


def described(user: User | None) -> State:
    """Describe a user for a diff, without secrets. Kinds that this collection never creates appear only if present."""
    if user is None:
        return {}
    keys = {key.id for key in user.access_keys}
    shown = (_belonging.LOGIN_PROFILE, _belonging.ACCESS_KEYS, _belonging.MANAGED_POLICIES)
    others = [kind for kind in _belonging.KINDS if kind not in (*shown, _belonging.PERMISSIONS_BOUNDARY)]
    return {
        "path": user.path,
        "permissions_boundary": user.permissions_boundary or "none",
        "tags": {key: value for key, value in user.tags.items() if key not in keys},
        "managed_policies": sorted(user.attached_policies),
        "console_sign_in": "enabled" if user.signs_in else "disabled",
        "access_keys": {
            key.id: {"status": key.status, "description": key.description or "none"} for key in user.access_keys
        },
        **{kind.name: user.ids(kind) for kind in others if user.all(kind)},
    }


# The user ----------------------------------------------------------------------------------------------------------


def create_user(wanted: WantedUser, boundary: str | None) -> Change:
    """C(iam:CreateUser), with everything that this one call can set."""
    bounded = f"permissions boundary {boundary}" if boundary else "no permissions boundary"
    parameters = {"UserName": wanted.name, "Path": wanted.path, "Tags": _tag_list(wanted.all_tags)}
    if boundary:
        parameters["PermissionsBoundary"] = boundary
    new = {
        "path": wanted.path,
        "permissions_boundary": boundary or "none",
        "tags": wanted.all_tags,
        "managed_policies": [],
        "console_sign_in": "disabled",
        "access_keys": {},
    }
    return Change(
        "create_user",
        f"create IAM user {wanted.name} with path {wanted.path} and {bounded}",
        (Call("create_user", parameters),),
        fault=Fault(Check.USER, f"user {wanted.name!r} does not exist"),
        effect=lambda state: state.update(copy.deepcopy(new)),
    )


def update_path(name: str, path: str) -> Change:
    """C(iam:UpdateUser)."""
    return Change(
        "update_path",
        f"move user {name} to path {path}",
        (Call("update_user", {"UserName": name, "NewPath": path}),),
        subject=path,
        fault=Fault(Check.USER, f"the path of {name!r} is not {path}"),
        effect=lambda state: state.update(path=path),
    )


def put_permissions_boundary(name: str, arn: str) -> Change:
    """C(iam:PutUserPermissionsBoundary)."""
    return Change(
        "put_permissions_boundary",
        f"set the permissions boundary of {name} to {arn}",
        (Call("put_user_permissions_boundary", {"UserName": name, "PermissionsBoundary": arn}),),
        subject=arn,
        fault=Fault(Check.POLICIES, f"the permissions boundary of {name!r} is not {arn}"),
        effect=lambda state: state.update(permissions_boundary=arn),
    )


def tag_user(name: str, tags: Mapping[str, str]) -> Change:
    """C(iam:TagUser)."""
    told = ", ".join(f"{key}={value}" for key, value in tags.items())
    return Change(
        "tag_user",
        f"tag user {name}: {told}",
        (_tagging(name, tags),),
        subject=told,
        fault=Fault(Check.USER, f"tags of {name!r} are missing or changed: {told}"),
        effect=lambda state: state["tags"].update(tags),
    )


def attach_user_policy(name: str, arn: str) -> Change:
    """C(iam:AttachUserPolicy)."""

    def attach(state: State) -> None:
        state["managed_policies"] = sorted({*state["managed_policies"], arn})

    return Change(
        "attach_user_policy",
        f"attach policy {arn} to {name}",
        (Call("attach_user_policy", {"UserName": name, "PolicyArn": arn}),),
        subject=arn,
        fault=Fault(Check.POLICIES, f"policy {arn} is not attached to {name!r}"),
        effect=attach,
    )


def detach_user_policy(name: str, arn: str) -> Change:
    """C(iam:DetachUserPolicy)."""
    return Change(
        "detach_user_policy",
        f"detach policy {arn} from {name}",
        (Call("detach_user_policy", {"UserName": name, "PolicyArn": arn}, if_there=True),),
        subject=arn,
        fault=Fault(Check.POLICIES, f"policy {arn} is attached to {name!r} and not listed"),
        effect=lambda state: state.update(managed_policies=[one for one in state["managed_policies"] if one != arn]),
    )


# The login profile -------------------------------------------------------------------------------------------------


def set_password(wanted: WantedUser, *, create: bool) -> Change:
    """C(iam:CreateLoginProfile) or C(iam:UpdateLoginProfile), with a password that is saved."""
    kind = "the password that was given" if wanted.console_password else "a generated password"
    if create:
        action, words = "create_login_profile", f"enable console sign-in for {wanted.name} with {kind}"
        missing = f"{wanted.name!r} cannot sign in to the console"
    else:
        action, words = "update_login_profile", f"set the console password of {wanted.name} to {kind}"
        missing = f"a run was interrupted before it saved the console password of {wanted.name!r}"
    return Change(
        action,
        words,
        by=By.PASSWORD,
        subject=kind,
        intent=Secret.PASSWORD,
        fault=Fault(Check.SIGN_IN, missing),
        effect=lambda state: state.update(console_sign_in=f"enabled, with {kind}"),
    )


def update_sign_in_url(name: str, url: str) -> Change:
    """Update the saved console sign-in URL: when the account's alias has changed, the old URL no longer works."""
    return Change(
        "update_sign_in_url",
        f"save the sign-in URL {url} for {name}",
        by=By.SIGN_IN_URL,
        subject=url,
        fault=Fault(Check.ON_FILE, f"the saved sign-in URL of {name!r} is no longer that of the account"),
    )


def make_files_again(name: str, missing: Sequence[str]) -> Change:
    """Restore a missing file from another file that still has its content."""
    told = " and ".join(missing)
    return Change(
        "make_files_again",
        f"restore {told} of {name} from the other credential files",
        by=By.FILES,
        subject=told,
        fault=Fault(Check.ON_FILE, f"{name!r} lacks {told}, whose content is still in other files"),
    )


# Access keys -------------------------------------------------------------------------------------------------------


def create_access_key(wanted: WantedUser) -> Change:
    """C(iam:CreateAccessKey), saving its secret, and C(iam:TagUser) for the key's description."""
    new = {"status": "Active", "description": wanted.access_key_description}
    return Change(
        "create_access_key",
        f"create an access key for {wanted.name} and save its secret",
        by=By.ACCESS_KEY,
        intent=Secret.ACCESS_KEY,
        fault=Fault(Check.ACCESS_KEY, f"{wanted.name!r} has no access key whose secret is saved"),
        effect=lambda state: state["access_keys"].update({_NEW_KEY: new}),
    )


def describe_access_key(name: str, key_id: str, description: str) -> Change:
    """C(iam:TagUser): AWS keeps the description of an access key as a tag of its user, under the access key's ID."""
    words = f"set the description of access key {key_id} of {name}"
    change = _describing("describe_access_key", words, name, (key_id, description))
    fault = Fault(Check.ACCESS_KEY, f"access key {key_id} of {name!r} does not have the wanted description")
    return replace(change, fault=fault)


def retire_access_key(name: str, key_id: str, description: str) -> Change:
    """C(iam:TagUser): write into a key's description on which day it was rotated."""
    words = f"mark access key {key_id} of {name} as rotated in its description"
    return _describing("retire_access_key", words, name, (key_id, description))


def _describing(action: str, words: str, name: str, described_as: tuple[str, str]) -> Change:
    key_id, description = described_as
    return Change(
        action,
        words,
        (_tagging(name, {key_id: description}),),
        subject=key_id,
        effect=lambda state: _key(state, key_id).update(description=description),
    )


def prove_access_key(name: str, key_id: str) -> Change:
    """C(sts:GetCallerIdentity), signed with the saved key."""
    return Change("prove_access_key", f"check that access key {key_id} of {name} works", by=By.PROOF, subject=key_id)


def deactivate_access_key(name: str, key_id: str) -> Change:
    """C(iam:UpdateAccessKey)."""
    parameters = {"UserName": name, "AccessKeyId": key_id, "Status": _belonging.INACTIVE}
    return Change(
        "deactivate_access_key",
        f"deactivate access key {key_id} of {name}",
        (Call("update_access_key", parameters, if_there=True),),
        subject=key_id,
        effect=lambda state: _key(state, key_id).update(status=_belonging.INACTIVE),
    )


def delete_orphaned_access_key(name: str, key_id: str) -> Change:
    """C(iam:DeleteAccessKey), for an orphan, which has no description to remove."""
    words = f"delete access key {key_id} of {name}, whose secret an interrupted run lost"
    return Change(
        "delete_orphaned_access_key",
        words,
        (_deleting_key(name, key_id),),
        subject=key_id,
        fault=Fault(Check.ACCESS_KEY, f"an interrupted run left access key {key_id} of {name!r} behind"),
        intent=Secret.ACCESS_KEY,
        effect=_without_key(key_id),
    )


def delete_lost_access_key(name: str, key_id: str) -> Change:
    """Delete a key of this collection whose secret is not saved."""
    change = _deletion("delete_lost_access_key", name, key_id, "whose secret is not saved")
    fault = Fault(Check.ON_FILE, f"the secret of access key {key_id} of {name!r} is not saved")
    return replace(change, fault=fault)


def delete_rotated_access_key(name: str, key_id: str) -> Change:
    """Delete a key of this collection that was rotated."""
    return _deletion("delete_rotated_access_key", name, key_id, "which was rotated")


def delete_revoked_access_key(name: str, key_id: str) -> Change:
    """Delete a key of this collection that was revoked."""
    return _deletion("delete_revoked_access_key", name, key_id, "which was revoked")


def delete_unwanted_access_key(name: str, key_id: str) -> Change:
    """Delete a key of this collection, because its user should have none."""
    change = _deletion("delete_unwanted_access_key", name, key_id, "because this user should have none")
    fault = Fault(Check.ACCESS_KEY, f"access key {key_id} of {name!r} still exists, but should be deleted")
    return replace(change, fault=fault)


def set_access_key_aside(name: str, key_id: str) -> Change:
    """Move a saved access key that is gone from AWS to C(superseded), where nobody takes it for the current one."""
    return Change(
        "set_access_key_aside",
        f"move the saved access key {key_id} of {name} to superseded, as AWS no longer has it",
        by=By.SETTING_ASIDE,
        subject=key_id,
        fault=Fault(Check.ON_FILE, f"access key {key_id} of {name!r} is still saved, but this user should have none"),
    )


def delete_other_access_key(name: str, key_id: str) -> Change:
    """Delete a key that this collection did not create."""
    return _deletion("delete_other_access_key", name, key_id, "which this collection did not create")


def _deletion(action: str, name: str, key_id: str, why: str) -> Change:
    """C(iam:DeleteAccessKey) and C(iam:UntagUser), as AWS keeps the description of a deleted key."""
    return Change(
        action,
        f"delete access key {key_id} of {name}, {why}",
        (_deleting_key(name, key_id), _untagging(name, [key_id])),
        subject=key_id,
        effect=_without_key(key_id),
    )


def remove_descriptions(name: str, key_ids: Sequence[str], why: str = "") -> Change:
    """C(iam:UntagUser), for access keys that are deleted or about to be."""
    told = ", ".join(key_ids)

    def remove(state: State) -> None:
        for key_id in key_ids:
            state["tags"].pop(key_id, None)
            if key_id in state["access_keys"]:
                state["access_keys"][key_id]["description"] = "none"

    return Change(
        "remove_description",
        f"remove the description of access key {told} of {name}{why}",
        (_untagging(name, key_ids),),
        subject=told,
        effect=remove,
    )


def _key(state: State, key_id: str) -> dict[str, str]:
    """Find a key in the state of a diff, or add it if it was created after the state was read."""
    found: dict[str, str] = state["access_keys"].setdefault(key_id, {"status": "Active"})
    return found


def _without_key(key_id: str) -> Callable[[State], None]:
    def remove(state: State) -> None:
        state["access_keys"].pop(key_id, None)

    return remove


# Removing things ---------------------------------------------------------------------------------------------------


def lock(user: User, one: Belonging) -> Change:
    """Deactivate something, which can be undone. Raises ValueError for a kind that cannot be deactivated."""
    if one.kind.locking is None:
        raise ValueError(one.kind.name)

    def deactivate(state: State) -> None:
        if one.kind is _belonging.ACCESS_KEYS:
            _key(state, one.id).update(status=_belonging.INACTIVE)

    return _taking(user, one, one.kind.locking, deactivate, Status=_belonging.INACTIVE)


def take(user: User, one: Belonging) -> Change:
    """Remove something from a user."""

    def remove(state: State) -> None:
        if one.kind is _belonging.LOGIN_PROFILE:
            state["console_sign_in"] = "disabled"
        elif one.kind is _belonging.PERMISSIONS_BOUNDARY:
            state["permissions_boundary"] = "none"
        elif one.kind is _belonging.ACCESS_KEYS:
            state["access_keys"].pop(one.id, None)
        else:
            state[one.kind.name] = [name for name in state[one.kind.name] if name != one.id]

    return _taking(user, one, one.kind.removal, remove)


def _taking(user: User, one: Belonging, taking: Taking, effect: Callable[[State], None], **more: str) -> Change:
    named = {taking.parameter: one.id} if taking.parameter else {}
    call = Call(taking.call, {"UserName": user.name, **named, **more}, if_there=True)
    return Change(taking.call, taking.words.format(id=one.id, user=user.name), (call,), subject=one.id, effect=effect)


def delete_virtual_mfa_device(name: str, serial: str) -> Change:
    """C(iam:DeleteVirtualMFADevice): deactivating a virtual device leaves it in the account."""
    call = Call("delete_virtual_mfa_device", {"SerialNumber": serial}, if_there=True)
    return Change(call.operation, f"delete virtual MFA device {serial} of {name}", (call,), subject=serial)


def delete_user(name: str) -> Change:
    """C(iam:DeleteUser)."""
    call = Call("delete_user", {"UserName": name}, if_there=True)
    return Change(call.operation, f"delete user {name}", (call,), effect=lambda state: state.clear())


def end_sessions(name: str) -> Change:
    """C(iam:PutUserPolicy), with a policy that contains the time of the call."""
    return Change(
        "end_sessions",
        f"end the sessions of {name} that began before now",
        by=By.SESSIONS,
        subject=name,
        effect=lambda state: state.update(sessions="those that began before now are ended"),
    )


def note_revocation(name: str, day: str) -> Change:
    """C(iam:TagUser), with the mark that all other actions respect until access is restored."""
    return replace(tag_user(name, {_tag.REVOKED_KEY: day}), action="note_revocation", fault=None)


def lift_revocation(name: str) -> Change:
    """C(iam:UntagUser), removing the mark of a revocation."""
    return Change(
        "lift_revocation",
        f"give access to {name} again",
        (_untagging(name, [_tag.REVOKED_KEY]),),
        effect=lambda state: state["tags"].pop(_tag.REVOKED_KEY, None),
    )


# The record of an interrupted run ----------------------------------------------------------------------------------


def settle_intent(name: str) -> Change:
    """Remove the record of an interrupted run that left nothing else."""
    return Change(
        "settle_intent",
        f"remove the record of an interrupted run for {name}",
        by=By.SETTLING,
        fault=Fault(Check.ON_FILE, f"the record of an interrupted run for {name!r} is still there"),
    )


# Calls that several changes make -----------------------------------------------------------------------------------


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _tagging(name: str, tags: Mapping[str, str]) -> Call:
    return Call("tag_user", {"UserName": name, "Tags": _tag_list(tags)})


def _untagging(name: str, keys: Sequence[str]) -> Call:
    return Call("untag_user", {"UserName": name, "TagKeys": list(keys)}, if_there=True)


def _deleting_key(name: str, key_id: str) -> Call:
    return Call("delete_access_key", {"UserName": name, "AccessKeyId": key_id}, if_there=True)
