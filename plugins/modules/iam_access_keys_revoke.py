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
  - Whose an access key is is looked up from its ID alone. What it could do, since when, and what AWS last saw it do is
    returned in RV(users[].report).
  - Files in which the secret of such a key was saved are kept. They are of no use to anybody any more, and
    M(invoice_scanner.iam.iam_users) moves them to C(superseded) when it saves a new key.
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
  - invoice_scanner.iam._attributes.action_group
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
      - With O(sessions=true), every run ends the sessions that began since, and that is a change.
options:
  access_key_ids:
    description:
      - IDs of the access keys. Those of other accounts are refused, and nothing is done then.
      - Either this or O(users) has to be given.
    type: list
    elements: str
  users:
    description:
      - Names of users, of whom all access keys are revoked.
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
  wait_timeout:
    description:
      - How many seconds to wait at most, for each call, for what AWS says will pass.
    type: int
    default: 300
seealso:
  - module: invoice_scanner.iam.iam_users_teardown
"""

EXAMPLES = r"""
- name: A key leaked; make it useless and see what it did
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

# Not AnsibleAWSModule.warn: it hands warnings to exit_json, which ansible-core deprecates.
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.iam import Iam, explain
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.rate_governor import RateGovernor
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import revoke
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.arguments import number_problem

ARGUMENTS: dict[str, t.Any] = {
    "access_key_ids": {"type": "list", "elements": "str", "no_log": False},
    "users": {"type": "list", "elements": "str"},
    "delete": {"type": "bool", "default": False},
    "sign_in": {"type": "bool", "default": False},
    "sessions": {"type": "bool", "default": False},
    "strangers": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 300},
    "threads": {"type": "int", "default": 8},
    "progress_file": {"type": "path"},
}
# What this module does not hand on as it is
OWN_ARGUMENTS: dict[str, t.Any] = {
    "users_from": {"type": "str"},
    "same_for_all": {"type": "list", "elements": "str", "default": []},
    "max_requests_per_second": {"type": "float"},
}


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS | OWN_ARGUMENTS,
        mutually_exclusive=[("access_key_ids", "users", "users_from")],
        required_one_of=[("access_key_ids", "users", "users_from")],
        supports_check_mode=True,
    )
    if module.params["users_from"] is not None:
        module.fail_json(msg="users_from is for the action plugin of this module; give users")
    problem = number_problem({"slices": 1, **module.params})
    if problem:
        module.fail_json(msg=problem)
    governor = RateGovernor(module.params["max_requests_per_second"])
    request = revoke.Request(**{name: module.params[name] for name in ARGUMENTS})
    try:
        result = revoke.run(Iam(module, request.threads, governor), request, module.check_mode)
    except AnsibleIAMError as error:
        module.fail_json(msg=explain(error))
    except revoke.RevokeError as error:
        module.fail_json(msg=str(error))
    for warning in result.pop("warnings"):
        warn(warning)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
