# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The shelf in S3: what is asked of AWS. That AWS does it is tested on the sandbox."""

from __future__ import annotations

import datetime
import io
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.s3 import S3Folder, S3Shelf
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.shelf import Sheet
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.fake_aws import (
    Answers,
    Aws,
    opened,
    refusal,
)

EVERYBODY = {"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}
OURSELVES = {"Grantee": {"ID": "1234"}, "Permission": "FULL_CONTROL"}


@pytest.mark.parametrize(
    ("endpoint", "path_style"),
    [
        ("https://s3.eu-central-1.amazonaws.com", False),
        ("https://s3.cn-north-1.amazonaws.com.cn", False),
        ("http://localhost:4566", True),
        ("https://amazonaws.com.example.org", True),
    ],
)
def test_buckets_have_host_names_at_aws_only(endpoint: str, path_style: bool) -> None:
    aws = Aws(endpoint)
    opened(S3Shelf, aws, "s3://a-bucket/class")
    assert aws.options == ([None, {"s3": {"addressing_style": "path"}}] if path_style else [None])


BLOCKED = {"RestrictPublicBuckets": True, "IgnorePublicAcls": True}


@pytest.mark.parametrize(
    ("blocked", "policy", "grants", "public"),
    [
        (BLOCKED, True, [EVERYBODY], False),
        ({"RestrictPublicBuckets": True}, True, [OURSELVES], False),
        ({"RestrictPublicBuckets": True}, True, [EVERYBODY], True),
        ({"IgnorePublicAcls": True}, False, [EVERYBODY], False),
        ({"IgnorePublicAcls": True}, True, [EVERYBODY], True),
        (None, False, [OURSELVES], False),
        (None, True, [OURSELVES], True),
        (None, None, [OURSELVES], False),
        (None, None, [OURSELVES, EVERYBODY], True),
    ],
)
def test_whether_a_bucket_is_public(
    aws: Aws, s3: S3Shelf, blocked: Answers | None, policy: bool | None, grants: list[Answers], public: bool
) -> None:
    aws.answers["get_public_access_block"] = (
        refusal("NoSuchPublicAccessBlockConfiguration")
        if blocked is None
        else {"PublicAccessBlockConfiguration": blocked}
    )
    aws.answers["get_bucket_policy_status"] = (
        refusal("NoSuchBucketPolicy") if policy is None else {"PolicyStatus": {"IsPublic": policy}}
    )
    aws.answers["get_bucket_acl"] = {"Grants": grants}
    assert ("is public; block public access to it" in (s3.problem() or "")) is public
    asked = len(aws.asked)
    s3.problem()
    assert len(aws.asked) == asked, "a run looks once"


@pytest.mark.parametrize("status", [{}, {"Status": "Suspended"}])
def test_whether_a_bucket_keeps_versions(aws: Aws, status: Answers) -> None:
    aws.answers |= {"get_bucket_versioning": status, "get_bucket_acl": {"Grants": []}}
    assert "is not versioned" in str(opened(S3Shelf, aws, "s3://a-bucket").problem())
    assert opened(S3Shelf, aws, "s3://a-bucket?accept=unversioned").problem() is None


def test_an_object_is_written_only_if_it_is_as_it_was_read(aws: Aws, s3: S3Shelf) -> None:
    aws.answers["get_object"] = {"Body": io.BytesIO(b"x"), "ETag": '"1"'}
    assert s3.get("a,b") == Sheet(b"x", '"1"')
    assert s3.put("anna", b"x", None)
    assert s3.put("anna", b"y", '"1"')
    first, second = aws.parameters("put_object")
    assert (first["IfNoneMatch"], second["IfMatch"]) == ("*", '"1"')
    assert "IfMatch" not in first
    assert "IfNoneMatch" not in second
    assert first["Key"] == "class/anna.json"
    assert aws.parameters("get_object") == [{"Bucket": "a-bucket", "Key": "class/a%2Cb.json"}]


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"])
def test_who_was_quicker_in_s3_is_noticed(aws: Aws, s3: S3Shelf, code: str) -> None:
    aws.answers["put_object"] = refusal(code)
    assert not s3.put("anna", b"x", '"1"')


def test_what_is_not_there_is_no_error(aws: Aws, s3: S3Shelf) -> None:
    aws.answers["get_object"] = refusal("NoSuchKey")
    assert s3.get("anna") is None


@pytest.mark.parametrize("key", [None, "alias/workshop"])
def test_a_key_of_kms_is_named_where_it_is_given(aws: Aws, key: str | None) -> None:
    options = f"?kms_key={key}" if key else ""
    opened(S3Shelf, aws, f"s3://a-bucket/class{options}").put("anna", b"x", None)
    (put,) = aws.parameters("put_object")
    assert put.get("SSEKMSKeyId") == key
    assert put.get("ServerSideEncryption") == ("aws:kms" if key else None)


def version(name: str, day: int, latest: bool = False, key: str = "class/anna.json") -> Answers:
    """A version of an object, as S3 lists it."""
    when = datetime.datetime(2026, 1, day, tzinfo=datetime.UTC)
    return {"Key": key, "VersionId": name, "IsLatest": latest, "LastModified": when}


def test_a_document_goes_with_all_that_it_was_before_and_the_newest_last(aws: Aws, s3: S3Shelf) -> None:
    """Should it be interrupted, the next run still finds that there is one."""
    other = version("other", 1, True, "class/anna.json.bak")
    aws.pages = [
        {"Versions": [version("newest", 9, True), other, version("oldest", 1)]},
        {"Versions": [version("middle", 5)], "DeleteMarkers": [version("marker", 3)]},
    ]
    s3.delete("anna")
    gone = aws.parameters("delete_object")
    assert [one["VersionId"] for one in gone] == ["oldest", "marker", "middle", "newest"]
    assert {(one["Bucket"], one["Key"]) for one in gone} == {("a-bucket", "class/anna.json")}


def test_the_proof_holds_nothing_of_anybody(aws: Aws, s3: S3Shelf) -> None:
    s3.prove()
    (put,) = aws.parameters("put_object")
    assert (put["Key"], put["Body"]) == ("class/.probe", b'{"user_name": "nobody"}\n')


def test_a_bucket_that_cannot_be_looked_at_is_said(aws: Aws, s3: S3Shelf) -> None:
    aws.answers["get_bucket_versioning"] = refusal("NoSuchBucket")
    assert str(s3.problem()).endswith("(NoSuchBucket); create the bucket, private and versioned, or choose another")


def test_what_it_is_called(s3: S3Shelf) -> None:
    assert (str(s3), s3.name("a,b")) == ("s3://a-bucket/class", "class/a%2Cb.json")


def test_what_is_noted_of_all_is_noted_once(aws: Aws, s3: S3Shelf) -> None:
    """And never in the place of a user: no user's document begins with a dot."""
    s3.put_note(b"first")
    (put,) = aws.parameters("put_object")
    assert (put["Key"], put["Body"], put["IfNoneMatch"]) == ("class/.account.json", b"first", "*")
    assert s3.name(".account") != "class/.account.json"
    aws.answers["put_object"] = refusal("PreconditionFailed")
    s3.put_note(b"second")
    aws.answers["get_object"] = {"Body": io.BytesIO(b"first"), "ETag": '"1"'}
    assert s3.note() == b"first"
    aws.answers["get_object"] = refusal("NoSuchKey")
    assert s3.note() is None


# Pages -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(aws: Aws) -> S3Folder:
    """A place for pages in a bucket."""
    return t.cast("S3Folder", opened(S3Folder, aws, "s3://a-bucket/class/handouts?kms_key=alias/x"))


def test_a_page_is_an_object_that_a_browser_shows_and_only_written_if_it_differs(aws: Aws, folder: S3Folder) -> None:
    aws.answers["get_object"] = refusal("NoSuchKey")
    assert folder.get("anna.html") is None
    assert folder.put("anna.html", b"a page")
    (put,) = aws.parameters("put_object")
    assert (put["Key"], put["ContentType"], put["SSEKMSKeyId"]) == (
        "class/handouts/anna.html",
        "text/html; charset=utf-8",
        "alias/x",
    )
    aws.answers["get_object"] = {"Body": io.BytesIO(b"a page"), "ETag": "1"}
    assert not folder.put("anna.html", b"a page")
    assert len(aws.parameters("put_object")) == 1


def test_a_page_is_deleted_with_all_its_versions(aws: Aws, folder: S3Folder) -> None:
    versions = [
        {"Key": "class/handouts/anna.html", "VersionId": version, "IsLatest": version == "2", "LastModified": version}
        for version in ("1", "2")
    ]
    aws.pages = [{"Versions": versions}]
    assert folder.former("anna.html") == []
    folder.remove("anna.html")
    assert [one["VersionId"] for one in aws.parameters("delete_object")] == ["1", "2"]


def test_a_bucket_that_is_no_place_for_documents_is_none_for_pages(aws: Aws, folder: S3Folder) -> None:
    aws.answers["get_bucket_versioning"] = {}
    assert "is not versioned" in str(folder.problem())
    with pytest.raises(DestinationError, match="is not versioned"):
        folder.prepare()
