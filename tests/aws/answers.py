# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The odd answers of IAM that can be brought about on purpose, each asked of both sides."""

from __future__ import annotations

import typing as t

from .duet import given
from .report import say
from .things import DENY_TEXT, THINGS, password, policy_text

if t.TYPE_CHECKING:
    from .duet import Duet
    from .sides import Side

_NOBODY = "AKIAIOSFODNN7EXAMPLE"  # the key of AWS's own documentation
_SOFT = ("IAMUserChangePassword", "IAMReadOnlyAccess", "IAMAccessAdvisorReadOnly", "AWSSupportAccess")
# Harmless policies of AWS, one more than a user may have; they go to somebody who can neither sign in nor use a key.
_OF_AWS = (
    *_SOFT,
    *("AWSBillingReadOnlyAccess", "AmazonS3ReadOnlyAccess", "AmazonSQSReadOnlyAccess", "AmazonSNSReadOnlyAccess"),
    *("AmazonDynamoDBReadOnlyAccess", "CloudWatchReadOnlyAccess", "AmazonEC2ReadOnlyAccess"),
)


class Answers:
    """A user about whom odd things are asked."""

    def __init__(self, duet: Duet) -> None:
        self.duet, self.call = duet, duet.call
        self.user = duet.mark.name("odd")
        self.nobody = duet.mark.name("nobody")
        self.path, self.tag = duet.mark.path, duet.mark.tag

    def run(self) -> None:
        """Ask all of it."""
        for topic, asks in (
            ("the account", self._account),
            ("a user", self._users),
            ("names and paths", self._bad_names),
            ("tags that AWS does not take", self._bad_tags),
            ("somebody who does not exist", self._nobody),
            ("tags", self._tags),
            ("access keys", self._keys),
            ("callers", self._callers),
            ("sign-in", self._sign_in),
            ("passwords", self._passwords),
            ("policies", self._policies),
            ("versions of policies", self._policy_versions),
            ("attached policies", self._attachments),
            ("more policies than a user may have", self._many_attachments),
            ("permissions boundaries", self._boundaries),
            ("inline policies", self._inline_policies),
            ("groups", self._groups),
            ("what keeps a user from being deleted", self._things),
            ("renamed users", self._renames),
            ("the end", self._ends),
        ):
            asks()
            say(f"  asked about {topic}")

    def _refuse(self, code: str, about: str, operation: str, **parameters: t.Any) -> None:
        self.call(about, operation, expect=code, **parameters)

    def _new_user(self, about: str, code: str, **different: t.Any) -> None:
        usual = given(UserName=self.nobody, Path=self.path, Tags=[self.tag])
        self._refuse(code, about, "create_user", **{**usual, **different})

    def _account(self) -> None:
        """What is the account's own has other values everywhere; its form is the same."""
        self.call("the operator", "get_caller_identity", types_only=True)
        self.call("all of it", "get_account_summary")
        self.call("all of it", "list_account_aliases", types_only=True)
        self.call("whether there is one or not", "get_account_password_policy", expect=None)
        self.call("a page of AWS's", "list_policies", Scope="AWS", MaxItems=2, types_only=True)
        self.call("ours", "list_policies", Scope="Local", PathPrefix=self.path)

    def _users(self) -> None:
        user, path, tags = self.user, self.path, [self.tag]
        self.call("a new one", "create_user", UserName=user, Path=path, Tags=tags)
        self.call("the new one", "get_user", UserName=user)
        self._new_user("a name that is taken", "EntityAlreadyExists", UserName=user)
        self._new_user("a name that is taken, in capitals", "EntityAlreadyExists", UserName=user.upper())
        self._refuse("NoSuchEntity", "a name in capitals", "get_user", UserName=user.upper())
        self.call("ours", "list_users", PathPrefix=path)
        self.call("nobody's path", "list_users", PathPrefix=f"{path}nowhere/")
        self._refuse("ValidationError", "a path without slashes", "list_users", PathPrefix="nowhere")
        self._refuse("ValidationError", "a page of 1001", "list_users", PathPrefix=path, MaxItems=1001)

    def _bad_names(self) -> None:
        long = f"{self.nobody}{'x' * 64}"[:65]
        for about, name, code in (
            ("a name with a space", f"{self.nobody} x", "ValidationError"),
            ("a name with a slash", f"{self.nobody}/x", "ValidationError"),
            ("a name with an umlaut", f"{self.nobody}ü", "ValidationError"),
            ("a name of 65 characters", long, "NoSuchEntity"),
        ):
            self._new_user(about, "ValidationError", UserName=name)
            self._refuse(code, about, "get_user", UserName=name)
        self._new_user("a path without slashes", "ValidationError", Path="nowhere")
        self._new_user("a path that does not end with a slash", "ValidationError", Path=self.path.rstrip("/"))
        self._new_user("a path with a space", "ValidationError", Path=f"{self.path}a b/")

    def _bad_tags(self) -> None:
        many = [{"Key": f"tag-{number}", "Value": ""} for number in range(51)]
        alike = [self.tag, {"Key": self.tag["Key"].upper(), "Value": "x"}]
        self._new_user("51 tags", "ValidationError", Tags=many)
        self._new_user("tags that differ in case", "InvalidInput", Tags=alike)
        self._new_user("a tag of AWS's", "InvalidInput", Tags=[self.tag, {"Key": "aws:x", "Value": "x"}])
        self._new_user("a tag with a line break", "ValidationError", Tags=[self.tag, {"Key": "a", "Value": "b\nc"}])
        self._new_user("a tag of 129 characters", "ValidationError", Tags=[self.tag, {"Key": "k" * 129, "Value": ""}])
        self._new_user(
            "a value of 257 characters", "ValidationError", Tags=[self.tag, {"Key": "k", "Value": "v" * 257}]
        )

    def _nobody(self) -> None:
        """Ask about somebody who does not exist."""
        calls = {
            **dict.fromkeys(_ABOUT_A_USER, given()),
            "create_login_profile": given(Password=password()),
            "update_login_profile": given(Password=password()),
            "update_user": given(NewPath=self.path),
            "tag_user": given(Tags=[self.tag]),
            "untag_user": given(TagKeys=["x"]),
            "update_access_key": given(AccessKeyId=_NOBODY, Status="Inactive"),
            "delete_access_key": given(AccessKeyId=_NOBODY),
            "attach_user_policy": given(PolicyArn=_of_aws("IAMUserChangePassword")),
            "detach_user_policy": given(PolicyArn=_of_aws("IAMUserChangePassword")),
            "put_user_policy": given(PolicyName="extra", PolicyDocument=DENY_TEXT),
        }
        for operation, parameters in calls.items():
            self._refuse("NoSuchEntity", "nobody", operation, UserName=self.nobody, **parameters)

    def _tags(self) -> None:
        user = self.user
        self.call("a new one", "tag_user", UserName=user, Tags=[{"Key": "Colour", "Value": "red"}])
        self.call("the same in another case", "tag_user", UserName=user, Tags=[{"Key": "colour", "Value": "blue"}])
        self.call("one replaced", "list_user_tags", UserName=user)
        self.call("one, in capitals", "untag_user", UserName=user, TagKeys=["COLOUR"])
        self.call("one that is not there", "untag_user", UserName=user, TagKeys=["colour"])
        many = [{"Key": f"tag-{number}", "Value": ""} for number in range(49)]
        self.call("up to 50", "tag_user", UserName=user, Tags=many)
        self._refuse("LimitExceeded", "the 51st", "tag_user", UserName=user, Tags=[{"Key": "one-more", "Value": ""}])
        self.call("a page of two", "list_user_tags", UserName=user, MaxItems=2, types_only=True)
        self._refuse("ValidationError", "a wrong marker", "list_user_tags", UserName=user, Marker="nowhere")
        self.call("all but ours", "untag_user", UserName=user, TagKeys=[one["Key"] for one in many])
        self.call("ours alone", "list_user_tags", UserName=user)

    def _keys(self) -> None:
        user = given(UserName=self.user)
        for number in ("first", "second"):
            self.call(f"the {number}", "create_access_key", save=f"{number} key", **user)
        self._refuse("LimitExceeded", "a third", "create_access_key", **user)
        self.call("two", "list_access_keys", **user)
        self.call("a page of one", "list_access_keys", MaxItems=1, types_only=True, **user)
        self.call("a new key", "get_access_key_last_used", AccessKeyId=_id("first"), types_only=True)
        self.call("a key", "get_access_key_info", AccessKeyId=_id("first"))
        self._refuse("AccessDenied", "a key that nobody has", "get_access_key_last_used", AccessKeyId=_NOBODY)
        self._refuse(
            "ValidationError", "a strange ID", "get_access_key_last_used", AccessKeyId="AKIA-IOSFODNN7-EXAMPLE"
        )
        gone = given(AccessKeyId=_NOBODY, **user)
        self._refuse("NoSuchEntity", "a key that nobody has", "update_access_key", Status="Inactive", **gone)
        self._refuse("NoSuchEntity", "a key that nobody has", "delete_access_key", **gone)
        self._refuse(
            "ValidationError", "a status of none", "update_access_key", Status="Gone", **user, AccessKeyId=_NOBODY
        )

    def _callers(self) -> None:
        """Who asks: somebody with a key that works, is wrong, Inactive or deleted."""
        who: dict[str, t.Any] = {"operation": "get_caller_identity"}
        user = given(UserName=self.user, AccessKeyId=_id("second"))
        self.call("a key of a user", by=_pair("first"), **who)
        self.call(
            "a wrong secret", by=lambda side: (_id("first")(side), "x" * 40), expect="SignatureDoesNotMatch", **who
        )
        self.call("a key that nobody has", by=lambda _side: (_NOBODY, "x" * 40), expect="InvalidClientTokenId", **who)
        self.call("somebody without permission", "list_users", by=_pair("first"), expect="AccessDenied")
        self.call("Inactive", "update_access_key", Status="Inactive", **user)
        self.call("once more", "update_access_key", Status="Inactive", **user)
        self.call("one of two Inactive", "list_access_keys", UserName=self.user)
        self.call("an Inactive key", by=_pair("second"), expect="InvalidClientTokenId", **who)
        self.call("the second", "delete_access_key", **user)
        self._refuse("NoSuchEntity", "the second again", "delete_access_key", **user)
        self.call("a deleted key", by=_pair("second"), expect="InvalidClientTokenId", **who)
        self._refuse("AccessDenied", "a deleted key", "get_access_key_last_used", AccessKeyId=_id("second"))

    def _sign_in(self) -> None:
        user, good = given(UserName=self.user), password()
        for operation in ("get_login_profile", "delete_login_profile"):
            self._refuse("NoSuchEntity", "a missing one", operation, **user)
        self._refuse("NoSuchEntity", "a missing one", "update_login_profile", Password=good, **user)
        self._refuse("PasswordPolicyViolation", "a password of three", "create_login_profile", Password="Ab1", **user)
        self._refuse("ValidationError", "a password of 132", "create_login_profile", Password="Ab1!" * 33, **user)
        self.call("a good password", "create_login_profile", Password=good, PasswordResetRequired=True, **user)
        self._refuse("EntityAlreadyExists", "another one", "create_login_profile", Password=password(), **user)
        self.call("to be changed", "get_login_profile", **user)
        self.call("not to be changed", "update_login_profile", PasswordResetRequired=False, **user)
        self.call("not to be changed", "get_login_profile", **user)
        self._refuse("PasswordPolicyViolation", "a password of three", "update_login_profile", Password="Ab1", **user)

    def _passwords(self) -> None:
        """What the user itself may do about its password. AWS does not document what it says to a wrong one."""
        user, mine = given(UserName=self.user), password()
        self.call("a good password", "update_login_profile", Password=mine, **user)
        allowed = given(PolicyName="own-password", PolicyDocument=policy_text(self.path))
        self.call("own password", "put_user_policy", **user, **allowed)
        new = password()
        change: dict[str, t.Any] = {"operation": "change_password", "by": _pair("first")}
        self.call("the right old one", OldPassword=mine, NewPassword=new, **change)
        self.call("a wrong old one", OldPassword="Wr0ng-old-one!", NewPassword=password(), expect=None, **change)
        self.call("a bad new one", OldPassword=new, NewPassword="Ab1", expect="PasswordPolicyViolation", **change)
        self.call("own password", "delete_user_policy", PolicyName="own-password", **user)
        self._refuse("DeleteConflict", "with a login profile and a key", "delete_user", **user)
        self.call("the login profile", "delete_login_profile", **user)
        self._refuse("NoSuchEntity", "a deleted one", "get_login_profile", **user)

    def _policy(self, end: str, about: str, code: str = "", **different: t.Any) -> t.Callable[[Side], str]:
        name = self.duet.mark.name(end)
        usual = given(PolicyName=name, Path=self.path, PolicyDocument=DENY_TEXT, Tags=[self.tag])
        self._refuse(code, about, "create_policy", **{**usual, **different})
        return lambda side: side.policy_arn(name)

    def _policies(self) -> None:
        arn = self._policy("policy", "a new one")
        self.call("the new one", "get_policy", PolicyArn=arn)
        self.call("the first version", "get_policy_version", PolicyArn=arn, VersionId="v1")
        self._refuse("NoSuchEntity", "a missing one", "get_policy_version", PolicyArn=arn, VersionId="v9")
        self._policy("policy", "a name that is taken", "EntityAlreadyExists")
        self._policy("POLICY", "a name that is taken, in capitals", "EntityAlreadyExists")
        self._policy("no-json", "no JSON", "MalformedPolicyDocument", PolicyDocument="This is no JSON")
        self._policy("no-statement", "no statement", "MalformedPolicyDocument", PolicyDocument="{}")
        self._policy("two words", "a name with a space", "ValidationError")
        self._policy("large", "a large one", "LimitExceeded", PolicyDocument=_large(7000))
        missing = _mine(self.duet.mark.name("no-policy"))
        for operation in ("get_policy", "delete_policy", "list_policy_versions", "list_policy_tags"):
            self._refuse("NoSuchEntity", "a missing policy", operation, PolicyArn=missing)
        self.call("no ARN", "get_policy", PolicyArn="this is not an ARN at all", expect=None)
        self.call("its tags", "list_policy_tags", PolicyArn=arn)
        self.call("nobody", "list_entities_for_policy", PolicyArn=arn)

    def _policy_versions(self) -> None:
        arn = _mine(self.duet.mark.name("policy"))
        for number in range(2, 6):
            version = given(PolicyDocument=DENY_TEXT, SetAsDefault=number == 3)
            self.call(f"version {number}", "create_policy_version", PolicyArn=arn, **version)
        self._refuse("LimitExceeded", "version 6", "create_policy_version", PolicyArn=arn, PolicyDocument=DENY_TEXT)
        self.call("five", "list_policy_versions", PolicyArn=arn)
        self._refuse("DeleteConflict", "the default one", "delete_policy_version", PolicyArn=arn, VersionId="v3")
        self._refuse("DeleteConflict", "a policy with five versions", "delete_policy", PolicyArn=arn)
        for number in (1, 2, 4, 5):
            self.call(f"version {number}", "delete_policy_version", PolicyArn=arn, VersionId=f"v{number}")
        self._refuse("NoSuchEntity", "version 1 again", "delete_policy_version", PolicyArn=arn, VersionId="v1")

    def _attachments(self) -> None:
        user, mine = given(UserName=self.user), _mine(self.duet.mark.name("policy"))
        for about, arn, code in (
            ("no ARN", "this is not an ARN at all", "ValidationError"),
            ("a missing policy", _mine(self.duet.mark.name("no-policy")), "NoSuchEntity"),
            ("a missing policy of AWS's", _of_aws("NoSuchPolicyOfAws"), "NoSuchEntity"),
            ("a policy of another account", _of_another_account, None),
        ):
            self.call(about, "attach_user_policy", PolicyArn=arn, expect=code, **user)
        self._refuse("NoSuchEntity", "one that is not attached", "detach_user_policy", PolicyArn=mine, **user)
        for about in ("a policy", "the same again"):
            self.call(about, "attach_user_policy", PolicyArn=mine, **user)
        self.call("one", "list_attached_user_policies", **user)
        self.call("one user", "list_entities_for_policy", PolicyArn=mine)
        self.call("one that is attached", "get_policy", PolicyArn=mine)
        self._refuse("DeleteConflict", "one that is attached", "delete_policy", PolicyArn=mine)
        self._refuse("DeleteConflict", "with a policy and a key", "delete_user", **user)
        self.call("the policy", "detach_user_policy", PolicyArn=mine, **user)
        self._refuse("NoSuchEntity", "the same again", "detach_user_policy", PolicyArn=mine, **user)

    def _many_attachments(self) -> None:
        """An account may have asked for more than ten, so either answer will do for the last one."""
        name = self.duet.mark.name("collector")
        self.call("a collector of policies", "create_user", UserName=name, Path=self.path, Tags=[self.tag])
        for policy in _OF_AWS[:-1]:
            self.call(policy, "attach_user_policy", UserName=name, PolicyArn=_of_aws(policy))
        last = given(UserName=name, PolicyArn=_of_aws(_OF_AWS[-1]))
        self.call("the eleventh", "attach_user_policy", expect=None, **last)
        self.call("many", "list_attached_user_policies", UserName=name)
        self.call("a page of them", "list_attached_user_policies", UserName=name, MaxItems=3, types_only=True)
        self.call("the eleventh", "detach_user_policy", expect=None, **last)
        for policy in _OF_AWS[:-1]:
            self.call(policy, "detach_user_policy", UserName=name, PolicyArn=_of_aws(policy))
        self.call("the collector", "delete_user", UserName=name)

    def _boundaries(self) -> None:
        user, mine = given(UserName=self.user), _mine(self.duet.mark.name("policy"))
        missing = _mine(self.duet.mark.name("no-policy"))
        self._new_user("a missing boundary", "NoSuchEntity", PermissionsBoundary=missing)
        self._new_user("a boundary that is no ARN", "InvalidInput", PermissionsBoundary="this is not an ARN at all")
        put = "put_user_permissions_boundary"
        self._refuse("NoSuchEntity", "a missing policy", put, PermissionsBoundary=missing, **user)
        self._refuse("InvalidInput", "no ARN", put, PermissionsBoundary="this is not an ARN at all", **user)
        self.call("a policy", put, PermissionsBoundary=mine, **user)
        self.call("one with a boundary", "get_user", **user)
        self.call("a boundary", "get_policy", PolicyArn=mine)
        usage = given(PolicyArn=mine, PolicyUsageFilter="PermissionsBoundary")
        self.call("whom it bounds", "list_entities_for_policy", **usage)
        self.call("a policy that is only a boundary", "delete_policy", PolicyArn=mine, expect=None)
        self.call("the boundary", "delete_user_permissions_boundary", **user)
        self.call("none", "delete_user_permissions_boundary", expect=None, **user)

    def _inline_policies(self) -> None:
        user: dict[str, t.Any] = {"UserName": self.user}
        put = "put_user_policy"
        self._refuse(
            "MalformedPolicyDocument", "no JSON", put, PolicyName="x", PolicyDocument="This is no JSON", **user
        )
        self._refuse("LimitExceeded", "a large one", put, PolicyName="x", PolicyDocument=_large(2500), **user)
        self._refuse("ValidationError", "a name with a space", put, PolicyName="a b", PolicyDocument=DENY_TEXT, **user)
        self._refuse("NoSuchEntity", "a missing one", "get_user_policy", PolicyName="x", **user)
        self._refuse("NoSuchEntity", "a missing one", "delete_user_policy", PolicyName="x", **user)
        self.call("a small one", put, PolicyName="x", PolicyDocument=DENY_TEXT, **user)
        self.call("a small one", "get_user_policy", PolicyName="x", **user)
        self.call("one", "list_user_policies", **user)
        self.call("a small one", "delete_user_policy", PolicyName="x", **user)

    def _groups(self) -> None:
        group, nobody = given(GroupName=self.duet.mark.name("group")), given(GroupName=self.duet.mark.name("no-group"))
        self.call("a new one", "create_group", Path=self.path, **group)
        self._refuse("EntityAlreadyExists", "the same again", "create_group", Path=self.path, **group)
        capitals = given(GroupName=group["GroupName"].upper(), Path=self.path)
        self._refuse("EntityAlreadyExists", "the same in capitals", "create_group", **capitals)
        member = given(UserName=self.user)
        self._refuse("NoSuchEntity", "a missing group", "add_user_to_group", **nobody, **member)
        self._refuse("NoSuchEntity", "nobody", "add_user_to_group", UserName=self.nobody, **group)
        self.call("who is no member", "remove_user_from_group", **group, **member)
        for about in ("a member", "the same again"):
            self.call(about, "add_user_to_group", **group, **member)
        self.call("one member", "get_group", **group)
        self.call("one", "list_groups_for_user", **member)
        self._refuse("DeleteConflict", "a group with a member", "delete_group", **group)
        self.call("a member", "remove_user_from_group", **group, **member)
        self.call("an empty one", "delete_group", **group)
        for operation in ("get_group", "delete_group"):
            self._refuse("NoSuchEntity", "a missing group", operation, **group)

    def _things(self) -> None:
        """Each thing alone keeps its user from being deleted."""
        owner = self.duet.mark.name("owner")
        user = given(UserName=owner)
        self.call("an owner of things", "create_user", Path=self.path, Tags=[self.tag], **user)
        for thing in THINGS:
            thing.add(self.duet, owner)
            for operation in _LISTS:
                self.call(f"with {thing.what}", operation, **user)
            self._refuse("DeleteConflict", f"with {thing.what}", "delete_user", **user)
            thing.remove(self.duet, owner)
        device = given(VirtualMFADeviceName=self.duet.mark.name("two words"), Path=self.path, Tags=[self.tag])
        self._refuse("ValidationError", "a name with a space", "create_virtual_mfa_device", **device)
        self.call("no SSH key", "upload_ssh_public_key", SSHPublicKeyBody="ssh-rsa AAAA", expect=None, **user)
        strange = given(ServiceName="nothing.amazonaws.com")
        self._refuse("NoSuchEntity", "an unknown service", "create_service_specific_credential", **strange, **user)

    def _renames(self) -> None:
        owner, new = self.duet.mark.name("owner"), self.duet.mark.name("new-owner")
        self._refuse(
            "EntityAlreadyExists", "a name that is taken", "update_user", UserName=owner, NewUserName=self.user
        )
        self._refuse("ValidationError", "a name with a space", "update_user", UserName=owner, NewUserName="a b")
        self.call("another name", "update_user", UserName=owner, NewUserName=new)
        self._refuse("NoSuchEntity", "the old name", "get_user", UserName=owner)
        self.call("the new name", "get_user", UserName=new)
        self.call("the same path", "update_user", UserName=new, NewPath=self.path)
        self.call("one of another name", "list_user_tags", UserName=new)

    def _ends(self) -> None:
        """Take all away. What is left nevertheless, such as what AWS took and should have refused, goes later."""
        user = given(UserName=self.user)
        self.call("the first", "delete_access_key", AccessKeyId=_id("first"), **user)
        self.call("one without anything", "delete_user", **user)
        self._refuse("NoSuchEntity", "who is gone", "delete_user", **user)
        self._refuse("NoSuchEntity", "who is gone", "get_user", **user)
        self.call("none of ours", "list_policies", Scope="Local", PathPrefix=f"{self.path}nowhere/")


