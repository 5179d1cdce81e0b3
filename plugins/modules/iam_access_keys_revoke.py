#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_access_keys_revoke
short_description: Deactivate leaked access keys
version_added: 1.0.0
description:
  - Deactivates access keys. On request, it also deletes the keys with the tags that describe them, removes the owners'
    console sign-in, and ends their active sessions.
  - The ID of a key is enough to find its owner. The module first deactivates every key that it can. RV(users[].report)
    then lists what each key could do, since when, and what it was last used for.
  - A user that this collection manages gets the tag C(revoked) with the date. M(invoice_scanner.iam.iam_users),
    M(invoice_scanner.iam.iam_access_keys_rotate) and M(invoice_scanner.iam.iam_users_verify) respect the tag until
    O(invoice_scanner.iam.iam_users#module:users[].restore_access) restores access.
  - The module does not delete files with the secret of a revoked key. The secret no longer works.
    M(invoice_scanner.iam.iam_users) moves the files to C(superseded) when it saves a new key.
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
      - With O(sessions=true), every run ends the sessions that began since the last run, and reports a change.
options:
  access_key_ids:
    description:
      - IDs of the access keys. If some of them belong to other accounts, the module revokes all others and lists these
        in RV(problems).
      - Required unless O(users) or O(users_from) is given.
    type: list
    elements: str
  users:
    description:
      - Names of users. All their access keys are revoked.
    type: list
    elements: str
  delete:
    description:
      - Whether to delete the keys.
    type: bool
    default: false
  sign_in:
    description:
      - Whether to remove the owners' console sign-in.
    type: bool
    default: false
  sessions:
    description:
      - Whether to end the owners' active sessions. The module attaches the inline policy C(AWSRevokeOlderSessions),
        which denies everything to sessions that began before now. The AWS console does the same for roles.
    type: bool
    default: false
  strangers:
    description:
      - Whether to also revoke keys of users without the tag C(managed-by=invoice_scanner.iam).
    type: bool
    default: false
  class_name:
    description:
      - Name of the class that O(users) belong to, as in their tag C(workshop-class). A user of another class is
        refused.
    type: str
    default: ""
  wait_timeout:
    description:
      - How many seconds to wait for each call while AWS returns a temporary error.
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

- name: Lock a user out completely
  invoice_scanner.iam.iam_access_keys_revoke:
    users: [student-03]
    sign_in: true
    sessions: true
"""

RETURN = r"""
account:
  description:
    - The account, as in RV(invoice_scanner.iam.iam_users_info#module:account), but only its C(id).
      It is empty if no user was found.
  type: dict
  returned: success, unless O(accounts) is given
hosts:
  description: The outcomes of RV(users), by inventory host.
  type: dict
  returned: when O(users_from) is given
others:
  description: Owners of keys in O(access_key_ids) that belong to no host of the play, in the form of RV(users).
  type: list
  elements: dict
  returned: when O(users_from) and O(access_key_ids) are given
problems:
  description: Keys that have no owner in this account, one sentence for each key. They are not revoked.
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
      description: IDs of the revoked access keys.
      type: list
      elements: str
    report:
      description: What each key could do, since when, and what it was last used for, one sentence for each key.
      type: list
      elements: str
    changed:
      description: Whether something was changed, or would be in check mode.
      type: bool
    failed:
      description: Whether something went wrong.
      type: bool
    msg:
      description: What went wrong, in one sentence.
      type: str
    changes:
      description: What was done, in order, one sentence for each change.
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
