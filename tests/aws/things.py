# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Things that a user may have and that block its deletion: how each is made, and taken away again."""

from __future__ import annotations

import base64
import datetime
import functools
import hashlib
import hmac
import json
import secrets
import struct
import time
import typing as t
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from .duet import given

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .duet import Duet
    from .sides import Side

DENY = {"Effect": "Deny", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
DENY_TEXT = json.dumps({"Version": "2012-10-17", "Statement": [DENY]})


def password() -> str:
    """Make a password that any password policy takes, unless it wants more than 40 characters."""
    return f"Aa1!{secrets.token_hex(18)}"


def policy_text(path: str) -> str:
    """Allow the users below a path to change their own passwords and to look at each other, and nothing else."""
    resource = f"arn:*:iam::*:user{path}*"
    statement = {"Effect": "Allow", "Action": ["iam:ChangePassword", "iam:GetUser"], "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@functools.cache
def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def ssh_public_key() -> str:
    """Return a public key in the form that IAM takes."""
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return _rsa_key().public_key().public_bytes(encoding, form).decode()


def certificate() -> str:
    """Return a certificate that is valid for a day."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "student")])
    now = datetime.datetime.now(tz=datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(_rsa_key().public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
    signed = builder.not_valid_after(now + datetime.timedelta(days=1)).sign(_rsa_key(), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def code_of(seed: bytes, at: float) -> str:
    """Return the code that a virtual MFA device shows at a moment (RFC 6238)."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06d}"


@dataclass(frozen=True)
class Thing:
    """One kind of thing."""

    what: str
    add: Callable[[Duet, str], object]
    remove: Callable[[Duet, str], object]


def _add_device(duet: Duet, user: str) -> None:
    name, at = f"{user}-phone", time.time()
    duet.call(
        "a phone",
        "create_virtual_mfa_device",
        save=name,
        VirtualMFADeviceName=name,
        Path=duet.mark.path,
        Tags=[duet.mark.tag],
    )

    def code(side: Side, at: float) -> str:
        return code_of(side.memory[name]["VirtualMFADevice"]["Base32StringSeed"], at)

    duet.call(
        "with two codes, one after the other",
        "enable_mfa_device",
        UserName=user,
        SerialNumber=lambda side: side.device_arn(name),
        AuthenticationCode1=lambda side: code(side, at - 30),
        AuthenticationCode2=lambda side: code(side, at),
    )


def _remove_device(duet: Duet, user: str) -> None:
    def serial(side: Side) -> str:
        return side.device_arn(f"{user}-phone")

    duet.call("a phone in use", "delete_virtual_mfa_device", SerialNumber=serial, expect="DeleteConflict")
    duet.call("a phone", "deactivate_mfa_device", UserName=user, SerialNumber=serial)
    duet.call("a phone that is off", "deactivate_mfa_device", UserName=user, SerialNumber=serial, expect="NoSuchEntity")
    duet.call("a phone", "delete_virtual_mfa_device", SerialNumber=serial)


def _add_group(duet: Duet, user: str) -> None:
    group = f"{user}-group"
    duet.call("a new one", "create_group", GroupName=group, Path=duet.mark.path)
    duet.call("a member", "add_user_to_group", GroupName=group, UserName=user)


def _remove_group(duet: Duet, user: str) -> None:
    group = f"{user}-group"
    duet.call("one with a member", "delete_group", GroupName=group, expect="DeleteConflict")
    duet.call("a member", "remove_user_from_group", GroupName=group, UserName=user)
    duet.call("an empty one", "delete_group", GroupName=group)


def _saved(operation: str, *path: str, **parameters: t.Any) -> Callable[[Duet, str], None]:
    """Make a call that answers with the ID of something new, and keep what it says."""

    def add(duet: Duet, user: str) -> None:
        duet.call("a new one", operation, save=f"{user} {path[0]}", UserName=user, **parameters)

    return add


def _by_id(operation: str, *path: str) -> Callable[[Duet, str], None]:
    """Make a call that names the thing by the ID that was answered."""

    def remove(duet: Duet, user: str) -> None:
        def found(side: Side) -> str:
            return str(side.memory[f"{user} {path[0]}"][path[0]][path[1]])

        duet.call("the one that was made", operation, UserName=user, **given(**{path[1]: found}))

    return remove


def _thing(what: str, add: str, remove: str, path: tuple[str, str], **parameters: t.Any) -> Thing:
    return Thing(what, _saved(add, *path, **parameters), _by_id(remove, *path))


THINGS = (
    Thing(
        "an inline policy",
        lambda duet, user: duet.call(
            "a small one", "put_user_policy", UserName=user, PolicyName="extra", PolicyDocument=DENY_TEXT
        ),
        lambda duet, user: duet.call("the small one", "delete_user_policy", UserName=user, PolicyName="extra"),
    ),
    Thing("a group", _add_group, _remove_group),
    Thing("a virtual MFA device", _add_device, _remove_device),
    _thing(
        "an SSH key",
        "upload_ssh_public_key",
        "delete_ssh_public_key",
        ("SSHPublicKey", "SSHPublicKeyId"),
        SSHPublicKeyBody=lambda _side: ssh_public_key(),
    ),
    _thing(
        "a signing certificate",
        "upload_signing_certificate",
        "delete_signing_certificate",
        ("Certificate", "CertificateId"),
        CertificateBody=lambda _side: certificate(),
    ),
    _thing(
        "a service-specific credential",
        "create_service_specific_credential",
        "delete_service_specific_credential",
        ("ServiceSpecificCredential", "ServiceSpecificCredentialId"),
        ServiceName="codecommit.amazonaws.com",
    ),
)


def burden(duet: Duet, user: str) -> None:
    """Give a user one of everything."""
    for thing in THINGS:
        thing.add(duet, user)