_LISTS = ("list_mfa_devices", "list_ssh_public_keys", "list_signing_certificates", "list_service_specific_credentials")
# What takes nothing but the name of a user
_ABOUT_A_USER = (
    *("get_user", "delete_user", "list_access_keys", "create_access_key", "get_login_profile", "delete_login_profile"),
    *("list_user_tags", "list_attached_user_policies", "list_user_policies", "list_groups_for_user"),
    *("delete_user_permissions_boundary", *_LISTS),
)


def _id(which: str) -> t.Callable[[Side], str]:
    """Return the ID of a key that was made."""
    return lambda side: str(side.memory[f"{which} key"]["AccessKey"]["AccessKeyId"])


def _pair(which: str) -> t.Callable[[Side], tuple[str, str]]:
    """Return a key that was made."""
    return lambda side: (_id(which)(side), str(side.memory[f"{which} key"]["AccessKey"]["SecretAccessKey"]))


def _mine(name: str) -> t.Callable[[Side], str]:
    return lambda side: side.policy_arn(name)


def _of_aws(name: str) -> t.Callable[[Side], str]:
    return lambda side: f"arn:{side.partition}:iam::aws:policy/{name}"


def _of_another_account(side: Side) -> str:
    return f"arn:{side.partition}:iam::{(int(side.account) + 1) % 10**12:012d}:policy/theirs"


def _large(characters: int) -> str:
    return DENY_TEXT.replace("s3:ListAllMyBuckets", f"s3:{'x' * characters}")


def run(duet: Duet) -> None:
    """Play the odd answers."""
    Answers(duet).run()
