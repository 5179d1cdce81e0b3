# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What AWS needs to allow for a run. Whoever attaches no more than this has AWS itself refuse all that is not ours."""

from __future__ import annotations

import typing as t

from .mark import BASE, HOURS

_PLACES = ("user", "group", "policy", "mfa")


def document(account: str, partition: str = "aws") -> dict[str, t.Any]:
    """Return the policy: reading anything, and writing below our own path.

    Who does not exist has no path, so that AWS goes by the name: calls about nobody take our own prefix, too.
    """
    ours = [f"arn:{partition}:iam::{account}:{place}/{BASE}{end}" for place in _PLACES for end in ("/*", "-*")]
    ours.append(f"arn:{partition}:iam::{account}:policy/{HOURS}{BASE}-*")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "LookAtTheAccount",
                "Effect": "Allow",
                "Action": ["iam:Get*", "iam:List*", "sts:GetAccessKeyInfo"],
                "Resource": "*",
            },
            {"Sid": "MakeAndRemoveWhatIsOurs", "Effect": "Allow", "Action": "iam:*", "Resource": ours},
        ],
    }
