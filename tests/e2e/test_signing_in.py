# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The operator signs in as AWS recommends it: botocore's own providers, against stand-ins of AWS's endpoints."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import threading
import typing as t
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from .conftest import USER, Run, Workshop

if t.TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

SESSION = "arn:aws:iam::123456789012:user/sandbox-operator"
START = "https://school.awsapps.com/start"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
MAY_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
Keys = dict[str, t.Any]


class SignIn:
    """Stands for AWS Sign-In (C(/v1/token)) and for IAM Identity Center (C(/federation/credentials))."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.refusal = ""
        self.asked: list[str] = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            """Answers as the two services do."""

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stand_in.asked.append(self.path)
                proven = stand_in.is_proven(self.headers.get("DPoP", ""))
                if self.path != "/v1/token" or body["refreshToken"] != "a refresh token" or not proven:
                    self._answer(400, {"error": "INVALID_REQUEST", "message": "No."}, "ValidationException")
                elif stand_in.refusal:
                    self._answer(403, {"error": stand_in.refusal, "message": "No."}, "AccessDeniedException")
                else:
                    self._answer(200, stand_in.token())

            def do_GET(self) -> None:
                stand_in.asked.append(self.path)
                told = parse_qs(urlsplit(self.path).query)
                wanted = {"role_name": ["Operator"], "account_id": ["123456789012"]}
                if self.headers.get("x-amz-sso_bearer_token") != "an SSO token" or told != wanted or stand_in.refusal:
                    self._answer(401, {"message": "Session token not found or invalid"}, "UnauthorizedException")
                else:
                    self._answer(200, {"roleCredentials": stand_in.role_credentials()})

            def _answer(self, status: int, content: dict[str, t.Any], error: str = "") -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if error:
                    self.send_header("x-amzn-ErrorType", error)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: t.Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self) -> dict[str, t.Any]:
        access = {
            "accessKeyId": self.keys["AccessKeyId"],
            "secretAccessKey": self.keys["SecretAccessKey"],
            "sessionToken": self.keys["SessionToken"],
        }
        return {
            "accessToken": access,
            "tokenType": "urn:aws:params:oauth:token-type:access_token_sigv4",
            "expiresIn": 900,
            "refreshToken": "another refresh token",
        }

    def role_credentials(self) -> dict[str, t.Any]:
        end = datetime.now(tz=UTC) + timedelta(hours=1)
        access = self.token()["accessToken"]
        return {**access, "expiration": int(end.timestamp() * 1000)}

    @staticmethod
    def is_proven(proof: str) -> bool:
        """See that whoever asks holds the key that the session belongs to (RFC 9449)."""
        parts = proof.split(".")
        if len(parts) != 3:
            return False
        header, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in parts)
        point = [int.from_bytes(base64.urlsafe_b64decode(json.loads(header)["jwk"][one] + "==")) for one in "xy"]
        key = ec.EllipticCurvePublicNumbers(point[0], point[1], ec.SECP256R1()).public_key()
        halves = (int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        signed = f"{parts[0]}.{parts[1]}".encode()
        key.verify(utils.encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
        return str(json.loads(claims)["htm"]) == "POST"


@pytest.fixture
def sign_in(workshop: Workshop) -> Iterator[SignIn]:
    """A stand-in that gives out the keys of a session in the sandbox."""
    iam = workshop.client("iam")
    arn = iam.create_role(RoleName="Operator", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="Operator", PolicyName="all", PolicyDocument=json.dumps(MAY_ALL))
    session = workshop.client("sts").assume_role(RoleArn=arn, RoleSessionName="anna")
    stand_in = SignIn(session["Credentials"])
    yield stand_in
    stand_in.server.shutdown()


class Home:
    """A home directory with C(~/.aws), and what points botocore to it and to the stand-in."""

    def __init__(self, path: Path, workshop: Workshop, profile: str, endpoint: str = "") -> None:
        self.aws = path / "home" / ".aws"
        self.aws.mkdir(parents=True)
        (self.aws / "config").write_text(f"[profile operator]\nregion = us-east-1\n{profile}\n", encoding="utf-8")
        self._workshop = workshop
        self.env = {
            "HOME": str(path / "home"),
            "AWS_ENDPOINT_URL_SSO": endpoint,
            "AWS_ENDPOINT_URL_SIGNIN": endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        connection = {"profile": "operator", "endpoint_url": workshop.aws.url}
        workshop.variables({"aws_connection": connection}, "connection")

    def setup(self, **env: str) -> Run:
        return self._workshop.run("playbooks/setup.yml", env={**self.env, **env})


def assert_served(workshop: Workshop, run: Run) -> None:
    assert run.status == 0, run.output
    assert run.recap("participant")["ignored"] == 0, run.output
    assert USER in {user["UserName"] for user in workshop.client("iam").list_users()["Users"]}
    assert not [secret for secret in workshop.aws.secrets() if secret in run.output]


def assert_refused(workshop: Workshop, run: Run, said: str) -> None:
    assert run.status != 0
    assert said in run.flat()
    assert "Traceback" not in run.output
    assert not workshop.credentials.exists()
    assert "iam:CreateUser" not in workshop.aws.calls()


def logged_in(home: Home, keys: Keys, end: timedelta) -> Path:
    """Leave what C(aws login) leaves, whose keys end then."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    token = {
        "accessToken": {
            "accessKeyId": keys["AccessKeyId"],
            "secretAccessKey": keys["SecretAccessKey"],
            "sessionToken": keys["SessionToken"],
            "accountId": "123456789012",
            "expiresAt": f"{datetime.now(tz=UTC) + end:%Y-%m-%dT%H:%M:%SZ}",
        },
        "tokenType": "aws_sigv4",
        "refreshToken": "a refresh token",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": pem.decode(),
    }
    cache = home.aws / "login" / "cache"
    cache.mkdir(parents=True)
    path = cache / f"{hashlib.sha256(SESSION.encode()).hexdigest()}.json"
    path.write_text(json.dumps(token), encoding="utf-8")
    return path


