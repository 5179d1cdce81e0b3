#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_class_hours
short_description: Show, change, pause and resume the hours of a class
version_added: 1.0.0
description:
  - Manages the hours of a class in one customer-managed policy, C(InvoiceScannerHours-CLASS).
    M(invoice_scanner.iam.iam_users) attaches it to each user of the class. Before the class opens, after it closes and
    while it is paused, the policy denies everything except C(iam:ChangePassword) and C(sts:GetCallerIdentity). AWS
    itself checks the time.
  - To change the hours, the module creates a new default version of this policy. That works for a class of any size.
    AWS keeps five versions of a policy. If there are five, the module first deletes the oldest one that is not the
    default.
  - Resources that the users created keep running and cost money. The policy does not apply to sessions of roles that
    the users have assumed. AWS takes some seconds to apply a change everywhere, sometimes minutes.
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
  - invoice_scanner.iam._attributes.action_group
  - invoice_scanner.iam._assume_role
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  class_name:
    description:
      - Name of the class, as in the tag C(workshop-class) of its users.
    type: str
    required: true
  action:
    description:
      - V(set) changes the hours if O(opens) or O(closes) differ from them. It does not change a pause. If nothing
        differs, it shows the hours, the class members without the policy, and other users who have the policy.
      - V(pause) closes the class at once. V(resume) ends the pause. Neither of them changes when the class opens and
        closes.
      - V(make) creates the policy if it is missing. It does not change an existing policy.
    type: str
    choices: [set, pause, resume, make]
    default: set
  opens:
    description:
      - When the class opens, in ISO 8601 with an offset, as in V(2026-03-02T09:00+01:00), or without one in
        O(timezone). A plain date means the beginning of that day. If it is empty, the opening does not change.
    type: str
    default: ""
  closes:
    description:
      - When the class closes, in the format of O(opens). A plain date means the end of that day. If it and O(expires)
        are empty, the closing does not change.
    type: str
    default: ""
  timezone:
    description:
      - Time zone of times without an offset, as in V(Europe/Berlin), and of the times that are shown. If it is empty,
        plain dates are in UTC. A time that occurs twice or never because of daylight saving time is refused.
    type: str
    default: ""
  expires:
    description:
      - The last day on which the users are needed. If O(closes) is set as well, it must be on the same day in UTC.
        Otherwise, the class closes at the end of this day.
    type: str
    default: ""
  run:
    description:
      - Set by the action plugin.
    type: dict
  progress_file:
    description:
      - Set by the action plugin.
    type: path
  wait_timeout:
    description:
      - How many seconds to wait while AWS returns a temporary error.
    type: int
    default: 60
seealso:
  - module: invoice_scanner.iam.iam_users
  - module: invoice_scanner.iam.iam_users_teardown
"""

EXAMPLES = r"""
- name: Show the hours of a class
  invoice_scanner.iam.iam_class_hours:
    class_name: spring

- name: Pause a class
  invoice_scanner.iam.iam_class_hours:
    class_name: spring
    action: pause

- name: Let a class close an hour later
  invoice_scanner.iam.iam_class_hours:
    class_name: spring
    closes: 2026-03-06T18:00
    timezone: Europe/Berlin
"""

RETURN = r"""
said:
  description: The hours in sentences, for people to read.
  type: list
  elements: str
  returned: success
class_name:
  description: Name of the class.
  type: str
  returned: success
policy:
  description: ARN of the policy; empty if the class has no hours.
  type: str
  returned: unless O(action=make)
opens:
  description: When the class opens, in UTC; empty if no opening is set.
  type: str
  returned: unless O(action=make)
closes:
  description: When the class closes, in UTC; empty if no closing is set.
  type: str
  returned: unless O(action=make)
paused:
  description: Whether the class is paused.
  type: bool
  returned: unless O(action=make)
open:
  description: Whether the class is open now, by this machine's clock.
  type: bool
  returned: unless O(action=make)
attached:
  description: How many users have the policy.
  type: int
  returned: unless O(action=make)
members_without:
  description: Members of the class without its policy.
  type: list
  elements: str
  returned: when the hours are shown and not changed
attached_others:
  description: Users with the policy who are not members of the class.
  type: list
  elements: str
  returned: when the hours are shown and not changed
"""

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import common, hours

ARGUMENTS: dict[str, t.Any] = {
    **common.ROLE,
    "run": common.PLAY["run"],
    "progress_file": common.PLAY["progress_file"],
    "class_name": {"type": "str", "required": True},
    "action": {"type": "str", "choices": ["set", "pause", "resume", "make"], "default": "set"},
    "opens": {"type": "str", "default": ""},
    "closes": {"type": "str", "default": ""},
    "timezone": {"type": "str", "default": ""},
    "expires": {"type": "str", "default": ""},
    "wait_timeout": {"type": "int", "default": 60},
}


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        with common.at_work(module) as (iam, _marks):
            result = hours.run(iam, module.params, module.check_mode)
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
