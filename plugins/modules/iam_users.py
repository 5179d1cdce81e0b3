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
  - Brings IAM users to the wanted state. It takes care of the user with its path, tags, permissions boundary and
    managed policies, the console sign-in, one access key with its description, and the credential files.
  - One process serves everybody through one AWS client, several users at a time and each one serially. Each secret is
    on disk the moment AWS hands it out.
  - What goes wrong with one user never stops the others. Each user has an outcome of its own in RV(users), and the
    module itself fails only where nobody can be served.
  - In check mode it is the plan of what a run would do, and the list of everything that would be refused.
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
  - invoice_scanner.iam._attributes.action_group
  - invoice_scanner.iam._many_users.wanted
  - invoice_scanner.iam._many_users.play
  - invoice_scanner.iam._many_users.pace
  - invoice_scanner.iam._many_users.slices
  - invoice_scanner.iam._many_users.run
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
      - With O(users[].update_password=always) passwords are set in every run.
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
      - Names of customer-managed policies that will have been created, where they are missing, before these users
        are brought to the wanted state. Only of use in check mode.
    type: list
    elements: str
    default: []
  account:
    description:
      - What M(invoice_scanner.iam.iam_users_info) returned as RV(invoice_scanner.iam.iam_users_info#module:account),
        to spare reading it again.
    type: dict
  wait_timeout:
    description:
      - How many seconds to wait at most, for each user, for what AWS says will pass, such as
        C(EntityTemporarilyUnmodifiable).
    type: int
    default: 300
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

- name: See what would be done, and what would be refused
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
  returned: success
hosts:
  description: The same outcomes as in RV(users), by inventory host.
  type: dict
  returned: when O(users_from) is given
summary:
  description:
    - What became of each user, a sentence each, those who failed last, and then a count. There is no secret in it.
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
      description: Whether the user could not be brought to the wanted state.
      type: bool
    msg:
      description: Why not, in one sentence or a list of sentences.
      type: str
    problems:
      description: What was found wrong before anything was changed, a sentence each.
      type: list
      elements: str
    warnings:
      description: What is worth knowing, a sentence each.
      type: list
      elements: str
    changes:
      description: What was planned, a sentence each, in order.
      type: list
      elements: str
    actions:
      description: What was planned, as C(action), named after the API call, and C(subject).
      type: list
      elements: dict
    managed_policies:
      description: ARNs of the managed policies that are wanted.
      type: list
      elements: str
    permissions_boundary:
      description: ARN of the permissions boundary that is wanted, or null.
      type: str
    tags:
      description: Tags that are wanted, the one that marks the user as ours among them.
      type: dict
    intends:
      description: Secrets that the plan asks for, V(login_profile) and V(access_key).
      type: list
      elements: str
    access_key_ids:
      description: Access keys that the user had before.
      type: list
      elements: str
    access_key_id:
      description: Access key whose secret is on file; empty if there is none.
      type: str
    interrupted:
      description: Whether an intent is on file, because a run did not get to its end.
      type: bool
"""

import typing as t

# Not AnsibleAWSModule.warn: it hands warnings to exit_json, which ansible-core deprecates.
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.iam import Iam, explain
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.rate_governor import RateGovernor, share
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.git import tracking_warning
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.uri import is_uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import planning, users
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.arguments import WANTED_USER, number_problem

ARGUMENTS: dict[str, t.Any] = {
    "users": {"type": "list", "elements": "dict", "options": WANTED_USER},
    "credentials_dest": {"type": "path", "required": True},
    "verify_key": {"type": "bool", "default": True, "no_log": False},
    "pending_policies": {"type": "list", "elements": "str", "default": []},
    "account": {"type": "dict"},
    "wait_timeout": {"type": "int", "default": 300},
    "threads": {"type": "int", "default": 8},
    "slices": {"type": "int", "default": 1},
    "run": {"type": "dict"},
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
        required_one_of=[("users", "users_from")],
        supports_check_mode=True,
    )
    if module.params["users"] is None:
        module.fail_json(msg="users_from is for the action plugin of this module; give users")
    problem = number_problem(module.params)
    if problem:
        module.fail_json(msg=problem)
    governor = RateGovernor(share(module.params["max_requests_per_second"], module.params["slices"]))
    request = users.Request(**{name: module.params[name] for name in ARGUMENTS})
    try:
        result = users.run(Iam(module, request.threads, governor), request, module.check_mode)
    except AnsibleIAMError as error:
        module.fail_json(msg=explain(error))
    except (planning.ClassError, DestinationError) as error:
        module.fail_json(msg=str(error))
    for warning in [
        *result.pop("warnings"),
        *dict.fromkeys(text for one in result["users"] for text in one["warnings"]),
    ]:
        warn(warning)
    if result["changed"] and not module.check_mode and not is_uri(request.credentials_dest):
        tracked = tracking_warning(request.credentials_dest, module.run_command)
        if tracked:
            warn(tracked)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
