#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_users_teardown
short_description: Remove workshop IAM users with everything that blocks their deletion
version_added: 1.0.0
description:
  - Removes IAM users that this collection made, with their console sign-in, access keys and the tags that describe
    them, service-specific credentials, SSH public keys, signing certificates, MFA devices, inline and managed policies,
    group memberships and permissions boundary. Virtual MFA devices are deleted as well.
  - Everybody is locked out first. Only then is stripped and deleted, so that a run that is interrupted leaves users
    behind that can do nothing. The next run finishes the work.
  - A user without the tag C(managed-by=invoice_scanner.iam) is refused, and so is the user whose credentials this runs
    with.
  - The policy that keeps the hours of a class, M(invoice_scanner.iam.iam_class_hours), goes with the last user who has
    it, all its versions with it.
  - What is known of a user, which is no secret, is written to O(archive_dest) before anything of it is touched.
  - What goes wrong with one user never stops the others. Each user has an outcome of its own in RV(users).
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
  - invoice_scanner.iam._account
  - invoice_scanner.iam._attributes.action_group
  - invoice_scanner.iam._assume_role
  - invoice_scanner.iam._many_users.accounts
  - invoice_scanner.iam._many_users.play
  - invoice_scanner.iam._many_users.pace
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    details:
      - It lists who would go, and needs no confirmation.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  users:
    description:
      - Names of the users. One that is gone already is no error.
      - If omitted, all users of the account are looked through that this collection made. Then O(tags) or O(expired)
        has to say which of them are meant.
    type: list
    elements: str
  tags:
    description:
      - Only users that carry all these tags.
    type: dict
    default: {}
  expired:
    description:
      - Only users whose tag C(expires) names a day that has passed, in UTC. Users without that tag stay.
    type: bool
    default: false
  class_name:
    description:
      - Name of the class to which the users belong, as in their tag C(workshop-class). Named users of another class are
        refused; of those that are selected, only users of this class go. Empty is any class for O(tags) and O(expired).
    type: str
    default: ""
  confirm:
    description:
      - How many users may be removed at most. If more would go, nobody does, and the message lists them.
    type: int
    default: 1
  policies:
    description:
      - Names or ARNs of customer-managed policies to remove afterwards. One that is still used, or that does not carry
        the tag of this collection, stays.
    type: list
    elements: str
    default: []
  archive_dest:
    description:
      - Directory for what is known of removed users, a JSON file a user. It is created with mode 0700 if it is missing.
    type: path
    required: true
  credentials_dest:
    description:
      - Directory with the credential files, or C(s3://bucket/prefix) or C(secretsmanager://prefix). Required with
        O(delete_files=true).
    type: path
  delete_files:
    description:
      - Whether to delete the credential files of users that are gone, those in C(superseded) too, and their rows in
        the files of the class. From a store it deletes the user's document for good, with all its versions.
    type: bool
    default: false
  handouts_dest:
    description:
      - Where M(invoice_scanner.iam.credentials_handout) wrote pages. With O(delete_files=true), those of users that are
        gone are deleted as well, and the files of the class if they are in them.
    type: path
  wait_timeout:
    description:
      - How many seconds to wait at most, for each user, for what AWS says will pass, such as C(DeleteConflict) and
        C(EntityTemporarilyUnmodifiable).
    type: int
    default: 300
seealso:
  - module: invoice_scanner.iam.iam_users
  - module: invoice_scanner.iam.iam_access_keys_revoke
"""

EXAMPLES = r"""
- name: See who would go
  invoice_scanner.iam.iam_users_teardown:
    tags:
      class: "2026"
    archive_dest: credentials/removed
  check_mode: true

- name: Remove everybody whose day has passed, up to a hundred users
  invoice_scanner.iam.iam_users_teardown:
    expired: true
    confirm: 100
    archive_dest: credentials/removed

- name: Remove one user with its credential files
  invoice_scanner.iam.iam_users_teardown:
    users: [student-03]
    archive_dest: credentials/removed
    credentials_dest: credentials
    delete_files: true
"""

RETURN = r"""
hosts:
  description: The same outcomes as in RV(users), by inventory host.
  type: dict
  returned: when O(users_from) is given
policies:
  description: What became of each of O(policies) that exists.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the policy.
      type: str
    arn:
      description: ARN of the policy.
      type: str
    changed:
      description: Whether it was removed, or would be.
      type: bool
    failed:
      description: Whether AWS refused to remove it.
      type: bool
    msg:
      description: What became of it, in one sentence.
      type: str
users:
  description: The outcome for each user.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: User name.
      type: str
    changed:
      description: Whether something was removed, or would be.
      type: bool
    failed:
      description: Whether the user could not be removed.
      type: bool
    msg:
      description: Why not, in one sentence.
      type: str
    warnings:
      description: What is worth knowing, a sentence each.
      type: list
      elements: str
    changes:
      description: What was done, a sentence each, in order.
      type: list
      elements: str
    archive:
      description: File in O(archive_dest) that says what was known of the user.
      type: str
    deleted_files:
      description: Files that were deleted, or lost the user's row.
      type: list
      elements: str
"""

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import accounts, common, teardown

ARGUMENTS: dict[str, t.Any] = {
    **common.ACCOUNT,
    **common.PLAY,
    **common.ACCOUNTS,
    **common.PACE,
    "users": {"type": "list", "elements": "str"},
    "tags": {"type": "dict", "default": {}},
    "expired": {"type": "bool", "default": False},
    "class_name": {"type": "str", "default": ""},
    "confirm": {"type": "int", "default": 1},
    "policies": {"type": "list", "elements": "str", "default": []},
    "archive_dest": {"type": "path", "required": True},
    "credentials_dest": {"type": "path"},
    "delete_files": {"type": "bool", "default": False},
    "handouts_dest": {"type": "path"},
    "wait_timeout": {"type": "int", "default": 300},
}


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = accounts.serve(
            module, lambda iam, own, marks, ready: teardown.run(iam, own, marks, module.check_mode, ready)
        )
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    common.warn_all(result.pop("warnings"))
    module.exit_json(**result | common.failure_of(module.params, result))


if __name__ == "__main__":
    main()
