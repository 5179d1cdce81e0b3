# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""``--check --diff`` tells the truth, in an empty account as in one where everything is there."""

from __future__ import annotations

from .conftest import USER, Workshop


def test_in_an_empty_account_it_says_the_whole_chain_and_touches_nothing(workshop: Workshop) -> None:
    run = workshop.setup("--check", "--diff")
    for said in (
        f"create IAM user {USER} with path / and no permissions boundary",
        f"attach policy arn:aws:iam::123456789012:policy/AIInvoiceScannerFullPolicy to {USER}",
        f"attach policy arn:aws:iam::123456789012:policy/AmplifyAdminPolicy to {USER}",
        f"enable console sign-in for {USER} with a generated password",
        f"create an access key for {USER} and save its secret",
        "+ console_sign_in: enabled, with a generated password",
        "+ managed-by: invoice_scanner.iam",
        f"+ - {USER}_credentials.csv",
        f"+ - {USER}_accessKeys.csv",
        f"+ - {USER}_aws_configure_import.csv",
        "1 user: 1 would be created",
    ):
        assert said in run.flat(), said
    assert not workshop.writes()
    assert not workshop.credentials.exists()

    assert run.recap("participant")["changed"] == 1
    assert workshop.prepare().recap("participant")["changed"] > 0

    before = workshop.writes()
    files = {path.name: path.stat().st_mtime_ns for path in workshop.credentials.iterdir()}
    assert workshop.setup("--check", "--diff").recap("participant")["changed"] == 0
    assert workshop.writes() == before
    assert {path.name: path.stat().st_mtime_ns for path in workshop.credentials.iterdir()} == files
    run = workshop.run("playbooks/verify.yml", "--check")
    assert run.status == 0, run.output
    assert "1 user: 1 ready" in run.output


def test_the_policies_that_would_be_made_count_as_made(workshop: Workshop) -> None:
    iam = workshop.client("iam")
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        iam.delete_policy(PolicyArn=policy["Arn"])
    before = workshop.writes()
    boundary = "AIInvoiceScannerPermissionsBoundary"
    wanted = {"create_policies": True, "permissions_boundary": boundary}
    run = workshop.setup("--check", "--diff", **wanted)
    assert f"permissions boundary arn:aws:iam::123456789012:policy/{boundary}" in run.flat()
    assert workshop.writes() == before

    workshop.prepare(**wanted)
    made = {policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]}
    assert made == {"AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy", boundary}
    user = iam.get_user(UserName=USER)["User"]
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == f"arn:aws:iam::123456789012:policy/{boundary}"
