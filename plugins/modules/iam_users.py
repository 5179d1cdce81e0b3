#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_users
short_description: Create and complete the workshop IAM users of many people at once
version_added: 1.0.0
description:
  - Creates IAM users, and completes existing ones. It manages each user's path, tags, permissions boundary and managed
    policies, the console sign-in, one access key with its description, and the credential files.
  - One process with one AWS client works on several users at a time, and on the steps of each user in order. It saves
    each secret as soon as AWS returns it.
  - A failure of one user never stops the others. RV(users) has an outcome for each user. If a user failed, the task
    fails at the end, except with O(users_from), where each host shows its own outcome.
  - In check mode, it lists what a run would do and everything that a run would refuse.
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
      - Directory or store for the credentials, as in O(invoice_scanner.iam.credentials_csv#module:dest).
    type: path
    required: true
  verify_key:
    description:
      - Whether to test each new key by calling C(sts:GetCallerIdentity) with it.
    type: bool
    default: true
  pending_policies:
    description:
      - Names of customer-managed policies that another task will create if they are missing, before the users get them.
        RV(missing_policies) lists the missing ones.
    type: list
    elements: str
    default: []
  policy_documents:
    description:
      - Policy documents by name, for those of O(pending_policies) that this task itself creates if they are missing.
        Set by the action plugin if the users are in several accounts.
    type: dict
    default: {}
  account:
    description:
      - The value that M(invoice_scanner.iam.iam_users_info) returned as
        RV(invoice_scanner.iam.iam_users_info#module:account), so that this module does not read the account again.
    type: dict
  planned_by:
    description:
      - Used with O(users_from). Name of the variable in which an earlier task in check mode, with the same options,
        registered its result. If other tasks have since made changes of that plan, this task reports them as its own.
    type: str
  plan_file:
    description:
      - File for the plan, because Ansible masks every part of a result that contains a password. Set by the action
        plugin, which returns the plan as RV(plans).
    type: path
seealso:
  - module: invoice_scanner.iam.iam_users_info
  - module: amazon.aws.iam_user
"""

EXAMPLES = r"""
- name: Create users for two students
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
  description: The account, as in RV(invoice_scanner.iam.iam_users_info#module:account).
  type: dict
  returned: success, unless O(accounts) is given
hosts:
  description:
    - The outcome for each host's user, with the keys of RV(users).
    - After a run that was no check, C(planned) and C(actions) are left out, because C(changes) tells what was done.
  type: dict
  returned: when O(users_from) is given
summary:
  description:
    - The outcome of each user in one sentence, with failures last, and then a count. It contains no secret.
    - The run's custom statistics also contain it as C(invoice_iam_user_summary). AWX shows it in the artifacts of the
      job, and passes it to the next jobs of a workflow.
  type: list
  elements: str
  returned: when O(users_from) is given
users:
  description: The outcome for each user, in the order of O(users).
  type: list
  elements: dict
  returned: success, unless O(users_from) is given
  contains:
    name:
      description: User name.
      type: str
    changed:
      description: Whether something was changed, or would be in check mode.
      type: bool
    failed:
      description: Whether the user could not be created or completed.
      type: bool
    msg:
      description: Why the user failed, in one or more sentences.
      type: str
    problems:
      description: Problems that were found before anything was changed, one sentence for each.
      type: list
      elements: str
    warnings:
      description: Warnings, one sentence for each.
      type: list
      elements: str
    changes:
      description: The changes that were made, or would be in check mode, in order, one sentence for each.
      type: list
      elements: str
    planned:
      description: The planned changes, in order, one sentence for each.
      type: list
      elements: str
    actions:
      description: The planned changes, each with C(action), named after the API call, and C(subject).
      type: list
      elements: dict
    access_key_id:
      description: ID of the saved access key; empty if none is saved.
      type: str
    account_id:
      description: ID of the user's account; empty if the account could not be reached.
      type: str
      returned: when O(accounts) is given
    account:
      description: That account for people to read, as in V(account 123456789012) or V(profile 'workshop').
      type: str
      returned: when O(accounts) is given
plans:
  description: The plan for each host, for tasks that carry it out step by step.
  type: dict
  returned: in check mode, when O(users_from) is given
missing_policies:
  description: Those of O(pending_policies) that a user needs and that do not exist.
  type: list
  elements: str
  returned: when O(users_from) is given
missing_hours:
  description: Classes with hours that have no policy for them yet, as options of
    M(invoice_scanner.iam.iam_class_hours).
  type: list
  elements: dict
  returned: when O(users_from) is given
hours:
  description: The hours of the users' classes and whether a class is paused, in sentences.
  type: list
  elements: str
  returned: success
region:
  description: Region of the IAM endpoint.
  type: str
  returned: when O(users_from) is given
to_do:
  description: Whether a run would change anything; in check mode only.
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
