# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A day of a class: pages are made and handed out, people arrive, and the instructor sees who."""

from __future__ import annotations

import csv
import html
import io
import json
import stat
import typing as t

import pytest

from .conftest import VAULT_PASSWORD, Workshop
from .support.browser import Browser, needs_chromium
from .support.durable import BUCKET, Stores, uri

if t.TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "Käse und Brot und Wein"
HANDOUT, VERIFY = "playbooks/handout.yml", "playbooks/verify.yml"
PEOPLE: dict[str, dict[str, t.Any]] = {
    "anna": {"invoice_iam_user_display_name": "Anna Müller", "roster": {"gruppe": "A", "note": "=1+1"}},
    "bert,b@x": {"invoice_iam_user_display_name": "<script>alert(1)</script>", "roster": {"gruppe": "B", "note": "x"}},
    "class": {"roster": {"gruppe": "A", "note": "y"}},
}
VARIABLES = {
    "invoice_iam_user_name": "{{ inventory_hostname }}",
    "invoice_iam_user_expires": "2030-12-31",
    "invoice_iam_user_handout_title": "Serverless Invoices",
    "invoice_iam_user_handout_contact": "Ada, ada@example.org",
    "invoice_iam_user_handout_links": [
        {"title": "For {{ display_name }} in group {{ roster.gruppe }}", "url": "https://example.org/{{ user_name }}"}
    ],
}


def handed(path: Path) -> dict[str, bytes]:
    """What is in a directory with pages."""
    return {one.name: one.read_bytes() for one in path.iterdir()}


def table(content: bytes) -> dict[str, dict[str, str]]:
    """A mail merge as an office suite reads it, by user name."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    return {row["User name"]: row for row in rows}


def sheet(workshop: Workshop) -> dict[str, dict[str, str]]:
    """The instructor's sheet, by user name."""
    return table((workshop.credentials / "class_credentials.csv").read_bytes())


@pytest.fixture(scope="module")
def a_class(module_workshop: Workshop) -> Workshop:
    """Three people who have everything, and their pages."""
    workshop = module_workshop
    workshop.hosts(PEOPLE)
    workshop.variables(VARIABLES)
    run = workshop.run("playbooks/class.yml")
    assert run.status == 0, run.output
    before = workshop.aws.calls()
    run = workshop.run(HANDOUT)
    assert run.status == 0, run.output
    assert "3 users: 3 written" in run.flat()
    *_rest, pages, arrivals = run.output.splitlines()
    assert pages == f"The pages are in {workshop.credentials}/handouts, not sealed; class.html is for the printer"
    assert arrivals.startswith("To see who has arrived: ansible-playbook ")
    # What is saved is enough: AWS is not asked for anything.
    assert workshop.aws.calls() == before
    return workshop


def test_pages_are_written_once_and_only_for_the_instructor(a_class: Workshop) -> None:
    pages = a_class.credentials / "handouts"
    first = handed(pages)
    assert set(first) == {"anna.html", "bert%2Cb@x.html", "%63lass.html", "class.html", "class_mailmerge.csv"}
    assert stat.S_IMODE(pages.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in pages.iterdir()} == {0o600}
    run = a_class.run(HANDOUT)
    assert "3 users: 3 unchanged" in run.flat(), run.output
    assert [run.recap(name)["changed"] for name in PEOPLE] == [0, 0, 0]
    assert handed(pages) == first


def test_the_table_has_the_rosters_columns_and_the_credentials(a_class: Workshop) -> None:
    rows = table(handed(a_class.credentials / "handouts")["class_mailmerge.csv"])
    known = sheet(a_class)
    assert list(rows) == list(PEOPLE)
    for name, row in rows.items():
        for column in ("Password", "Access key ID", "Secret access key"):
            assert row[column] == known[name][column]
        assert (row["gruppe"], row["Valid until"]) == (PEOPLE[name]["roster"]["gruppe"], "2030-12-31")
    assert rows["anna"]["note"] == "'=1+1"


@needs_chromium
def test_what_a_person_reads_opens_the_account(a_class: Workshop, browser: Browser) -> None:
    known = sheet(a_class)["bert,b@x"]
    with browser.showing(a_class.credentials / "handouts" / "bert%2Cb@x.html") as shown:
        assert shown.text("#display-name").split("\n")[-1] == "<script>alert(1)</script>"
        assert shown.text("#user-name") == "bert,b@x"
        assert shown.text("#password") == known["Password"]
        assert shown.text("#sign-in-url") == known["Console login link"]
        link = shown.tab.locator("#links a")
        assert (link.inner_text(), link.get_attribute("href")) == (
            "For <script>alert(1)</script> in group B",
            "https://example.org/bert,b@x",
        )
        key = {"access_key": shown.text("#access-key-id"), "secret_key": shown.text("#secret-access-key")}
        who = a_class.client_for(a_class.aws.url, key, "sts").get_caller_identity()
        assert who["Arn"].endswith(":user/bert,b@x")
        assert shown.text("#account-id") == who["Account"]
        assert 'aws sts get-caller-identity --profile "bert,b@x"' in shown.text("#commands")
        assert shown.said == []


