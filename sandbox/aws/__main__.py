# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The command line: C(python -m sandbox.aws start|env|stop --run-dir DIR)."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from . import client, daemon


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws", description="An AWS endpoint on this machine")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start the endpoint; does nothing if it is running already")
    start.add_argument("--port", type=int, default=0, help="the port; 0, the default, chooses a free one")
    start.add_argument(
        "--managed-policy",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.json",
        help="create a customer managed policy called FILE; can be given more than once",
    )
    start.add_argument("--foreground", action="store_true", help="do not become a daemon")
    start.add_argument("--until-stdin-ends", action="store_true", help="with --foreground: stop when stdin is closed")
    env = commands.add_parser("env", help="print shell commands that point AWS clients to the endpoint, including keys")
    stop = commands.add_parser("stop", help="stop the endpoint and remove its files")
    for command in (start, env, stop):
        command.add_argument("--run-dir", type=Path, required=True, help="the directory for connection.json")
    return parser


def _print_environment(run_dir: Path) -> int:
    connection = daemon.running(run_dir)
    if connection is None:
        print("not running", file=sys.stderr)
        return 1
    # These variables would conflict with the keys of the endpoint.
    print("unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN")
    for name, value in client.environment(connection).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def main() -> int:
    """Run the command line."""
    arguments = _parser().parse_args()
    if arguments.command == "env":
        return _print_environment(arguments.run_dir)
    if arguments.command == "stop":
        return daemon.stop(arguments.run_dir)
    if arguments.foreground:
        daemon.serve(arguments.run_dir, arguments.port, arguments.managed_policy, arguments.until_stdin_ends)
        return 0
    return daemon.start(arguments.run_dir, arguments.port, arguments.managed_policy)


if __name__ == "__main__":
    sys.exit(main())
