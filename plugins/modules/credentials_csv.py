#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: credentials_csv
short_description: Save the console login and access key of an IAM user as CSV files
version_added: 1.0.0
description:
  - Writes the files that the AWS Management Console offers for download when a user or an access key is created, and
    one that the AWS CLI can import. Each file is written to a temporary file, flushed to the disk and renamed, so a
    file is always complete. When a file is replaced, the old one moves to C(superseded/) in the same directory.
  - The module can also report what is saved for a user, without the secrets, and it can write an intent. An intent is a
    note that a run is about to request a secret, which AWS shows only once. If the run is interrupted, the next run
    finds the intent.
  - Each user has V(<user>_credentials.csv) with the user name, password and sign-in URL, V(<user>_accessKeys.csv) with
    the access key ID and secret, and V(<user>_aws_configure_import.csv) with the same key for C(aws configure import
    --csv file://...) of the AWS CLI v2.
  - The class files have a row for each user. V(aws_configure_import.csv) imports everybody's keys into the AWS CLI.
    V(class_credentials.csv) contains the credentials together with the account ID, and with the display name and e-mail
    address that were passed to M(invoice_scanner.iam.iam_users).
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
    details:
      - The diff shows the names of the files and which values are saved. It shows no secret.
  idempotent:
    support: full
options:
  dest:
    description:
      - Directory on the host that runs the module. It is created with mode 0700 if it is missing.
      - An existing directory that other accounts can read is refused, as is a symbolic link.
      - Alternatively, a store in AWS, V(s3://bucket/prefix) or V(secretsmanager://prefix). It has one document for each
        user, with the same content as the files. C(?kms_key=) sets the KMS key for encryption. A bucket that is public
        or has no versioning is refused, unless C(?accept=public,unversioned) allows it.
    type: path
    required: true
  user_name:
    description:
      - Name of the IAM user. The files contain the exact name. In file names, C(%) and a code replace unsafe
        characters.
    type: str
    required: true
    aliases: [name]
  state:
    description:
      - V(present) saves the given secrets, completes the class files, and removes the intent for these secrets.
      - V(intent) checks that O(dest) can be written, and notes that the secrets in O(intends) are about to be
        requested.
      - V(no_intent) removes the intent for the secrets in O(intends). Use it if they were not requested after all.
      - V(read) changes nothing and reports what is saved.
    type: str
    choices: [present, intent, no_intent, read]
    default: present
  password:
    description:
      - The console password.
    type: str
  sign_in_url:
    description:
      - The console sign-in URL, saved together with the password.
    type: str
  access_key_id:
    description:
      - ID of the access key.
    type: str
  secret_access_key:
    description:
      - The secret access key.
    type: str
  keep_intent:
    description:
      - Whether to keep the intent for an access key after the secret is saved. The intent then stays until a later task
        has checked that no other key was created meanwhile.
    type: bool
    default: false
  intends:
    description:
      - The secrets that are about to be requested with O(state=intent), or that were not requested with
        O(state=no_intent). If the list is empty, O(state=intent) only checks that O(dest) can be written.
    type: list
    elements: str
    choices: [login_profile, access_key]
    default: []
  known_access_key_ids:
    description:
      - IDs of the access keys that the user has when O(state=intent) is set. If a key appears later that is not saved
        and has no description, M(invoice_scanner.iam.iam_users) assumes that its secret was lost, and deletes it.
      - Required if O(intends) contains V(access_key).
    type: list
    elements: str
  planned_access_key_id:
    description:
      - ID of the access key that was saved when the run made its plan; empty if none was saved. If another key is saved
        now, another run has changed the user meanwhile, and the task fails.
    type: str
  run:
    description:
      - The process that the intent belongs to. Set by the action plugin.
    type: dict
notes:
  - While a run with an intent for a user is in progress, another run cannot write an intent for the same user.
  - Spreadsheet programs run a cell that begins with C(=), C(+), C(-) or C(@) as a formula. The module writes such a
    password unchanged and warns about it, because a changed password would not work.
seealso:
  - module: invoice_scanner.iam.iam_login_profile
  - module: amazon.aws.iam_access_key
  - name: aws configure import
    description: The AWS CLI command reference.
    link: https://docs.aws.amazon.com/cli/latest/reference/configure/import.html
"""

EXAMPLES = r"""
- name: Read what is saved
  invoice_scanner.iam.credentials_csv:
    dest: credentials
    user_name: ai-invoice-scanner-user
    state: read
  register: on_file

- name: List the user's access keys
  amazon.aws.iam_access_key_info:
    user_name: ai-invoice-scanner-user
  register: keys

- name: Note that an access key is about to be created
  invoice_scanner.iam.credentials_csv:
    dest: credentials
    user_name: ai-invoice-scanner-user
    state: intent
    intends: [access_key]
    known_access_key_ids: "{{ keys.access_keys | map(attribute='access_key_id') }}"

- name: Create the access key
  amazon.aws.iam_access_key:
    user_name: ai-invoice-scanner-user
  register: created
  no_log: true

- name: Save its secret
  invoice_scanner.iam.credentials_csv:
    dest: credentials
    user_name: ai-invoice-scanner-user
    access_key_id: "{{ created.access_key_id }}"
    secret_access_key: "{{ created.secret_access_key }}"
"""

RETURN = r"""
dest:
  description: The directory or store.
  type: str
  returned: success
  sample: /home/me/workshop/credentials
files:
  description: Names of the files with the user's credentials. In a store, it is one document.
  type: dict
  returned: success
  contains:
    login:
      description: The console login.
      type: str
      sample: ai-invoice-scanner-user_credentials.csv
    access_key:
      description: The access key.
      type: str
      sample: ai-invoice-scanner-user_accessKeys.csv
    import:
      description: The access key for import by the AWS CLI; empty if the AWS CLI cannot import a profile with the
        user's name.
      type: str
      sample: ai-invoice-scanner-user_aws_configure_import.csv
changed_files:
  description: Names of the files that were written, or would be in check mode.
  type: list
  elements: str
  returned: success
on_file:
  description: What is saved for the user, without the secrets.
  type: dict
  returned: success
  contains:
    password:
      description: Whether a console password is saved.
      type: bool
    access_key_id:
      description: ID of the saved access key; empty if none is saved.
      type: str
      sample: AKIAIOSFODNN7EXAMPLE
    intends:
      description: Secrets that an earlier run intended to request but did not save.
      type: list
      elements: str
    known_access_key_ids:
      description: Access keys that existed when the intent was written.
      type: list
      elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.connection import Connection
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import common, saving


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(
        argument_spec={**saving.ARGUMENTS, **common.ROLE},
        required_together=saving.REQUIRED_TOGETHER,
        supports_check_mode=True,
    )
    params = module.params
    problem = saving.option_problem(params)
    if problem:
        module.fail_json(msg=problem)
    try:
        destination = common.open_destination(params["dest"], lambda: Connection(module), common.run_of(params))
        saved = saving.bring_about(destination, params, module.check_mode)
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    common.warn_all(saving.hazards(params))
    common.warn_of_git(module, params["dest"], bool(saved.changed_files))
    module.exit_json(**saving.result_of(saved, params["dest"]))


if __name__ == "__main__":
    main()
