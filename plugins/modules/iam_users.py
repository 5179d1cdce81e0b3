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
  users:
    description:
      - The users, in any order. Names that differ in case only are one name to IAM and are refused.
      - Required unless O(users_from) is given.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - IAM user name, 1 to 64 letters, digits and C(_+=,.@-).
        type: str
        required: true
      console_password:
        description:
          - Console password. If omitted, one is generated that satisfies the account's password policy.
        type: str
      password_reset_required:
        description:
          - Whether the user must choose another password at the next sign-in. Only has effect when the password is set.
        type: bool
        default: false
      update_password:
        description:
          - V(on_create) sets the password when the login profile is missing, V(always) in every run.
        type: str
        choices: [on_create, always]
        default: on_create
      managed_policies:
        description:
          - Names or ARNs of managed policies to attach. A name is looked up among the account's own before AWS's.
        type: list
        elements: str
        default: []
      purge_policies:
        description:
          - Whether to detach managed policies that are not listed.
        type: bool
        default: false
      permissions_boundary:
        description:
          - Name or ARN of the managed policy that bounds what the user can be allowed. If omitted, it is left as it is.
        type: str
      path:
        description:
          - IAM path of the user, beginning and ending with a slash.
        type: str
        default: /
      tags:
        description:
          - Tags to add. Tags that are not listed stay as they are.
        type: dict
        default: {}
      access_key_description:
        description:
          - Description of the access key. AWS stores it as a tag of the user whose key is the access key ID.
        type: str
        default: AI Invoice Scanner Project
      lost_secret:
        description:
          - What to do when our key exists and its secret is not on file. V(keep) warns, V(fail) refuses the
            user, V(replace) deletes the key and makes another.
        type: str
        choices: [keep, fail, replace]
        default: keep
      adopt_existing:
        description:
          - Whether to take over a user of this name that does not carry the tag of this collection.
        type: bool
        default: false
      expires:
        description:
          - The last day on which the user is needed, as in V(2026-12-31), kept as its tag C(expires).
            M(invoice_scanner.iam.iam_users_teardown) can remove everybody whose day has passed.
        type: str
        default: ""
  users_from:
    description:
      - Name of a variable that describes a user as in O(users). It is evaluated for each host of the play as a task on
        that host would, and each host's outcome is returned in RV(hosts).
      - Use it in a task with C(run_once=true).
    type: str
  same_for_all:
    description:
      - With O(users_from), names of variables that must have the same value for all hosts. Nothing is done where they
        have not.
    type: list
    elements: str
    default: []
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
  threads:
    description:
      - How many users to serve at the same time.
    type: int
    default: 8
  max_requests_per_second:
    description:
      - Ceiling for requests to IAM, for example because other tools work in the same account.
      - IAM limits the requests of an account as a whole. Without a ceiling the limit is learned from AWS's refusals.
    type: float
  slices:
    description:
      - How many runs of this module share the account at the same time, as the slices of a job do in AWX. Each of them
        keeps to its share of O(max_requests_per_second), and all of them adapt to each other when AWS refuses requests.
    type: int
    default: 1
  progress_file:
    description:
      - Existing file to which a character is added for each user that is done. Set by the action plugin, which shows
        the progress as a bar in a terminal and as lines elsewhere.
    type: path
  run:
    description:
      - The process to which the task belongs. Another run may not ask for the same user's secrets while it is at work.
        Set by the action plugin.
    type: dict
notes:
  - While a task for several users is at work, another one for several users and the same O(credentials_dest) is
    refused.
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

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials_destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._destination_uri import is_uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._git import tracking_warning
from ansible_collections.invoice_scanner.iam.plugins.module_utils._iam import Iam, explain
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import planning, users
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.arguments import WANTED_USER, number_problem
from ansible_collections.invoice_scanner.iam.plugins.module_utils._rate_governor import RateGovernor, share

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
