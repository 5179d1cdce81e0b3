# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Start, find and stop the endpoint of a run directory."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import signal
import sys
import threading
import time
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 60.0


def write_private(path: Path, text: str) -> None:
    """Write a file atomically that only its owner can read."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    temporary.replace(path)


def running(run_dir: Path) -> dict[str, t.Any] | None:
    """Return the connection of this directory's endpoint if it is running, or None."""
    try:
        connection: dict[str, t.Any] = json.loads((run_dir / "connection.json").read_text(encoding="utf-8"))
        pid = int((run_dir / "pid").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return connection if ping(str(connection.get("endpoint_url"))) == pid else None


def ping(url: str) -> int | None:
    """Ask an endpoint for its process ID. Returns None if it does not reply."""
    http_connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        http_connection.request("GET", "/_sandbox/ping")
        return int(json.loads(http_connection.getresponse().read())["pid"])
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return None
    finally:
        http_connection.close()


@contextlib.contextmanager
def _alone(run_dir: Path) -> Iterator[None]:
    """Lock the run directory, so that two starts at the same time start one endpoint."""
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    run_dir.chmod(0o700)
    descriptor = os.open(run_dir, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def start(run_dir: Path, port: int, managed_policies: list[Path]) -> int:
    """Start an endpoint in the background, and wait until it replies. Returns the exit code."""
    managed_policies = [path.resolve() for path in managed_policies]
    run_dir = run_dir.resolve()
    with _alone(run_dir):
        if connection := running(run_dir):
            print(f"already running at {connection['endpoint_url']}")
            return 0
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _detach(run_dir, port, managed_policies)
        os.waitpid(child, 0)
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if connection := running(run_dir):
                print(f"started at {connection['endpoint_url']}")
                return 0
            if (run_dir / "failed").exists():
                break
            time.sleep(0.05)
    print(f"the endpoint did not start; see {run_dir / 'server.log'}", file=sys.stderr)
    return 1


def _detach(run_dir: Path, port: int, managed_policies: list[Path]) -> t.NoReturn:
    """Become a daemon with its own session, without a terminal, and with only the log open. Then serve."""
    os.setsid()
    if os.fork():
        os._exit(0)
    failed = run_dir / "failed"
    status = 1
    try:
        failed.unlink(missing_ok=True)
        log = os.open(run_dir / "server.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.chdir("/")
        serve(run_dir, port, managed_policies)
        status = 0
    except BaseException:
        failed.touch()
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def serve(run_dir: Path, port: int, managed_policies: list[Path], until_stdin_ends: bool = False) -> None:
    """Serve in this process until it is stopped."""
    for name in [name for name in os.environ if name.startswith("MOTO_")]:
        del os.environ[name]  # These change moto's behaviour, such as its account ID.
    from .account import REGION, Account, operator_keys  # noqa: PLC0415  # moto takes half a second, which "stop" need not wait for
    from .endpoint import Endpoint  # noqa: PLC0415
    from .server import HOST, listen  # noqa: PLC0415

    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    access_key, secret_key = operator_keys()
    server = listen(Endpoint(Account(access_key, secret_key, managed_policies)), port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    if until_stdin_ends:
        threading.Thread(target=_wait_for_end, args=(server.shutdown,), daemon=True).start()
    connection = {
        "endpoint_url": f"http://{HOST}:{server.server_port}",
        "region": REGION,
        "access_key": access_key,
        "secret_key": secret_key,
        "session_token": "",
        "profile": "",
    }
    write_private(run_dir / "pid", f"{os.getpid()}\n")
    write_private(run_dir / "connection.json", json.dumps(connection, indent=2) + "\n")
    try:
        server.serve_forever(poll_interval=0.05)
    finally:
        forget(run_dir)


def _wait_for_end(shutdown: t.Callable[[], None]) -> None:
    """Stop when standard input is closed, which also happens if the process that started this one is killed."""
    while sys.stdin.buffer.read(4096):
        pass
    shutdown()


def forget(run_dir: Path) -> None:
    """Remove the files of a stopped endpoint."""
    for name in ("connection.json", "pid", "failed"):
        (run_dir / name).unlink(missing_ok=True)


def stop(run_dir: Path) -> int:
    """Stop the endpoint of this directory. Returns the exit code."""
    connection = running(run_dir)
    if connection is None:
        forget(run_dir)
        print("not running")
        return 0
    pid = int((run_dir / "pid").read_text(encoding="utf-8"))
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while ping(connection["endpoint_url"]) == pid and time.monotonic() < deadline:
        time.sleep(0.05)
    forget(run_dir)
    print(f"stopped {connection['endpoint_url']}")
    return 0
