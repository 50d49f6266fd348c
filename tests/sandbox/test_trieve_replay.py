"""The emulator against the recording of a real server (docs/services/trieve-observed.md).

Every record is sent, in order; where the recording holds the answer, status, content type, API version and body have to
be the same. A difference is allowed only with a reason in ``EXCEPTIONS``.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from support.replay import Outcome, Replay
from support.sandbox import Sandbox

RECORDING = Path(__file__).parent.parent / "data" / "trieve-replay.jsonl"

EXCEPTIONS: dict[str, str] = {
    # "case#step": "reason"
}


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    # The recorded server had no delete worker, and its plan was unlimited.
    with Sandbox("--no-delete-worker", organization=None) as sandbox:
        replay = Replay(sandbox.base_url, sandbox.environment["TRIEVE_ADMIN_KEY"])
        return list(replay.run(RECORDING))


def _table(outcomes: list[Outcome]) -> str:
    counts: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        row = counts.setdefault(outcome.case, Counter())
        if outcome.differences is None:
            row["no answer recorded"] += 1
        elif outcome.name in EXCEPTIONS:
            row["excepted"] += 1
        else:
            row["differ" if outcome.differences else "match"] += 1
    kinds = ("match", "excepted", "no answer recorded", "differ")
    lines = [f"{'case':36}" + "".join(f"{kind:>20}" for kind in kinds)]
    lines += [f"{case:36}" + "".join(f"{row[kind]:20}" for kind in kinds) for case, row in counts.items()]
    total: Counter[str] = sum(counts.values(), Counter())
    return "\n".join([*lines, f"{'total':36}" + "".join(f"{total[kind]:20}" for kind in kinds)])


def test_every_recorded_answer_is_given_again(outcomes: list[Outcome]) -> None:
    print("\n" + _table(outcomes))
    wrong = [
        f"{outcome.name} {outcome.request}: {'; '.join(outcome.differences[:4])}"
        for outcome in outcomes
        if outcome.differences and outcome.name not in EXCEPTIONS
    ]
    assert not wrong, "\n".join(wrong)


def test_the_recording_is_as_large_as_ever(outcomes: list[Outcome]) -> None:
    assert sum(outcome.differences is not None for outcome in outcomes) >= 550


def test_every_exception_of_the_replay_is_used(outcomes: list[Outcome]) -> None:
    needed = {outcome.name for outcome in outcomes if outcome.differences}
    assert set(EXCEPTIONS) <= needed
