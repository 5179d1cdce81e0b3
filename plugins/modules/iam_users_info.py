#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_users_info
short_description: Read IAM users and what their account allows
version_added: 1.0.0
description:
  - Reads many IAM users in one task. For each, it returns whether the user exists, whether this collection manages it,
    its path, tags, permissions boundary, attached policies, console sign-in and access keys with their status, age and
    description.
  - It also reads the account, with its alias, sign-in URL, password policy, quotas and managed policies.
  - The module reads users in bulk with C(iam:GetAccountAuthorizationDetails) if that takes fewer requests.
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
  - invoice_scanner.iam._account
  - invoice_scanner.iam._attributes.info_module
  - invoice_scanner.iam._attributes.action_group
  - invoice_scanner.iam._assume_role
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  users:
    description:
      - Names of the IAM users to read. If the list is empty, only the account is read.
    type: list
    elements: str
    default: []
  managed_policies:
    description:
      - Names or ARNs of managed policies to look up for RV(account.managed_policies).
      - The account's customer-managed policies are always included. AWS managed policies, over a thousand, are included
        only if one of these names is not a customer-managed policy.
    type: list
    elements: str
    default: []
  credentials_dest:
    description:
      - Directory with credential files that M(invoice_scanner.iam.credentials_csv) wrote. If set, the module also
        returns what is saved for each user.
    type: path
  verify_key:
    description:
      - Whether to test each saved access key by calling C(sts:GetCallerIdentity) with it.
      - The key's owner needs no permission for this call.
    type: bool
    default: false
  arrivals:
    description:
      - Whether to find out when each user last signed in, and when an access key was last used. AWS may report this
        hours late. It takes one more request for each thousand users of the account, and one for each access key.
    type: bool
    default: false
  wait_timeout:
    description:
      - How many seconds to wait for a key that AWS does not know yet. AWS knows a new key after 10 to 15 seconds.
    type: int
    default: 60
  threads:
    description:
      - How many users to read at the same time.
    type: int
    default: 8
seealso:
  - module: amazon.aws.iam_user_info
  - module: invoice_scanner.iam.iam_users
"""

EXAMPLES = r"""
- name: Read the account and two of its users
  invoice_scanner.iam.iam_users_info:
    users:
      - student-01
      - student-02
  register: live

- name: Test that the saved key belongs to its user
  invoice_scanner.iam.iam_users_info:
    users: [ai-invoice-scanner-user]
    credentials_dest: credentials
    verify_key: true
"""

RETURN = r"""
account:
  description: The account of the credentials that the module runs with.
  type: dict
  returned: success
  contains:
    id:
      description: Account ID.
      type: str
      sample: "123456789012"
    partition:
      description: The AWS partition.
      type: str
      sample: aws
    alias:
      description: The account's alias, or null.
      type: str
    sign_in_url:
      description: Where the account's IAM users sign in to the console.
      type: str
      sample: https://123456789012.signin.aws.amazon.com/console
    password_policy:
      description: The password policy; AWS's default when C(is_default) is true.
      type: dict
    summary:
      description: Counts and quotas from C(iam:GetAccountSummary).
      type: dict
    managed_policies:
      description: ARNs of managed policies by name.
      type: dict
region:
  description:
    - The region of the endpoints; V(us-east-1) if none is configured.
  type: str
  returned: success
users:
  description: The users, in the order of O(users).
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: User name.
      type: str
    exists:
      description: Whether the user exists. If not, the entry only has this value, the name and RV(users[].on_file).
      type: bool
    managed:
      description: Whether the user has the tag C(managed-by=invoice_scanner.iam).
      type: bool
    arn:
      description: ARN of the user.
      type: str
    path:
      description: IAM path.
      type: str
    create_date:
      description: When the user was created, in ISO 8601.
      type: str
    tags:
      description: Tags of the user, including the descriptions of access keys.
      type: dict
    permissions_boundary:
      description: ARN of the permissions boundary, or null.
      type: str
    attached_policies:
      description: ARNs of the attached managed policies.
      type: list
      elements: str
    console_sign_in:
      description: Whether the user has a login profile.
      type: bool
    password_reset_required:
      description: Whether the user must choose another password at the next sign-in.
      type: bool
    access_keys:
      description: Access keys, oldest first.
      type: list
      elements: dict
      contains:
        id:
          description: Access key ID.
          type: str
        status:
          description: V(Active) or V(Inactive).
          type: str
        create_date:
          description: When the key was created, in ISO 8601.
          type: str
        age_days:
          description: Full days since then.
          type: int
        description:
          description: The description, as the console shows it, or null.
          type: str
        active:
          description: Whether the status is V(Active).
          type: bool
        on_file:
          description: Whether the secret is saved.
          type: bool
    on_file:
      description: What is saved in O(credentials_dest), without the secrets.
      type: dict
    signed_in:
      description: When the user last signed in to the console, in ISO 8601, or null.
      type: str
      returned: when O(arrivals=true)
    key_used:
      description: When an access key of the user was last used, in ISO 8601, or null.
      type: str
      returned: when O(arrivals=true)
    key_used_for:
      description: The service that it was used for, or null.
      type: str
      returned: when O(arrivals=true)
    saved_key_answers_as:
      description:
        - The ARN that C(sts:GetCallerIdentity) returns for the saved key, or null if AWS rejects the key.
      type: str
      returned: when O(verify_key=true) and a key is saved
    saved_key_error:
      description: Why AWS rejects the saved key.
      type: str
      returned: when AWS rejects the key
"""

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import common, users_info

ARGUMENTS: dict[str, t.Any] = {
    **common.ACCOUNT,
    "users": {"type": "list", "elements": "str", "default": []},
    "managed_policies": {"type": "list", "elements": "str", "default": []},
    "credentials_dest": {"type": "path"},
    "verify_key": {"type": "bool", "default": False, "no_log": False},
    "arrivals": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 60},
    "threads": {"type": "int", "default": 8},
}


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS,
        required_if=[("verify_key", True, ["credentials_dest"])],
        supports_check_mode=True,
    )
    try:
        with common.at_work(module) as (iam, _marks):
            result = users_info.run(iam, module.params)
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