def test_the_instructor_sees_who_has_arrived_and_who_needs_help(a_class: Workshop, tmp_path: Path) -> None:
    a_class.aws.sign_in("anna", sheet(a_class)["anna"]["Password"])
    known = sheet(a_class)["anna"]
    iam = a_class.client("iam")
    iam.update_access_key(UserName="class", AccessKeyId=sheet(a_class)["class"]["Access key ID"], Status="Inactive")
    policy = {"PolicyArn": iam.list_attached_user_policies(UserName="bert,b@x")["AttachedPolicies"][0]["PolicyArn"]}
    iam.detach_user_policy(UserName="bert,b@x", **policy)
    page, report = tmp_path / "class_report.html", tmp_path / "report.json"
    run = a_class.run(VERIFY, verify_page=str(page), verify_report=str(report), verify_arrivals=True)
    assert run.status == 2, run.output
    assert f"The page is {page}" in run.output.splitlines()
    found = {one["name"]: one for one in json.loads(report.read_text(encoding="utf-8"))["users"]}
    listed = {one["UserName"]: one for one in iam.list_users()["Users"]}
    assert found["anna"]["signed_in"] == listed["anna"]["PasswordLastUsed"].isoformat()
    assert [found[name]["signed_in"] for name in ("bert,b@x", "class")] == [None, None]
    used = iam.get_access_key_last_used(AccessKeyId=known["Access key ID"])["AccessKeyLastUsed"]
    assert (found["anna"]["key_used_for"], used["ServiceName"]) == ("sts", "sts")
    text = page.read_text(encoding="utf-8")
    assert not [secret for secret in a_class.aws.secrets() if secret in text or secret in run.output]
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    # Who needs help is first, whoever that is on the roster; what mends it is there to copy.
    places = [text.index(f">{name}</bdi></td>") for name in ("bert,b@x", "class", "anna")]
    assert places == sorted(places)
    assert "3 people</strong>: " in text
    assert "1 of 3 have signed in" in text
    assert r"--limit '~bert\U0000002cb\U00000040x$'" in html.unescape(text)
    iam.attach_user_policy(UserName="bert,b@x", **policy)
    iam.update_access_key(UserName="class", AccessKeyId=sheet(a_class)["class"]["Access key ID"], Status="Active")


def test_a_page_follows_the_credentials(a_class: Workshop) -> None:
    pages = a_class.credentials / "handouts"
    before = handed(pages)
    run = a_class.run("playbooks/rotate.yml", "--limit", "anna", rotate_older_than_days=0)
    assert run.status == 0, run.output
    # Nothing is saved of one of them any more: the pages are all that is left.
    lost = [
        "bert%2Cb@x_credentials.csv",
        "bert%2Cb@x_accessKeys.csv",
        "class_credentials.csv",
        "aws_configure_import.csv",
    ]
    contents = {name: (a_class.credentials / name).read_bytes() for name in lost}
    for name in lost:
        (a_class.credentials / name).unlink()
    run = a_class.run(HANDOUT, handout_language="de")
    for name, content in contents.items():
        (a_class.credentials / name).write_bytes(content)
    assert run.status == 2, run.output
    after = handed(pages)
    assert "nothing is saved for user 'bert,b@x'" in run.flat()
    assert "keeps the page, card and row from before; run" in run.flat()
    assert after["bert%2Cb@x.html"] == before["bert%2Cb@x.html"]
    secret = sheet(a_class)["bert,b@x"]["Secret access key"]
    assert secret.encode() in after["class.html"]
    assert table(after["class_mailmerge.csv"])["bert,b@x"] == table(before["class_mailmerge.csv"])["bert,b@x"]
    assert sheet(a_class)["anna"]["Secret access key"].encode() in after["anna.html"]
    assert after["anna.html"] != before["anna.html"]
    assert b'<html lang="de">' in after["class.html"]


