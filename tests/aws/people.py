# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""People in AWS and on file, and what is promised about them. What is read here is compared as well."""

from __future__ import annotations

import typing as t

from tests.e2e.support.promise import DESCRIPTION, OWNERSHIP

from .things import password

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .duet import Duet, ForEach
    from .playbooks import Workshop
    from .sides import Side

# What is looked at: a name for it, and the call
_LOOKS = (
    ("user", "get_user"),
    ("tags", "list_user_tags"),
    ("keys", "list_access_keys"),
    ("attached", "list_attached_user_policies"),
    ("inline", "list_user_policies"),
    ("groups", "list_groups_for_user"),
)
Seen = dict[str, t.Any]


def look(duet: Duet, name: str, when: str, *, sign_in: bool = True) -> dict[str, Seen]:
    """Read a user on both sides. C(sign_in) tells whether there should be a login profile."""
    seen: dict[str, Seen] = {side.name: {} for side in duet.sides}
    expect = "" if sign_in else "NoSuchEntity"
    looks = [(what, call, "") for what, call in _LOOKS] + [("login", "get_login_profile", expect)]
    for what, call, code in looks:
        answers = duet.call(f"{name} {when}", call, UserName=name, expect=code)
        for side in duet.sides:
            seen[side.name][what] = answers[side]
    return seen


def stable(seen: Seen) -> Seen:
    """Leave out of what was read what is new in every reply, or changes without us."""
    kept = {what: {**said, "RequestId": ""} for what, said in seen.items()}
    if "User" in kept["user"]:
        kept["user"]["User"] = {**kept["user"]["User"], "PasswordLastUsed": None}
    for what, member in (("tags", "Tags"), ("attached", "AttachedPolicies"), ("keys", "AccessKeyMetadata")):
        kept[what][member] = sorted(kept[what].get(member, []), key=str)
    return kept


def tags_of(seen: Seen) -> dict[str, str]:
    """Return the tags of a user that was read."""
    return {tag["Key"]: tag["Value"] for tag in seen["tags"].get("Tags", [])}


def keys_of(seen: Seen) -> dict[str, str]:
    """Return the statuses of a user's access keys by ID."""
    return {key["AccessKeyId"]: key["Status"] for key in seen["keys"].get("AccessKeyMetadata", [])}


def attached_to(seen: Seen) -> set[str]:
    """Return the ARNs of a user's managed policies."""
    return {one["PolicyArn"] for one in seen["attached"].get("AttachedPolicies", [])}


def faults_of(duet: Duet, workshop: Workshop, side: Side, seen: Seen, policies: Sequence[ForEach]) -> Iterator[str]:
    """Say what is not as it is promised about somebody who was read."""
    user = seen["user"].get("User", {})
    name = user.get("UserName", "nobody")
    key_id = workshop.key(side, name)[0]
    if user.get("Path") != duet.mark.path:
        yield f"{name} has the path {user.get('Path')}"
    if keys_of(seen) != {key_id: "Active"}:
        yield f"{name} has the access keys {keys_of(seen)}, and {key_id} is on file"
    wanted = dict([OWNERSHIP, (key_id, DESCRIPTION)]) | {duet.mark.tag["Key"]: duet.mark.tag["Value"]}
    if {**tags_of(seen), **wanted} != tags_of(seen):
        yield f"{name} is tagged {tags_of(seen)}"
    if attached_to(seen) != {arn(side) for arn in policies}:
        yield f"{name} has the policies {sorted(attached_to(seen))}"
    if workshop.saved(side, name, "credentials")["User name"] != name:
        yield f"the login file of {name} is that of somebody else"


def prove_key(duet: Duet, by: ForEach, about: str, *, works: bool = True) -> bool:
    """Let an access key say whose it is, or see that it says nothing any more."""
    expect = "" if works else "InvalidClientTokenId"
    answers = duet.call(about, "get_caller_identity", by=by, expect=expect)
    return answers.aws.code == answers.sandbox.code == expect


def prove_password(duet: Duet, workshop: Workshop, name: str) -> None:
    """Try a saved password out, which takes no console: to change it takes the old one. What is on file is then old."""

    def saved(side: Side) -> str:
        return workshop.saved(side, name, "credentials")["Password"]

    duet.call(
        f"the saved password of {name}",
        "change_password",
        by=lambda side: workshop.key(side, name),
        OldPassword=saved,
        NewPassword=lambda side: f"{saved(side)}x",
    )


def make_stranger(duet: Duet, name: str) -> None:
    """Make a user as somebody else would: without the tag by which the collection knows its own."""
    duet.call("a stranger", "create_user", UserName=name, Path=duet.mark.path, Tags=[duet.mark.tag])
    duet.call("a stranger", "create_login_profile", UserName=name, Password=password())
    duet.call("a stranger", "create_access_key", UserName=name)
