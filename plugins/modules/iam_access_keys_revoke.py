#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_access_keys_revoke
short_description: Take leaked access keys out of use
version_added: 1.0.0
description:
  - Deactivates access keys, and on request deletes them with the tags that describe them, removes the console sign-in
    of their owners and ends their live sessions.
  - The ID of a key is enough to find its owner. Every key that can be deactivated is deactivated first. Then
    RV(users[].report) says what each key could do, since when, and what AWS last saw it do.
  - A user of this collection gets the tag C(revoked) with the day. M(invoice_scanner.iam.iam_users),
    M(invoice_scanner.iam.iam_access_keys_rotate) and M(invoice_scanner.iam.iam_users_verify) respect it until
    O(invoice_scanner.iam.iam_users#module:users[].restore_access) restores access.
  - Files with the secret of such a key stay. The secret no longer works, and M(invoice_scanner.iam.iam_users) moves the
    files to C(superseded) when it saves a new key.
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
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - With O(sessions=true), every run ends the sessions that began since the last one. That is a change.
options:
  access_key_ids:
    description:
      - IDs of the access keys. RV(problems) names those of other accounts, after all others were revoked.
      - Either this or O(users) is required.
    type: list
    elements: str
  users:
    description:
      - Names of users whose access keys are all revoked.
    type: list
    elements: str
  delete:
    description:
      - Whether to delete the keys.
    type: bool
    default: false
  sign_in:
    description:
      - Whether to remove the console sign-in of their owners.
    type: bool
    default: false
  sessions:
    description:
      - Whether to end the live sessions of their owners, by the inline policy C(AWSRevokeOlderSessions) that denies
        everything to sessions that began before now. AWS's console does the same for roles.
    type: bool
    default: false
  strangers:
    description:
      - Whether to revoke keys of users that do not carry the tag C(managed-by=invoice_scanner.iam), too.
    type: bool
    default: false
  class_name:
    description:
      - Name of the class to which O(users) belong, as in their tag C(workshop-class). A user of another class is
        refused.
    type: str
    default: ""
  wait_timeout:
    description:
      - How many seconds to wait, for each call, while AWS asks to try again later.
    type: int
    default: 300
seealso:
  - module: invoice_scanner.iam.iam_users_teardown
"""

EXAMPLES = r"""
- name: Revoke a leaked key and report what it did
  invoice_scanner.iam.iam_access_keys_revoke:
    access_key_ids: [AKIAIOSFODNN7EXAMPLE]
  register: revoked

- name: Lock a user out altogether
  invoice_scanner.iam.iam_access_keys_revoke:
    users: [student-03]
    sign_in: true
    sessions: true
"""

RETURN = r"""
hosts:
  description: The same outcomes as in RV(users), by inventory host.
  type: dict
  returned: when O(users_from) is given
others:
  description: Owners of keys in O(access_key_ids) who belong to no host of the play, as in RV(users).
  type: list
  elements: dict
  returned: when O(users_from) and O(access_key_ids) are given
problems:
  description: Keys that have no owner in this account, a sentence each. They are not revoked.
  type: list
  elements: str
  returned: success
users:
  description: The outcome for each user.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: User name.
      type: str
    access_key_ids:
      description: Access keys that are revoked.
      type: list
      elements: str
    report:
      description: What each key could do since when, and what it last did, a sentence each.
      type: list
      elements: str
    changed:
      description: Whether something was changed, or would be.
      type: bool
    failed:
      description: Whether something went wrong.
      type: bool
    msg:
      description: What went wrong, in one sentence.
      type: str
    changes:
      description: What was done, a sentence each, in order.
      type: list
      elements: str
"""

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import accounts, common, revoke

ARGUMENTS: dict[str, t.Any] = {
    **common.ACCOUNT,
    **common.PLAY,
    **common.ACCOUNTS,
    **common.PACE,
    "access_key_ids": {"type": "list", "elements": "str", "no_log": False},
    "users": {"type": "list", "elements": "str"},
    "delete": {"type": "bool", "default": False},
    "sign_in": {"type": "bool", "default": False},
    "sessions": {"type": "bool", "default": False},
    "strangers": {"type": "bool", "default": False},
    "class_name": {"type": "str", "default": ""},
    "wait_timeout": {"type": "int", "default": 300},
}


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS,
        mutually_exclusive=[("access_key_ids", "users", "users_from")],
        required_one_of=[("access_key_ids", "users", "users_from")],
        supports_check_mode=True,
    )
    try:
        result = accounts.serve(
            module, lambda iam, own, marks, ready: revoke.run(iam, own, marks, module.check_mode, ready)
        )
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    common.warn_all(result.pop("warnings"))
    module.exit_json(**result | common.failure_of(module.params, result))


if __name__ == "__main__":
    main()
