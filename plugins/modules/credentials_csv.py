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
    one that
    the AWS CLI can import. Each is written to a temporary file, flushed to the disk and renamed, so it is never there
    by halves; a file that is replaced is kept in C(superseded/) beside it.
  - It also tells what is on file for a user, without the secrets, and can leave an intent. That is a note, left
    before AWS is asked for a
    secret that it shows only once, so that a run which is interrupted in between is recognised.
  - The files are V(<user>_credentials.csv) with user name, password and sign-in URL, V(<user>_accessKeys.csv) with
    access key ID and secret, V(aws_configure_import.csv) for C(aws configure import --csv file://...) of the AWS CLI
    v2, and V(class_credentials.csv) with a row for each user.
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
      - The diff names the files and says which values are on file, and shows no secret.
  idempotent:
    support: full
options:
  dest:
    description:
      - Directory on the host that runs the module. It is created with mode 0700 if it is missing.
      - An existing directory that other accounts can read is refused, as is a symbolic link.
      - Or a durable store, V(s3://bucket/prefix) or V(secretsmanager://prefix), with one document for each user that
        holds all that the files would. C(?kms_key=) names the key of KMS to encrypt with. A bucket that is
        public or keeps no versions is refused, unless C(?accept=public,unversioned) says otherwise.
    type: path
    required: true
  user_name:
    description:
      - Name of the IAM user. It is written to the files as it is; in file names, characters that are not safe there
        are replaced by C(%) and their code.
    type: str
    required: true
    aliases: [name]
  state:
    description:
      - V(present) saves what is given, completes the files for the class, and takes the intent for it back.
      - V(intent) proves that O(dest) takes files and notes that the secrets in O(intends) are about to be asked for.
      - V(no_intent) takes the intent for the secrets in O(intends) back, because they were not asked for after all.
      - V(read) changes nothing and tells what is on file.
    type: str
    choices: [present, intent, no_intent, read]
    default: present
  password:
    description:
      - The console password.
    type: str
  sign_in_url:
    description:
      - The console sign-in URL, saved beside the password.
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
      - Whether the intent for an access key stays although its secret is saved, because it is still to be seen
        that no other key was created on the way.
    type: bool
    default: false
  intends:
    description:
      - Which secrets are about to be asked for when O(state=intent), or were not when O(state=no_intent). Without any,
        O(state=intent) only proves that O(dest) takes files.
    type: list
    elements: str
    choices: [login_profile, access_key]
    default: []
  known_access_key_ids:
    description:
      - IDs of the access keys that the user has when O(state=intent). A key that appears later and is not on file is
        one whose secret was lost.
    type: list
    elements: str
    default: []
  planned_access_key_id:
    description:
      - ID of the access key that was on file when O(state=intent) was decided upon; empty if there was none. Where
        another is on file by now, another run has served the user meanwhile, and the task fails.
    type: str
  run:
    description:
      - The process to which the intent belongs. Set by the action plugin.
    type: dict
notes:
  - While the run that left an intent is at work, the intent of another run for the same user is refused.
  - A cell that begins with C(=), C(+), C(-) or C(@) is run as a formula by spreadsheet programs. A password that does
    is written as it is, since a changed password is a wrong one, and a warning is given.
seealso:
  - module: invoice_scanner.iam.iam_login_profile
  - module: amazon.aws.iam_access_key
  - name: aws configure import
    description: The AWS CLI command reference.
    link: https://docs.aws.amazon.com/cli/latest/reference/configure/import.html
"""

EXAMPLES = r"""
- name: See what is on file
  invoice_scanner.iam.credentials_csv:
    dest: credentials
    user_name: ai-invoice-scanner-user
    state: read
  register: on_file

- name: Note that an access key is about to be created
  invoice_scanner.iam.credentials_csv:
    dest: credentials
    user_name: ai-invoice-scanner-user
    state: intent
    intends: [access_key]

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
  description: Names of the files (in a store, of the one document) that hold something of the user.
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
changed_files:
  description: Names of the files that were written (in check mode, that would be).
  type: list
  elements: str
  returned: success
on_file:
  description: What the files hold, without the secrets.
  type: dict
  returned: success
  contains:
    password:
      description: Whether a console password is on file.
      type: bool
    access_key_id:
      description: ID of the access key whose secret is on file; empty if there is none.
      type: str
      sample: AKIAIOSFODNN7EXAMPLE
    intends:
      description: Secrets that an earlier run was about to ask for and did not finish saving.
      type: list
      elements: str
    known_access_key_ids:
      description: Access keys that existed when the intent was left.
      type: list
      elements: str
"""

import typing as t

# Not AnsibleAWSModule.warn: it hands warnings to exit_json, which ansible-core deprecates.
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.connection import Connection
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import csv_files as files
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import (
    DestinationError,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.git import tracking_warning
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.uri import is_uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import saving
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.destination import open_destination
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import password as _password
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import user_name as _user_name
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent

if t.TYPE_CHECKING:
    from collections.abc import Callable

ARGUMENTS: dict[str, t.Any] = {
    "dest": {"type": "path", "required": True},
    "user_name": {"type": "str", "required": True, "aliases": ["name"]},
    "state": {"type": "str", "choices": ["present", "intent", "no_intent", "read"], "default": "present"},
    "password": {"type": "str", "no_log": True},
    "sign_in_url": {"type": "str"},
    "access_key_id": {"type": "str", "no_log": False},
    "secret_access_key": {"type": "str", "no_log": True},
    "keep_intent": {"type": "bool", "default": False},
    "intends": {"type": "list", "elements": "str", "choices": ["login_profile", "access_key"], "default": []},
    "known_access_key_ids": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "planned_access_key_id": {"type": "str", "no_log": False},
    "run": {"type": "dict"},
}


def bring_about(params: dict[str, t.Any], connect: Callable[[], Connection], check_mode: bool) -> saving.Saved:
    """Do what the task asks for. Raises DestinationError."""
    run = Run.read(params["run"]) if params["run"] else None
    directory = open_destination(params["dest"], connect, run)
    name = params["user_name"]
    if params["state"] == "read":
        return saving.read(directory, name)
    problem = directory.problem()
    if problem:
        raise DestinationError(problem)
    if params["state"] == "intent":
        wanted = params["intends"]
        intent = Intent("login_profile" in wanted, "access_key" in wanted, tuple(params["known_access_key_ids"]))
        return saving.leave_intent(directory, name, intent, params["planned_access_key_id"], check_mode)
    if params["state"] == "no_intent":
        wanted = params["intends"]
        return saving.take_intent_back(directory, name, "login_profile" in wanted, "access_key" in wanted, check_mode)
    new = Credentials(
        name,
        password=params["password"] or "",
        sign_in_url=params["sign_in_url"] or "",
        access_key_id=params["access_key_id"] or "",
        secret_access_key=params["secret_access_key"] or "",
    )
    return saving.save(directory, new, params["keep_intent"], check_mode)


def result_of(saved: saving.Saved, params: dict[str, t.Any]) -> dict[str, t.Any]:
    """Build what the module returns, which holds no secret."""
    intends = {"login_profile": saved.intent.login_profile, "access_key": saved.intent.access_key}
    return {
        "changed": bool(saved.changed_files),
        "changed_files": list(saved.changed_files),
        "dest": params["dest"],
        "files": {"login": saved.names.login, "access_key": saved.names.access_key},
        "on_file": {
            "password": bool(saved.credentials.password),
            "access_key_id": saved.credentials.access_key_id,
            "intends": [secret for secret, intended in intends.items() if intended],
            "known_access_key_ids": list(saved.intent.known_access_key_ids),
        },
        "diff": {"before": "", "after": "".join(f"{params['dest']}/{file}\n" for file in saved.changed_files)},
    }


def warn_of_hazards(module: AnsibleAWSModule, saved: saving.Saved) -> None:
    """Warn of what the files would do to people; a warning never holds a secret."""
    if "," in module.params["user_name"]:
        warn(f"{module.params['user_name']!r} holds a comma and is left out of {files.IMPORT_FILE}")
    hazard = _password.spreadsheet_hazard(module.params["password"] or "")
    if hazard:
        warn(f"the console password of {module.params['user_name']!r} {hazard}")
    if saved.changed_files and not module.check_mode and not is_uri(module.params["dest"]):
        tracked = tracking_warning(module.params["dest"], module.run_command)
        if tracked:
            warn(tracked)


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS,
        required_together=[("access_key_id", "secret_access_key")],
        supports_check_mode=True,
    )
    problem = _user_name.problem(module.params["user_name"])
    if problem:
        module.fail_json(msg=problem)
    try:
        saved = bring_about(module.params, lambda: Connection(module), module.check_mode)
    except DestinationError as error:
        module.fail_json(msg=str(error))
    warn_of_hazards(module, saved)
    module.exit_json(**result_of(saved, module.params))


if __name__ == "__main__":
    main()
