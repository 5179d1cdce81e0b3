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
  - Only users that carry the tag of this collection are touched, and only the key that this collection made. Its
    description and the credential files tell which one that is.
  - The next run finishes an interrupted exchange, and does not exchange that user's key again.
  - What goes wrong with one user never stops the others.
  - Of the options that describe a user, this module uses few, such as the name and the description of the access key.
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
      - With O(older_than_days=0) every run makes new keys.
options:
  older_than_days:
    description:
      - Exchange only keys that have existed for at least this many full days.
      - V(0) exchanges all keys, even one that is a minute old.
    type: int
    default: 1
  grace_days:
    description:
      - How many days to keep old keys, inactive. Meanwhile, somebody who still needs a key can activate it again. The
        first run after that deletes the keys that are still inactive.
    type: int
    default: 0
  delete_other_key:
    description:
      - Whether to delete a key that this collection did not make, if there is no room for the new one, because AWS
        allows two access keys a user. With V(false), such a user is refused.
    type: bool
    default: false
  credentials_dest:
    description:
      - Directory for the credential files, or durable store, as M(invoice_scanner.iam.credentials_csv) takes them. The
        old key's files move to C(superseded) there.
    type: path
    required: true
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
    - The outcome for each user, a sentence each, failures last, and then a count. It holds no secret.
    - The same is added to the statistics of the run as C(invoice_iam_user_summary), which AWX shows as artifacts of the
      job and hands to the jobs that follow in a workflow.
  type: list
  elements: str
  returned: when O(users_from) is given
users:
  description: The outcome for each user, in the order of O(users), as M(invoice_scanner.iam.iam_users) returns it.
  type: list
  elements: dict
  returned: success
"""

import typing as t
from datetime import UTC, datetime

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import accounts, common, engine
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.rotation import Rotation

ROTATION: dict[str, t.Any] = {
    "older_than_days": {"type": "int", "default": 1},
    "grace_days": {"type": "int", "default": 0},
    "delete_other_key": {"type": "bool", "default": False, "no_log": False},
}
ARGUMENTS: dict[str, t.Any] = {
    **common.ACCOUNT,
    **common.WANTED,
    **common.PLAY,
    **common.ACCOUNTS,
    **common.PACE,
    **common.SLICES,
    **ROTATION,
    "credentials_dest": {"type": "path", "required": True},
    "wait_timeout": {"type": "int", "default": 300},
}


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, required_one_of=common.SOMEBODY, supports_check_mode=True)
    params = module.params
    rotation = Rotation(datetime.now(tz=UTC), **{name: params[name] for name in ROTATION})
    # New keys are always tried before the old ones are deactivated.
    task = engine.Task(params["credentials_dest"], rotation.plan)
    try:
        result = accounts.serve(
            module, lambda iam, own, marks, ready: engine.run(iam, own, task, marks, module.check_mode, ready)
        )
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    result.pop("decided")
    common.warn_all(result.pop("warnings"))
    common.warn_of_git(module, params["credentials_dest"], result["changed"])
    module.exit_json(**result | common.failure_of(module.params, result))


if __name__ == "__main__":
    main()
