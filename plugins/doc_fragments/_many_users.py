# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The options of modules that serve many users in one process."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragments C(invoice_scanner.iam._many_users.*)."""

    # For modules that know how a user is wanted.
    WANTED = r"""
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
      class_name:
        description:
          - Name of the class to which the user belongs, kept as its tag C(workshop-class). A user of another class is
            refused like one that is not ours, unless O(users[].adopt_existing=true).
        type: str
        default: ""
      access_key_description:
        description:
          - Description of the access key. AWS stores it as a tag of the user whose key is the access key ID.
        type: str
        default: AI Invoice Scanner Project
      lost_secret:
        description:
          - What to do when our key exists and its secret is not on file. V(keep) leaves it, does everything else
            and has the user fail in the end, V(fail) refuses the user, V(replace) deletes the key and makes another.
        type: str
        choices: [keep, fail, replace]
        default: keep
      adopt_existing:
        description:
          - Whether to take over a user of this name that does not carry the tag of this collection.
        type: bool
        default: false
      restore_access:
        description:
          - Whether to give access again to a user from whom M(invoice_scanner.iam.iam_access_keys_revoke) took it. Such
            a user is otherwise left as it is. An access key on file that is Inactive is replaced by a new one.
        type: bool
        default: false
      expires:
        description:
          - The last day on which the user is needed, as in V(2026-12-31), kept as its tag C(expires).
            M(invoice_scanner.iam.iam_users_teardown) can remove everybody whose day has passed.
          - Without it, it is the day of O(users[].closes).
        type: str
        default: ""
      display_name:
        description:
          - The name of the person whose user it is, for C(class_credentials.csv). What stands there stays if omitted.
        type: str
        default: ""
      email:
        description:
          - The e-mail address of the person, for the same.
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
          - When the class closes. A plain date means the end of that day. Without it, a class with O(users[].expires)
            closes at the end of that day, in UTC.
        type: str
        default: ""
      timezone:
        description:
          - Time zone of times without an offset, as in V(Europe/Berlin). Plain dates are in UTC without it.
        type: str
        default: ""
"""

    # For modules whose action plugin collects the users of a play.
    PLAY = r"""
options:
  users_from:
    description:
      - Name of a variable that describes a user as an entry of O(users) does. It is evaluated for each host of the play
        as a task on that host would, and each host's outcome is returned in RV(hosts).
      - Every other option must have the same value on all hosts of the play; nothing is done where one has not.
      - Use it in a task with C(run_once=true).
    type: str
  hosts:
    description:
      - Inventory hosts of O(users), in the same order. Set by the action plugin. Without it, each user is taken for a
        host of that name.
    type: list
    elements: str
    default: []
  run:
    description:
      - The process to which the task belongs. Another run may not ask for the same user's secrets while it is at work.
        Set by the action plugin.
    type: dict
  progress_file:
    description:
      - Existing file to which a character is added for each user that is done. Set by the action plugin, which shows
        the progress as a bar in a terminal and as lines elsewhere.
    type: path
"""

    # For modules that ask IAM for one user after the other.
    PACE = r"""
options:
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
"""

    # For modules that may run several times at once, each for a part of the users.
    SLICES = r"""
options:
  slices:
    description:
      - How many runs of this module share the account at the same time, as the slices of a job do in AWX. Each of them
        keeps to its share of O(max_requests_per_second), and all of them adapt to each other when AWS refuses requests.
    type: int
    default: 1
"""

    # For modules that save secrets.
    SAVING = r"""
options:
  wait_timeout:
    description:
      - How many seconds to wait at most, for each user, for what AWS says will pass, such as
        C(EntityTemporarilyUnmodifiable) and C(ConcurrentModification).
    type: int
    default: 300
notes:
  - While a task for several users is at work, another one for several users and the same O(credentials_dest) is
    refused.
"""
