#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_access_keys_rotate
short_description: Exchange the access keys of many workshop IAM users
version_added: 1.0.0
description:
  - Gives users a new access key in place of the one that M(invoice_scanner.iam.iam_users) made. The new key is made,
    saved and proven first; then the old one is deactivated, and deleted at once or after O(grace_days).
  - Only users that carry the tag of this collection are touched, and of their keys only ours. Which one that is, its
    description and the file tell.
  - An exchange that was interrupted is finished by the next run, which does not exchange that user's key once more.
  - What goes wrong with one user never stops the others.
  - Of what describes a user, only the name and the description of the access key are of use here.
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
      - With O(older_than_days=0) every run makes new keys.
options:
  older_than_days:
    description:
      - Exchange only keys that have existed for so many full days.
      - V(0) exchanges all of them, those that a run made a minute ago among them.
    type: int
    default: 1
  grace_days:
    description:
      - For how many days old keys are kept, inactive, so that they can be activated again if somebody turns out to need
        them. The first run after that deletes them, except those that are active again.
    type: int
    default: 0
  delete_other_key:
    description:
      - AWS allows two access keys a user. Whether one that is not ours is deleted to make room for the new one. Unless
        it is V(true), such a user is refused.
    type: bool
    default: false
  credentials_dest:
    description:
      - Directory for the credential files, or durable store, as M(invoice_scanner.iam.credentials_csv) takes them. What
        is on file of the old key is kept there in C(superseded).
    type: path
    required: true
  wait_timeout:
    description:
      - How many seconds to wait at most, for each user, for what AWS says will pass, such as
        C(EntityTemporarilyUnmodifiable).
    type: int
    default: 300
seealso:
  - module: invoice_scanner.iam.iam_users
  - module: invoice_scanner.iam.iam_users_verify
"""

EXAMPLES = r"""
- name: Exchange keys that are older than 90 days, and keep the old ones for a week
  invoice_scanner.iam.iam_access_keys_rotate:
    credentials_dest: credentials
    older_than_days: 90
    grace_days: 7
    users:
      - name: student-01
      - name: student-02
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
from datetime import UTC, datetime

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
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.rotation import Rotation

ARGUMENTS: dict[str, t.Any] = {
    "users": {"type": "list", "elements": "dict", "options": WANTED_USER},
    "credentials_dest": {"type": "path", "required": True},
    "wait_timeout": {"type": "int", "default": 300},
    "threads": {"type": "int", "default": 8},
    "slices": {"type": "int", "default": 1},
    "run": {"type": "dict"},
    "progress_file": {"type": "path"},
}
ROTATION: dict[str, t.Any] = {
    "older_than_days": {"type": "int", "default": 1},
    "grace_days": {"type": "int", "default": 0},
    "delete_other_key": {"type": "bool", "default": False, "no_log": False},
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
        argument_spec=ARGUMENTS | ROTATION | OWN_ARGUMENTS,
        required_one_of=[("users", "users_from")],
        supports_check_mode=True,
    )
    if module.params["users"] is None:
        module.fail_json(msg="users_from is for the action plugin of this module; give users")
    problem = number_problem(module.params)
    if problem:
        module.fail_json(msg=problem)
    for name in ("older_than_days", "grace_days"):
        if module.params[name] < 0:
            module.fail_json(msg=f"{name} is {module.params[name]}; give 0 or more days")
    governor = RateGovernor(share(module.params["max_requests_per_second"], module.params["slices"]))
    request = users.Request(
        **{name: module.params[name] for name in ARGUMENTS},
        # The old key never goes before the new one has answered.
        verify_key=True,
        pending_policies=[],
        account=None,
    )
    rotation = Rotation(datetime.now(tz=UTC), **{name: module.params[name] for name in ROTATION})
    try:
        result = users.run(Iam(module, request.threads, governor), request, module.check_mode, rotation.plan)
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
