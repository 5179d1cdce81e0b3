#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_access_keys_rotate
short_description: Rotate the access keys of many workshop IAM users
version_added: 1.0.0
description:
  - Replaces the access key that M(invoice_scanner.iam.iam_users) created with a new one. The module first creates,
    saves and tests the new key. Then it deactivates the old key, and deletes it at once or after O(grace_days).
  - The module only changes users with the tag C(managed-by=invoice_scanner.iam), and only the key that this collection
    created. It recognizes that key by its description and by the credential files.
  - If a rotation is interrupted, the next run finishes it, and does not rotate that user's key a second time.
  - A failure of one user never stops the others.
  - This module uses only a few of the options that describe a user, such as the name and the description of the access
    key.
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
      - With O(older_than_days=0), every run creates new keys.
options:
  older_than_days:
    description:
      - Rotate only keys that have existed for at least this many full days.
      - V(0) rotates all keys, even one that is a minute old.
    type: int
    default: 1
  grace_days:
    description:
      - How many days to keep old keys, inactive. During this time, you can activate an old key again if somebody still
        needs it. The first run after this time deletes the keys that are still inactive.
    type: int
    default: 0
  delete_other_key:
    description:
      - AWS allows two access keys for each user. If a user has two, this option says whether to delete the one that
        this collection did not create, to make room for the new key. With V(false), such a user is refused.
    type: bool
    default: false
  credentials_dest:
    description:
      - Directory or store for the credentials, as in O(invoice_scanner.iam.credentials_csv#module:dest). The old key's
        files move to C(superseded) there.
    type: path
    required: true
seealso:
  - module: invoice_scanner.iam.iam_users
  - module: invoice_scanner.iam.iam_users_verify
"""

EXAMPLES = r"""
- name: Rotate keys that are older than 90 days, and keep the old ones for a week
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
  description: The account, as in RV(invoice_scanner.iam.iam_users_info#module:account).
  type: dict
  returned: success
hosts:
  description: The outcomes of RV(users), by inventory host.
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
  description: The outcome for each user, in the order of O(users), as in
    RV(invoice_scanner.iam.iam_users#module:users).
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
