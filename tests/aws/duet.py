# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The same call on both sides, one after the other: first the sandbox, which says what to expect, then AWS."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from .replies import Reply, ask, differences

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .mark import Mark
    from .report import Report
    from .sides import Side

# What AWS answers while its parts do not know of each other's changes yet, or because an account is busy
PASSING = frozenset(
    {
        *("ConcurrentModification", "EntityTemporarilyUnmodifiable", "InvalidClientTokenId", "NoSuchEntity"),
        *("RequestLimitExceeded", "ServiceFailure", "ServiceUnavailable", "Throttling", "ThrottlingException"),
    }
)
# Permissions of somebody who has just got them come into force a little later.
_PASSING_FOR_NEW_USERS = PASSING | {"AccessDenied"}
# AWS says "try again in several minutes".
_LONGER = {"EntityTemporarilyUnmodifiable": 5}
_STS = frozenset({"get_access_key_info", "get_caller_identity"})
# For how long a read may show what was there before, at most
_STALE = 30.0

ForEach = t.Callable[["Side"], t.Any]


@dataclass(frozen=True)
class Answers:
    """What both sides said to one call."""

    aws: Reply
    sandbox: Reply

    def __getitem__(self, side: Side) -> t.Mapping[str, t.Any]:
        """What one side said."""
        return (self.aws if side.name == "AWS" else self.sandbox).content


@dataclass
class Duet:
    """Plays calls on both sides."""

    aws: Side
    sandbox: Side
    mark: Mark
    report: Report
    patience: float

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both of them."""
        return self.sandbox, self.aws

    def call(
        self,
        about: str,
        operation: str,
        *,
        by: ForEach | None = None,
        save: str = "",
        expect: str | None = "",
        types_only: bool = False,
        **parameters: t.Any,
    ) -> Answers:
        """Make a call, by the name that boto3 has for it, and note how the replies differ.

        A parameter may be a function of the side; C(by) is one that returns an access key to sign with. C(save) keeps
        what was said in the memory of the side. C(expect) is the error code that has to come, C(None) whichever does.
        """
        service = "sts" if operation in _STS else "iam"

        def call(side: Side) -> Reply:
            client = side.client(service, by(side) if by else None)
            filled_in = {name: _for(side, value) for name, value in parameters.items()}
            return ask(lambda: getattr(client, operation)(**filled_in), side.who(), types_only=types_only)

        action = self.sandbox.client(service).meta.method_to_api_mapping[operation]
        label = f"{action}, {about}"
        there = call(self.sandbox)
        here, late = self._awaited(lambda: call(self.aws), there, operation, bool(by))
        answers = Answers(here, there)
        self._note(label, answers, late, told=not any("Password" in name for name in parameters))
        for side in self.sides if save else ():
            side.memory[save] = answers[side]
        if expect is not None:
            self._expect(label, answers, expect)
        return answers

    def _awaited(self, call: Callable[[], Reply], there: Reply, operation: str, new: bool) -> tuple[Reply, str]:
        """Ask AWS until it answers as the sandbox does, or what it answers will not pass. Says how long that took."""
        began, first, here = time.monotonic(), "", call()
        for pause in _pauses():
            waited = time.monotonic() - began
            if not differences("", here, there) or waited >= self._patience_for(here, there, operation, new):
                return here, f"{first} for {waited:.0f} s" if first and not differences("", here, there) else ""
            first = first or here.code or "an older state"
            time.sleep(min(pause, self.patience))
            here = call()
        raise AssertionError

    def _patience_for(self, here: Reply, there: Reply, operation: str, new: bool) -> float:
        if here.code and here.code != there.code:
            passes = here.code in (_PASSING_FOR_NEW_USERS if new else PASSING)
            return self.patience * _LONGER.get(here.code, 1) if passes else 0
        # A read may be repeated though it was answered, and a refusal changes nothing.
        return min(self.patience, _STALE) if operation.startswith(("get_", "list_")) else 0

    def _note(self, label: str, answers: Answers, late: str, told: bool) -> None:
        self.report.asked += 1
        self.report.differ(differences(label, answers.aws, answers.sandbox))
        if late:
            self.report.late.append(f"{label}: {late}")
        # What AWS says of a password might have the password in it.
        if told and answers.aws.code == answers.sandbox.code and answers.aws.message != answers.sandbox.message:
            words = f"AWS: {answers.aws.message!r}; the sandbox: {answers.sandbox.message!r}"
            self.report.remarks.append(f"{label}: the same error in other words: {words}")

    def _expect(self, label: str, answers: Answers, code: str) -> None:
        """Note that a call was not answered as the script wants it. Where only one side is wrong, they differ."""
        came = answers.aws.code
        if came == answers.sandbox.code != code:
            self.report.broken.append(f"{label}: {code or 'success'} was due, and {came or 'success'} came")

    def both(self, faults_of: Callable[[Side], Iterator[str]]) -> dict[str, list[str]]:
        """Look for faults on both sides."""
        return {side.name: list(faults_of(side)) for side in self.sides}

    def promise(self, sentence: str, faults_of: Callable[[Side], Iterator[str]]) -> bool:
        """Say whether something holds on both sides."""
        return self.report.promise(sentence, self.both(faults_of))


def given(**parameters: t.Any) -> dict[str, t.Any]:
    """Return parameters that several calls share."""
    return parameters


def _for(side: Side, value: t.Any) -> t.Any:
    return value(side) if callable(value) else value


def _pauses() -> Iterator[float]:
    pause = 0.5
    while True:
        yield pause
        pause = min(pause * 2, 5.0)