LOGIN = f"login_session = {SESSION}"
OVER, LASTS = timedelta(minutes=-5), timedelta(hours=1)


def test_a_profile_that_aws_login_made(workshop: Workshop, sign_in: SignIn, tmp_path: Path) -> None:
    home = Home(tmp_path, workshop, LOGIN, sign_in.url)
    cache = logged_in(home, dict.fromkeys(("AccessKeyId", "SecretAccessKey", "SessionToken"), "over"), OVER)
    assert_served(workshop, home.setup())
    assert sign_in.asked == ["/v1/token"]
    assert json.loads(cache.read_text(encoding="utf-8"))["refreshToken"] == "another refresh token"


@pytest.mark.usefixtures("sign_in")
def test_without_awscrt_it_is_said_what_to_install(workshop: Workshop, sign_in: SignIn, tmp_path: Path) -> None:
    home = Home(tmp_path, workshop, LOGIN, sign_in.url)
    logged_in(home, sign_in.keys, LASTS)
    run = home.setup(BOTO_DISABLE_CRT="true")
    assert_refused(workshop, run, f"That is for the Python that runs Ansible: {sys.executable} -m pip install")
    assert "botocore[crt]" in run.flat()


def test_a_login_that_is_over_asks_for_another(workshop: Workshop, sign_in: SignIn, tmp_path: Path) -> None:
    home = Home(tmp_path, workshop, LOGIN, sign_in.url)
    logged_in(home, sign_in.keys, OVER)
    sign_in.refusal = "TOKEN_EXPIRED"
    assert_refused(workshop, home.setup(), "sign in again with aws login, for the same profile")


def test_a_profile_of_identity_center(workshop: Workshop, sign_in: SignIn, tmp_path: Path) -> None:
    role = "sso_session = school\nsso_account_id = 123456789012\nsso_role_name = Operator"
    told = f"{role}\n[sso-session school]\nsso_start_url = {START}\nsso_region = us-east-1"
    home = Home(tmp_path, workshop, told, sign_in.url)
    assert_refused(workshop, home.setup(), "sign in again with aws sso login, for the same profile")
    cache = home.aws / "sso" / "cache"
    cache.mkdir(parents=True)
    end = f"{datetime.now(tz=UTC) + LASTS:%Y-%m-%dT%H:%M:%SZ}"
    token = {"startUrl": START, "region": "us-east-1", "accessToken": "an SSO token", "expiresAt": end}
    (cache / f"{hashlib.sha1(b'school').hexdigest()}.json").write_text(json.dumps(token), encoding="utf-8")
    assert_served(workshop, home.setup())
    assert any(path.startswith("/federation/credentials") for path in sign_in.asked)
    sign_in.refusal = "over"
    over = home.setup()
    assert over.status != 0
    assert "sign in again with aws sso login, for the same profile" in over.flat()
    assert "Traceback" not in over.output


def test_a_process_that_knows_credentials(workshop: Workshop, sign_in: SignIn, tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    home = Home(tmp_path, workshop, f"credential_process = cat {told}")
    assert_refused(
        workshop, home.setup(), "Failed to sign in to AWS: Error when retrieving credentials from custom-process"
    )
    keys = {name: sign_in.keys[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}
    told.write_text(json.dumps({"Version": 1, **keys}), encoding="utf-8")
    assert_served(workshop, home.setup())


def test_a_profile_that_is_not_there(workshop: Workshop, tmp_path: Path) -> None:
    home = Home(tmp_path, workshop, "")
    run = home.setup(AWS_CONFIG_FILE=str(tmp_path / "nothing"))
    assert_refused(workshop, run, "Failed to sign in to AWS: The config profile (operator) could not be found; check")
