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
  - Removes IAM users that this collection manages, with their console sign-in, access keys and the tags that describe
    them, service-specific credentials, SSH public keys, signing certificates, MFA devices, inline and managed policies,
    group memberships and permissions boundary. Virtual MFA devices are deleted as well.
  - The module first locks everybody out. Only then does it delete users and everything that belongs to them. If it is
    interrupted, the users that are left can do nothing, and the next run finishes the work.
  - The module refuses users without the tag C(managed-by=invoice_scanner.iam), and the user that it runs as.
  - When the last user of a class is removed, the policy with the class's hours (see
    M(invoice_scanner.iam.iam_class_hours)) is deleted with all its versions.
  - Before the module changes a user, it writes everything that is known about the user to O(archive_dest), without
    secrets.
  - A failure of one user never stops the others. RV(users) has an outcome for each user.
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
      - It lists who would be removed, and needs no confirmation.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  users:
    description:
      - Names of the users. A user who no longer exists is not an error.
      - If omitted, the module considers all users of the account that this collection manages. Then O(tags) or
        O(expired) must select some of them.
    type: list
    elements: str
  tags:
    description:
      - Remove only users that have all these tags.
    type: dict
    default: {}
  expired:
    description:
      - Remove only users with a tag C(expires) that names a past day, in UTC. Users without this tag stay.
    type: bool
    default: false
  class_name:
    description:
      - Name of the class that the users belong to, as in their tag C(workshop-class). If O(users) contains users of
        another class, they are refused. If O(tags) or O(expired) select the users, only users of this class are
        removed; with an empty name, users of any class are.
    type: str
    default: ""
  confirm:
    description:
      - How many users this run may remove at most. If it would remove more, it removes nobody, and the message lists
        the users. A play with C(serial) is refused, because each batch would be counted for itself.
    type: int
    default: 1
  policies:
    description:
      - Names or ARNs of customer-managed policies to remove afterwards. A policy stays if it is still in use or does
        not have the tag C(managed-by=invoice_scanner.iam).
    type: list
    elements: str
    default: []
  archive_dest:
    description:
      - Directory for what is known about removed users, with one JSON file for each. It is created with mode 0700 if it
        is missing.
    type: path
    required: true
  credentials_dest:
    description:
      - Directory with the credential files, or C(s3://bucket/prefix) or C(secretsmanager://prefix). Required with
        O(delete_files=true).
    type: path
  delete_files:
    description:
      - Whether to delete the credential files of removed users, including those in C(superseded), and their rows in the
        class files. In a store, the module permanently deletes the user's document with all its versions.
    type: bool
    default: false
  handouts_dest:
    description:
      - Where M(invoice_scanner.iam.credentials_handout) wrote pages. With O(delete_files=true), the module also deletes
        the pages of removed users, and the class files that contain one of them.
    type: path
  wait_timeout:
    description:
      - How many seconds to wait for each user while AWS returns a temporary error, such as C(DeleteConflict) or
        C(EntityTemporarilyUnmodifiable).
    type: int
    default: 300
seealso:
  - module: invoice_scanner.iam.iam_users
  - module: invoice_scanner.iam.iam_access_keys_revoke
"""

EXAMPLES = r"""
- name: List who would be removed
  invoice_scanner.iam.iam_users_teardown:
    tags:
      class: "2026"
    archive_dest: credentials/removed
  check_mode: true

- name: Remove all expired users, up to a hundred
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
account:
  description:
    - The account, as in RV(invoice_scanner.iam.iam_users_info#module:account), but only its C(id).
  type: dict
  returned: success, unless O(accounts) is given
hosts:
  description: The outcomes of RV(users), by inventory host.
  type: dict
  returned: when O(users_from) is given
policies:
  description: The outcome for each of O(policies) that exists.
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
      description: Whether the policy was removed, or would be in check mode.
      type: bool
    failed:
      description: Whether AWS refused to remove it.
      type: bool
    msg:
      description: The outcome, in one sentence.
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
      description: Whether something was removed, or would be in check mode.
      type: bool
    removed:
      description:
        - Whether the user is gone because this collection removed it, in this run or before. In check mode, also
          whether it would be.
      type: bool
    failed:
      description: Whether the user could not be removed.
      type: bool
    msg:
      description: Why the user failed, in one sentence.
      type: str
    warnings:
      description: Warnings, one sentence for each.
      type: list
      elements: str
    changes:
      description: What was done, in order, one sentence for each change.
      type: list
      elements: str
    archive:
      description: File in O(archive_dest) with what was known about the user.
      type: str
    deleted_files:
      description: Files that were deleted, or from which the user's row was removed.
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
