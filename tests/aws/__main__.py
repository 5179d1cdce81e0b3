# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The command line: C(python -m tests.aws run|clean|policy --account 123456789012)."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
import traceback
import typing as t

import botocore.exceptions

from . import answers, class_life, folders, guards, left_overs, permissions, sides, steps
from .duet import Duet
from .interrupts import InterruptedRun, Interrupts
from .mark import Mark
from .report import Report, complain, say

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

GOOD, BAD, REFUSED, INTERRUPTED = 0, 1, 2, 130
PARTS: dict[str, tuple[str, Callable[[Duet], None]]] = {
    "steps": ("The nine steps of the workshop's page", steps.run),
    "class": ("The life of a class of five", class_life.run),
    "guards": ("What has to be refused", guards.run),
    "answers": ("The odd answers of IAM", answers.run),
}
_REMOVAL_PATIENCE = 900.0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.aws", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="hold the collection and the sandbox against the account")
    run.add_argument("--part", action="append", choices=PARTS, help="only this one; may be given more than once")
    run.add_argument("--patience", type=float, default=60, help="seconds for which AWS may be late; 60 if not given")
    clean = commands.add_parser("clean", help="remove what earlier runs have left")
    policy = commands.add_parser("policy", help="print a policy that allows as much as a run needs")
    for command in (run, clean, policy):
        command.add_argument("--account", required=True, help="the account that is meant, by its 12 digits")
    for command in (run, clean):
        command.add_argument("--pause", type=float, default=5, help="seconds between two looks for what is left")
    return parser


def _run(options: argparse.Namespace) -> int:
    began = time.monotonic()
    aws = sides.the_shells(options.account)
    interrupts, mark, report = Interrupts(), Mark.new(), Report()
    problems, interrupted = list[str](), False
    with folders.folder_of(mark) as folder:
        try:
            with _a_copy_of(aws) as sandbox:
                for side, name in ((aws, "aws"), (sandbox, "sandbox")):
                    side.take_mark(mark, folder / name)
                _introduce(aws, mark)
                try:
                    try:
                        _play(Duet(aws, sandbox, mark, report, options.patience), options.part or list(PARTS))
                    finally:
                        interrupts.hold()
                finally:  # once more, in case it was interrupted just then
                    interrupts.hold()
                    problems = _clean_up(aws, options.pause, {mark.token})
        except InterruptedRun as error:
            say(f"Interrupted by {error}.")
            interrupted = True
    report.sum_up()
    say(f"It took {time.monotonic() - began:.0f} s.")
    return INTERRUPTED if interrupted else GOOD if report.good and not problems else BAD


@contextlib.contextmanager
def _a_copy_of(aws: sides.Side) -> Iterator[sides.Side]:
    """Start a sandbox that is set as the account is. Until then, nothing was written in the account."""
    with sides.a_sandbox() as (sandbox, server):
        try:
            sides.make_alike(aws, sandbox, server)
        except botocore.exceptions.ClientError as error:
            raise sides.RefusedError(f"AWS does not show how the account is set: {error}") from error
        yield sandbox


def _introduce(aws: sides.Side, mark: Mark) -> None:
    url = aws.client("iam").meta.endpoint_url
    say(f"{aws.operator} in account {aws.account}, at {url}")
    say(f"Everything is made in {mark.path}, with names that begin with {mark.prefix}, and removed in the end.")


def _play(duet: Duet, parts: Sequence[str]) -> None:
    for part in parts:
        title, play = PARTS[part]
        say(f"\n{title}:")
        try:
            play(duet)
        except Exception as error:  # whatever it is, the other parts are played
            complain(traceback.format_exc())
            duet.report.broken.append(f"{title}: this part ended with {error!r}")


def _clean_up(aws: sides.Side, pause: float, tokens: Collection[str] | None) -> list[str]:
    say("\nRemoving what was made:")
    problems = left_overs.remove(aws.client("iam"), _REMOVAL_PATIENCE, tokens, pause)
    for problem in problems:
        complain(f"  NOT REMOVED: {problem}")
    if problems:
        complain(f"Remove it later with: make test-aws-clean AWS_ACCOUNT={aws.account}")
    else:
        say("  nothing is left")
    return problems


def _clean(options: argparse.Namespace) -> int:
    aws = sides.the_shells(options.account)
    at_work = {token for token, alive in folders.known().items() if alive}
    found = left_overs.find(aws.client("iam"))
    tokens = {one.token for one in found.ours} - at_work
    for token in sorted(at_work):
        say(f"Run {token} is at work on this machine; what it has made is left alone.")
    for doubt in found.alike:
        say(f"Left alone: {doubt}.")
    left = [one for one in found.ours if one.token in tokens]
    say(f"{len(left)} things are left over in account {aws.account}{':' if left else '.'}")
    for one in left:
        say(f"  {one}")
    Interrupts().hold()
    problems = _clean_up(aws, options.pause, tokens) if left else []
    for token in folders.known().keys() - at_work:
        folders.forget(token)
    return BAD if problems else GOOD


def main() -> int:
    """Do what the command line says."""
    options = _parser().parse_args()
    if options.command == "policy":
        say(json.dumps(permissions.document(options.account), indent=2))
        return GOOD
    try:
        return _run(options) if options.command == "run" else _clean(options)
    except sides.RefusedError as error:
        complain(f"Refused: {error}")
        return REFUSED


if __name__ == "__main__":
    sys.exit(main())
