#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_login_profile
short_description: Manage the console password of an IAM user
version_added: 1.0.0
description:
  - Enables or disables an IAM user's sign-in to the AWS Management Console by creating or deleting the user's
    login profile.
  - Unlike M(amazon.aws.iam_user), it also creates a missing login profile for an existing user, and it keeps an
    existing password unless O(update_password=always).
  - Without O(password), it generates a password that satisfies the password policy of the account.
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
  - invoice_scanner.iam._account
  - invoice_scanner.iam._attributes.action_group
  - invoice_scanner.iam._assume_role
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    details:
      - A user who does not exist yet is treated as existing, so that you can check a whole play in an empty account.
  diff_mode:
    support: full
    details:
      - The diff shows that a password is set, but never the password.
  idempotent:
    support: partial
    details:
      - With O(update_password=always), every run sets the password, because AWS does not reveal it.
options:
  user_name:
    description:
      - Name of an existing IAM user.
    type: str
    required: true
    aliases: [name]
  state:
    description:
      - Whether the user can sign in to the console.
    type: str
    choices: [present, absent]
    default: present
  password:
    description:
      - The console password, 1 to 128 characters that satisfy the password policy of the account.
      - If the account has no policy, AWS's default applies. It requires at least 8 characters, three of the four kinds
        uppercase, lowercase, number and symbol, and a password that is not the name of the user or the account.
      - If omitted, the module generates a password when one must be set, and saves it in O(credentials_dest). Without
        O(credentials_dest), it returns the password as RV(password), and the task must have C(no_log=true).
    type: str
  credentials_dest:
    description:
      - Directory or store for the password, as in O(invoice_scanner.iam.credentials_csv#module:dest). Before the module
        calls AWS, it writes a note there. If the run is interrupted, the next run finds the note.
    type: path
  sign_in_url:
    description:
      - The console sign-in URL to save together with the password. If omitted, the module looks it up.
    type: str
  run:
    description:
      - The process that the task belongs to. Set by the action plugin.
    type: dict
  password_reset_required:
    description:
      - Whether the user must choose another password at the next sign-in.
      - The user needs permission for C(iam:ChangePassword) to do so, for example through the policy
        IAMUserChangePassword.
      - This only has an effect when the task sets the password. When the user has chosen a new password, AWS clears
        this requirement, and a later run does not set it again.
    type: bool
    default: false
  update_password:
    description:
      - V(on_create) sets the password only when the login profile is missing.
      - V(always) sets it in every run.
    type: str
    choices: [on_create, always]
    default: on_create
  wait_timeout:
    description:
      - How many seconds to wait while AWS returns C(EntityTemporarilyUnmodifiable), C(ConcurrentModification), or
        C(NoSuchEntity) for a user who was just created. AWS may return C(EntityTemporarilyUnmodifiable) for several
        minutes after a login profile was deleted and created again.
    type: int
    default: 300
seealso:
  - module: amazon.aws.iam_user
  - name: CreateLoginProfile
    description: IAM API Reference on creating login profiles.
    link: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
  - name: Account password policy
    description: IAM User Guide on the default password policy and custom ones.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
"""

EXAMPLES = r"""
- name: Let a user sign in to the console with a vaulted password
  invoice_scanner.iam.iam_login_profile:
    user_name: ai-invoice-scanner-user
    password: "{{ vaulted_console_password }}"

- name: Let a user sign in with a generated password, and save the password
  invoice_scanner.iam.iam_login_profile:
    user_name: student-07
    credentials_dest: credentials

- name: Remove the console sign-in
  invoice_scanner.iam.iam_login_profile:
    user_name: ai-invoice-scanner-user
    state: absent
"""

RETURN = r"""
user_name:
  description: Name of the IAM user.
  type: str
  returned: success
  sample: ai-invoice-scanner-user
password:
  description:
    - The generated password.
    - It is a secret. Without C(no_log=true), the module refuses to generate one.
  type: str
  returned: when a password was generated and set
password_set:
  description: Whether the task set the password, or would set it in check mode.
  type: bool
  returned: success
  sample: true
"""

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import common, login_profile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.login_profile import Outcome, WantedProfile

ARGUMENTS: dict[str, t.Any] = {
    **common.ACCOUNT,
    "user_name": {"type": "str", "required": True, "aliases": ["name"]},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "password": {"type": "str", "no_log": True},
    "password_reset_required": {"type": "bool", "default": False, "no_log": False},
    "update_password": {"type": "str", "choices": ["on_create", "always"], "default": "on_create", "no_log": False},
    "credentials_dest": {"type": "path"},
    "sign_in_url": {"type": "str"},
    "run": {"type": "dict"},
    "wait_timeout": {"type": "int", "default": 300},
}


def wanted_from(module: AnsibleAWSModule) -> WantedProfile:
    """Build the wanted login profile from the module's options. Raises RefusedError."""
    params = module.params
    if params["state"] == "present" and not (params["password"] or params["credentials_dest"] or module.no_log):
        raise common.RefusedError(
            "a generated password would be shown in the output; set credentials_dest to save it, or set a password, "
            "or put 'no_log: true' on the task"
        )
    return WantedProfile(
        user_name=params["user_name"],
        present=params["state"] == "present",
        password=params["password"],
        reset_required=params["password_reset_required"],
        always=params["update_password"] == "always",
        sign_in_url=params["sign_in_url"],
    )


def result_of(outcome: Outcome, wanted: WantedProfile) -> dict[str, t.Any]:
    """Build the result of the module. In check mode it is the same, except for the password."""
    result = {
        "changed": outcome.changed,
        "user_name": wanted.user_name,
        "password_set": outcome.changed and wanted.present,
        "diff": {"before": outcome.before, "after": outcome.after},
    }
    if outcome.generated_password is not None:
        result["password"] = outcome.generated_password
    return result


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        wanted = wanted_from(module)
        with common.at_work(module) as (iam, _marks):
            destination = common.destination_of(module.params, lambda: iam.connection)
            outcome = login_profile.ensure(iam, wanted, destination, module.check_mode)
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    module.exit_json(**result_of(outcome, wanted))


if __name__ == "__main__":
    main()
