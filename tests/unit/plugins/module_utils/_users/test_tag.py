# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Tags of IAM users: what AWS accepts, and the one that says whose a user is."""

from __future__ import annotations

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import tag as _tag


@pytest.mark.parametrize("value", ["", "AI Invoice Scanner Project", "x" * 256, "a_b.c:d/e=f+g-h@i", "Zoë 五"])
def test_values_that_aws_takes(value: str) -> None:
    assert _tag.value_problem("the description", value) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("x" * 257, "the description has 257 characters; AWS allows 256 in a tag"),
        ("Tom & Jerry", "the description 'Tom & Jerry' contains '&'"),
        ("a,b;c", "contains ',;'"),
        ("a\tb", r"contains '\t'"),
        ("it's", 'contains "\'"'),
    ],
)
def test_values_that_aws_refuses(value: str, said: str) -> None:
    assert said in str(_tag.value_problem("the description", value))


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({}, []),
        ({"course": "invoices", "Kurs 7": ""}, []),
        ({f"tag-{number}": "" for number in range(48)}, []),
        ({_tag.OWNERSHIP_KEY: _tag.OWNERSHIP_VALUE}, []),
        ({"": "x"}, ["the tag key '' has 0 characters; AWS allows 1 to 128"]),
        ({"k" * 129: "x"}, [f"the tag key {'k' * 129!r} has 129 characters; AWS allows 1 to 128"]),
        ({"a,b": "x"}, ["the tag key 'a,b' contains ','; AWS allows letters, digits, spaces and _.:/=+-@ in a tag"]),
        ({"AWS:x": "x"}, ["the tag key 'AWS:x' begins with 'aws:', which AWS reserves for itself"]),
        (
            {"cost": "x!"},
            ["the value of the tag 'cost' 'x!' contains '!'; AWS allows letters, digits, spaces and _.:/=+-@ in a tag"],
        ),
        (
            {"Team": "a", "team": "b"},
            ["the tag keys 'Team' and 'team' differ in case only; AWS allows one of them"],
        ),
        (
            {"managed-by": "hand"},
            ["the tag 'managed-by' marks users of this collection; leave it out of your tags"],
        ),
        # To AWS that is the same tag.
        (
            {"Managed-By": "invoice_scanner.iam"},
            ["the tag 'Managed-By' marks users of this collection; leave it out of your tags"],
        ),
    ],
)
def test_problems(tags: dict[str, str], said: list[str]) -> None:
    assert _tag.problems(tags) == said


@pytest.mark.parametrize(
    ("tags", "ours"),
    [
        ({"managed-by": "invoice_scanner.iam"}, True),
        ({"managed-by": "invoice_scanner.iam", "course": "x"}, True),
        ({"managed-by": "terraform"}, False),
        ({"course": "invoice_scanner.iam"}, False),
        ({}, False),
    ],
)
def test_whose_user_it_is(tags: dict[str, str], ours: bool) -> None:
    assert _tag.is_ours(tags) is ours
