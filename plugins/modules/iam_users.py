#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_users
short_description: Give many people their workshop IAM user at once
version_added: 1.0.0
description:
  - Creates and completes IAM users. It manages the user with its path, tags, permissions boundary and managed policies,
    the console sign-in, one access key with its description, and the credential files.
  - One process serves everybody through one AWS client, several users at a time. It does the steps of one user one
    after the other, and writes each secret to the disk as soon as AWS returns it.
  - A failure of one user never stops the others. RV(users) has an outcome for each user. The task fails in the end if
    one of them failed, except with O(users_from), where each host shows its own outcome.
  - In check mode, it plans what a run would do, and lists everything that a run would refuse.
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
  - invoice_scanner.iam._account
  - invoice_scanner.iam._attributes.action_group
  - invoice_scanner.iam._assume_role
  - invoice_scanner.iam._many_users.wanted
  - invoice_scanner.iam._many_users.accounts
  - invoice_scanner.iam._many_users.play
  - invoice_scanner.iam._many_users.pace
  - invoice_scanner.iam._many_users.slices
  - invoice_scanner.iam._many_users.saving
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - There is a diff for each user that changes. It shows no secret.
  idempotent:
    support: partial
    details:
      - With O(users[].update_password=always), every run sets passwords.
options:
  credentials_dest:
    description:
      - Directory for the credential files, or durable store, as M(invoice_scanner.iam.credentials_csv) takes them.
    type: path
    required: true
  verify_key:
    description:
      - Whether to prove each new key with C(sts:GetCallerIdentity), signed by the key itself.
    type: bool
    default: true
  pending_policies:
    description:
      - Names of customer-managed policies that another task creates, if they are missing, before the users get them.
        RV(missing_policies) names those that are missing.
    type: list
    elements: str
    default: []
  policy_documents:
    description:
      - The documents of those O(pending_policies) that this task itself creates if they are missing, by name. Set by
        the action plugin if the users are in several accounts.
    type: dict
    default: {}
  account:
    description:
      - What M(invoice_scanner.iam.iam_users_info) returned as RV(invoice_scanner.iam.iam_users_info#module:account), so
        that it is not read again.
    type: dict
  planned_by:
    description:
      - With O(users_from), name of the variable in which a task that planned the same in check mode has registered its
        result. Changes of that plan that other tasks have made meanwhile count as made by this one.
    type: str
  plan_file:
    description:
      - File for the plan, because Ansible masks every part of a result that contains a password. Set by the action
        plugin, which returns it as RV(plans).
    type: path
seealso:
  - module: invoice_scanner.iam.iam_users_info
  - module: amazon.aws.iam_user
"""

EXAMPLES = r"""
- name: Give two students their users
  invoice_scanner.iam.iam_users:
    credentials_dest: credentials
    users:
      - name: student-01
        managed_policies: [AIInvoiceScannerFullPolicy, AmplifyAdminPolicy]
      - name: student-02
        managed_policies: [AIInvoiceScannerFullPolicy, AmplifyAdminPolicy]

- name: List what would be done and what would be refused
  invoice_scanner.iam.iam_users:
    credentials_dest: credentials
    users:
      - name: student-03
  check_mode: true
  register: planned
"""

RETURN = r"""
account:
  description: The account, as M(invoice_scanner.iam.iam_users_info) returns it.
  type: dict
  returned: success, unless O(accounts) are given
hosts:
  description: The same outcomes as in RV(users), by inventory host.
  type: dict
  returned: when O(users_from) is given
summary:
  description:
    - The outcome for each user, a sentence each, failures last, and then a count. It holds no secret.
    - The same is added to the statistics of the run as C(invoice_iam_user_summary), which AWX shows as artifacts of the
      job and hands to the jobs that follow in a workflow.
  type: list
  elements: str
  returned: when O(users_from) is given
users:
  description: The outcome for each user, in the order of O(users).
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: User name.
      type: str
    changed:
      description: Whether something was changed, or would be.
      type: bool
    failed:
      description: Whether the user could not be created or completed.
      type: bool
    msg:
      description: Why not, in one sentence or a list of sentences.
      type: str
    problems:
      description: Problems that were found before anything was changed, a sentence each.
      type: list
      elements: str
    warnings:
      description: What is worth knowing, a sentence each.
      type: list
      elements: str
    changes:
      description: The changes that were made, or would be in check mode, a sentence each, in order.
      type: list
      elements: str
    planned:
      description: What was planned, a sentence each, in order.
      type: list
      elements: str
    actions:
      description: What was planned, as C(action), named after the API call, and C(subject).
      type: list
      elements: dict
    access_key_id:
      description: Access key whose secret is on file; empty if there is none.
      type: str
    account_id:
      description: ID of the account of the user; empty where it could not be reached.
      type: str
      returned: where O(accounts) are given
    account:
      description: What people call that account, as in V(account 123456789012) or V(profile 'workshop').
      type: str
      returned: where O(accounts) are given
plans:
  description: The plan for each host, for tasks that follow it step by step.
  type: dict
  returned: when O(users_from) is given
missing_policies:
  description: Those O(pending_policies) that are missing and that a user needs.
  type: list
  elements: str
  returned: when O(users_from) is given
missing_hours:
  description: Classes that need hours and have no policy yet, as M(invoice_scanner.iam.iam_class_hours) takes them.
  type: list
  elements: dict
  returned: when O(users_from) is given
hours:
  description: The hours of the users' classes, a sentence each, and whether a class is paused.
  type: list
  elements: str
  returned: success
region:
  description: Region of the IAM endpoint.
  type: str
  returned: when O(users_from) is given
to_do:
  description: Whether there is anything to do for anybody; in check mode only.
  type: bool
  returned: when O(users_from) is given
"""

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import accounts, common, engine

ARGUMENTS: dict[str, t.Any] = {
    **common.ACCOUNT,
    **common.WANTED,
    **common.PLAY,
    **common.ACCOUNTS,
    **common.PACE,
    **common.SLICES,
    **common.PLANNING,
    "credentials_dest": {"type": "path", "required": True},
    "verify_key": {"type": "bool", "default": True, "no_log": False},
    "wait_timeout": {"type": "int", "default": 300},
}


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, required_one_of=common.SOMEBODY, supports_check_mode=True)
    params = module.params

    def run(iam: t.Any, own: t.Any, marks: t.Any, ready: t.Any) -> dict[str, t.Any]:
        return engine.run(iam, own, engine.Task.of(own), marks, module.check_mode, ready)

    try:
        result = accounts.serve(module, run)
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    engine.write_decided(params["plan_file"], result.pop("decided"))
    common.warn_all(result.pop("warnings"))
    common.warn_of_git(module, params["credentials_dest"], result["changed"])
    module.exit_json(**result | common.failure_of(module.params, result))


if __name__ == "__main__":
    main()
