# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The options of modules that work on many users in one process."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragments C(invoice_scanner.iam._many_users.*)."""

    # For modules that describe how a user should be.
    WANTED = r"""
options:
  users:
    description:
      - The users, in any order. IAM ignores case, so names that differ in case only are refused.
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
          - Names or ARNs of managed policies to attach. For a name, the module looks among the account's own policies
            first, then among AWS's.
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
          - Name or ARN of the managed policy to set as the user's permissions boundary. If omitted, the boundary does
            not change.
        type: str
      path:
        description:
          - IAM path of the user, beginning and ending with a slash. With V(/), new users have no path, and existing
            users keep theirs.
        type: str
        default: /
      tags:
        description:
          - Tags to add. Tags that are not listed do not change.
        type: dict
        default: {}
      class_name:
        description:
          - Name of the class that the user belongs to, stored in the user's tag C(workshop-class). A user of another
            class is refused. So is a user that this collection did not create, unless O(users[].adopt_existing=true).
        type: str
        default: ""
      access_key_description:
        description:
          - Description of the access key. AWS stores it as a tag of the user, with the access key ID as the tag's key.
        type: str
        default: AI Invoice Scanner Project
      lost_secret:
        description:
          - What to do if the user has the access key that this collection created, but the secret of that key is not
            saved. V(keep) leaves the key, does everything else, and reports the user as failed. V(fail) refuses the
            user. V(replace) deletes the key and creates another one.
        type: str
        choices: [keep, fail, replace]
        default: keep
      access_key:
        description:
          - Whether the user gets an access key. With V(false), the module does not create, save, describe or test one.
            If the user already has a key that this collection created, the key is reported and kept, unless
            O(users[].delete_access_key=true).
        type: bool
        default: true
      delete_access_key:
        description:
          - Only used with O(users[].access_key=false). Whether to delete the access key that this collection created
            earlier, and to move its files to C(superseded).
        type: bool
        default: false
      cli_sign_in:
        description:
          - Whether to attach AWS's policy C(SignInLocalDevelopmentAccess), which lets the user sign in to the command
            line through the console, with C(aws login).
        type: bool
        default: false
      adopt_existing:
        description:
          - Whether to take over an existing user of this name that does not have the tag
            C(managed-by=invoice_scanner.iam).
        type: bool
        default: false
      restore_access:
        description:
          - Whether to restore access that M(invoice_scanner.iam.iam_access_keys_revoke) revoked. With V(false), a user
            with revoked access is left alone. With V(true), a new access key replaces a saved one that is Inactive.
        type: bool
        default: false
      expires:
        description:
          - The last day on which the user is needed, as in V(2026-12-31), stored in the user's tag C(expires).
            M(invoice_scanner.iam.iam_users_teardown) can remove all users that have expired.
          - If it is empty, the day of O(users[].closes) is used.
        type: str
        default: ""
      display_name:
        description:
          - The person's name, for C(class_credentials.csv). If omitted, the name in the file does not change.
        type: str
        default: ""
      email:
        description:
          - The person's e-mail address, for the same file.
        type: str
        default: ""
      opens:
        description:
          - When the class opens, in ISO 8601 with an offset, or without one in O(users[].timezone). Users of one class
            have the same hours. See M(invoice_scanner.iam.iam_class_hours).
        type: str
        default: ""
      closes:
        description:
          - When the class closes. A plain date means the end of that day. If it is empty, a class with
            O(users[].expires) closes at the end of that day, in UTC.
        type: str
        default: ""
      timezone:
        description:
          - Time zone of times without an offset, as in V(Europe/Berlin). If it is empty, plain dates are in UTC.
        type: str
        default: ""
"""

    # For modules whose action plugin collects the users of a play.
    PLAY = r"""
options:
  users_from:
    description:
      - Name of a variable that describes a user in the form of an entry of O(users). The variable is evaluated for each
        host of the play, as in a task on that host. RV(hosts) returns each host's outcome.
      - Every other option, and the keywords C(environment), C(check_mode), C(become), C(become_user) and
        C(delegate_to), must have the same value on all hosts of the play; otherwise nothing is done. So must C(when)
        and C(apply) of an include around the task. If the module has O(accounts), the account and the credentials may
        differ.
      - Use it in a task with C(run_once=true) and a play with C(strategy=linear). Otherwise, each host would start one
        process for all hosts, so such a task is refused. So are a handler and a task in a C(rescue), which are for some
        hosts of the play, while this task serves all of them.
    type: str
  hosts:
    description:
      - Inventory hosts of O(users), in the same order. Set by the action plugin. If it is empty, each user's name is
        also used as the host's name.
    type: list
    elements: str
    default: []
  run:
    description:
      - The process that the task belongs to. While that process runs, no other run may request the same user's secrets.
        Set by the action plugin.
    type: dict
  progress_file:
    description:
      - Existing file to which the module adds a character for each user that is done. Set by the action plugin, which
        shows the progress as a bar in a terminal and as lines elsewhere.
    type: path
"""

    # For those of them that work in several accounts.
    ACCOUNTS = r"""
options:
  accounts:
    description:
      - The accounts of the users, if there are several. The module works in all accounts in parallel, each with its own
        client and request rate. It writes nothing until it has read all accounts. If an account cannot be reached, only
        its users fail.
      - The credentials of each account are saved in a subdirectory or prefix that is named after the account ID.
      - Options that are missing here are taken from the module. Set by the action plugin if hosts differ in
        O(account_id) or in their credentials.
    type: list
    elements: dict
    default: []
    suboptions:
      hosts:
        description: The entries of O(hosts) that have their users in this account.
        type: list
        elements: str
        required: true
      account_id:
        description: As O(account_id).
        type: str
      assume_role_arn:
        description: As O(assume_role_arn).
        type: str
      assume_role_external_id:
        description: As O(assume_role_external_id).
        type: str
      assume_role_session_name:
        description: As O(assume_role_session_name).
        type: str
      assume_role_duration:
        description: As O(assume_role_duration).
        type: int
      access_key:
        description: As O(access_key).
        type: str
        aliases: [aws_access_key_id, aws_access_key]
      secret_key:
        description: As O(secret_key).
        type: str
        aliases: [aws_secret_access_key, aws_secret_key]
      session_token:
        description: As O(session_token).
        type: str
        aliases: [aws_session_token]
      profile:
        description: As O(profile).
        type: str
        aliases: [aws_profile]
      endpoint_url:
        description: As O(endpoint_url).
        type: str
        aliases: [aws_endpoint_url]
      validate_certs:
        description: As O(validate_certs).
        type: bool
      aws_ca_bundle:
        description: As O(aws_ca_bundle).
        type: path
      aws_config:
        description: As O(aws_config).
        type: dict
      debug_botocore_endpoint_logs:
        description: As O(debug_botocore_endpoint_logs).
        type: bool
      region:
        description: As O(region).
        type: str
        aliases: [aws_region]
  divided:
    description:
      - Whether the inventory also has users of other accounts, which are not part of this run. If so, the credentials
        of this account are saved in a subdirectory or prefix that is named after the account ID, unless they are
        already saved without one. Set by the action plugin.
    type: bool
    default: false
"""

    # For modules that call IAM for each user.
    PACE = r"""
options:
  threads:
    description:
      - How many users to process at the same time.
    type: int
    default: 8
  max_requests_per_second:
    description:
      - Upper limit for requests to IAM per second, for example because other tools work in the same account.
      - IAM throttles all requests of an account together. Without an upper limit, the module learns the limit of the
        account from AWS's throttling errors.
    type: float
"""

    # For modules that may run several times at once, each for some of the users.
    SLICES = r"""
options:
  slices:
    description:
      - How many runs of this module work in the account at the same time, like the slices of a job in AWX. Each run
        keeps to its share of O(max_requests_per_second). The runs adapt to each other when AWS throttles requests.
    type: int
    default: 1
"""

    # For modules that save secrets.
    SAVING = r"""
options:
  wait_timeout:
    description:
      - How many seconds to wait for each user while AWS returns a temporary error, such as
        C(EntityTemporarilyUnmodifiable) or C(ConcurrentModification).
    type: int
    default: 300
notes:
  - While a task for several users runs, another task for several users with the same O(credentials_dest) is refused.
"""