@needs_chromium
def test_a_sealed_page_opens_in_the_browser(a_class: Workshop, browser: Browser, tmp_path: Path) -> None:
    a_class.variables({"invoice_iam_user_handout_passphrase": PASSPHRASE}, "vault", VAULT_PASSWORD)
    secret = tmp_path / "vault_password"
    secret.write_text(VAULT_PASSWORD, encoding="utf-8")
    sealed = tmp_path / "sealed"
    run = a_class.run(HANDOUT, "--vault-id", f"test@{secret}", "--limit", "anna", handout_dest=str(sealed))
    (a_class.inventory / "group_vars" / "all" / "vault.yml").unlink()
    assert run.status == 0, run.output
    assert set(handed(sealed)) == {"anna.html", "class.html", "class_mailmerge.csv"}
    with browser.showing(sealed / "anna.html") as shown:
        shown.tab.locator("#passphrase").fill(PASSPHRASE)
        shown.tab.locator("#open").click()
        shown.tab.wait_for_selector("#password")
        assert shown.text("#password") == sheet(a_class)["anna"]["Password"]
        assert shown.said == []


def test_what_nobody_could_print_is_refused_before_anything_is_written(a_class: Workshop, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    links = [{"title": "Slides", "url": "javascript:alert(1)"}]
    run = a_class.run(HANDOUT, handout_dest=str(pages), handout_links=links)
    assert run.status != 0
    assert "leads to 'javascript:alert(1)'; give an address" in run.flat()
    run = a_class.run(HANDOUT, handout_dest=str(pages), handout_language="tlh")
    assert "invoice_iam_user_handout_language is 'tlh' and has to be one of de, en" in run.flat()
    links = [{"title": "Slides of {{ roster.group }}", "url": "https://example.org"}]
    run = a_class.run(HANDOUT, handout_dest=str(pages), handout_links=links)
    assert run.status == 2, run.output
    for name in PEOPLE:
        assert f"invoice_iam_user_handout_links cannot be used for {name!r}: the roster has no column" in run.flat()
    # Everybody has the same columns, which is said once at the end.
    assert (
        "anna, bert,b@x, class: invoice_iam_user_handout_links cannot be used for the user: the roster has no column "
        "'group'; its columns are gruppe, note"
    ) in run.flat()
    assert not pages.exists()


def test_pages_go_with_the_users(a_class: Workshop) -> None:
    """The last of this class."""
    run = a_class.run("playbooks/teardown.yml", teardown_confirm=3, teardown_files="delete")
    assert run.status == 0, run.output
    assert handed(a_class.credentials / "handouts") == {}


@pytest.mark.slow
def test_pages_may_lie_in_a_bucket_beside_the_documents(workshop: Workshop) -> None:
    stores = Stores(workshop.aws)
    stores.make_bucket()
    workshop.hosts({name: PEOPLE[name] for name in ("anna",)})
    pages, report = f"{uri('s3')}/handouts", f"{uri('s3')}/class_report.html"
    workshop.variables(VARIABLES | {"invoice_iam_user_credentials_dest": uri("s3")})
    assert workshop.run("playbooks/class.yml").status == 0
    run = workshop.run(HANDOUT, handout_dest=pages)
    assert run.status == 0, run.output
    answer = stores.s3.get_object(Bucket=BUCKET, Key="class/handouts/anna.html")
    assert answer["ContentType"] == "text/html; charset=utf-8"
    assert stores.document("s3", "class/anna")["secret_access_key"].encode() in answer["Body"].read()
    assert workshop.run(HANDOUT, handout_dest=pages).recap("anna")["changed"] == 0
    run = workshop.run(VERIFY, verify_page=report)
    assert run.status == 0, run.output
    text = stores.s3.get_object(Bucket=BUCKET, Key="class/class_report.html")["Body"].read().decode()
    assert "Everybody is ready." in text
    assert not [secret for secret in workshop.aws.secrets() if secret in text]
    assert not {call for call in workshop.aws.calls() if call.startswith("iam:Delete")}
    # The document gets lost, and the page is the last copy of what was in it.
    stores.s3.delete_object(Bucket=BUCKET, Key="class/anna.json")
    run = workshop.run(HANDOUT, handout_dest=pages)
    assert run.status == 2, run.output
    assert "keeps the page, card and row from before" in run.flat()
    assert stores.s3.get_object(Bucket=BUCKET, Key="class/handouts/anna.html")["ETag"] == answer["ETag"]
    gone: dict[str, t.Any] = {"teardown_files": "delete", "handout_dest": pages}
    run = workshop.run("playbooks/teardown.yml", **gone)
    assert run.status == 0, run.output
    left = stores.s3.list_object_versions(Bucket=BUCKET, Prefix="class/handouts/")
    assert [one["Key"] for one in left.get("Versions", [])] == ["class/handouts/.probe"]
