"""Kills on a real engine at every request of a run: series of cases, each at request 1, 2, 3 until the run ends before it."""

from __future__ import annotations

import itertools
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from fire.hold import SIDES, Side
from fire.kill_case import VERBS, Case, play
from fire.records import Results, code_digest
from fire.running import together

JUDGES = [f"tools/fire/{name}.py" for name in ("hold", "kill_case", "kill_programs", "kill_steps", "proxy")]
MOST_REQUESTS = 80
MOST_MISSES = 5
"""A series ends after so many requests that were not reached; the generations of Cortex take turns, and one makes more requests."""


@dataclass(frozen=True)
class Series:
    """Kills at every request of one kind of run. The generations of Cortex take turns.

    :param side: before or after the request is carried out; None for both by turns.
    :param checkpoints: with or without; None for both by turns.
    """

    verb: str
    victim: str
    side: Side | None
    checkpoints: bool | None

    def case(self, request: int) -> Case:
        """The case of a request, from 1."""
        after = ("same", "back") if self.verb == "destroy" else ("same", "same", "refreshed")
        return Case(
            seed=0,
            number=request,
            resources=8,
            verb=self.verb,
            victim=self.victim,
            checkpoints=request % 2 == 1 if self.checkpoints is None else self.checkpoints,
            generation="cortex" if request % 8 >= 4 and self.verb != "destroy" else "v2",
            moment=0.0,
            jitter=0.0,
            after=after[request // 4 % len(after)],
            request=request,
            side=self.side or SIDES[request // 2 % len(SIDES)],
        )

    def key(self, request: int) -> str:
        """The name of a case."""
        case = self.case(request)
        how = "with checkpoints" if case.checkpoints else "without checkpoints"
        return f"{self.victim} / {self.verb} / request {request}, {case.side} it is carried out / {how}"


def every_series() -> Iterator[Series]:
    """The engine on both sides of a request and in both modes; the other victims by turns.

    A program ends early in its run, so it is killed in runs that register new inputs only.
    """
    for verb in VERBS:
        for side, checkpoints in itertools.product(SIDES, (False, True)):
            yield Series(verb, "engine", side, checkpoints)
        for victim in ("provider", "sandbox", "interrupt", "interrupt twice"):
            yield Series(verb, victim, None, None)
        if verb in ("up", "update"):
            yield Series(verb, "program", None, None)


def results() -> Results:
    """The results of kills for the code of today."""
    return Results("kills", code=code_digest("provider/pulumi_retrieval", *JUDGES))


def table(rows: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Counts of each victim and run: a heading and lines of texts."""
    groups: defaultdict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["killed"] or row["failures"]:
            groups[row["victim"], row["verb"]].append(row)
            groups["all", ""].append(row)
    lines = [
        [
            "killed",
            "run",
            "kills",
            "without checkpoints",
            "objects missing in the state",
            "keys left and named",
            "failures",
        ]
    ]
    for key in sorted(groups, key=lambda group: (group[0] == "all", group)):
        some = groups[key]
        counts = (
            len(some),
            sum(not row["checkpoints"] for row in some),
            sum(sum(row.get("unrecorded", {}).values()) for row in some),
            sum(row.get("keys_left", 0) for row in some),
            sum(bool(row["failures"]) for row in some),
        )
        lines.append([*key, *map(str, counts)])
    return lines


def failures(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What failed: the key of a case and its first failure."""
    return [f"{row['key']}: {row['failures'][0]}" for row in rows if row["failures"]]


def run(
    chosen: Sequence[Series],
    done: dict[str, dict[str, Any]],
    record: Callable[[dict[str, Any]], None],
    *,
    engine: Path,
    workers: int,
) -> None:
    """Play series, some at once. The last row of each says that its request was not reached.

    :param done: the rows that are there already, by key.
    :param record: takes each new row, from several threads.
    """

    def one(series: Series, stop: Event) -> None:
        missed = 0
        for request in range(1, MOST_REQUESTS):
            if stop.is_set():
                return
            key = series.key(request)
            row = done.get(key)
            if row is None:
                with tempfile.TemporaryDirectory(prefix="kills-") as folder:
                    row = {
                        "key": key,
                        "kind": "kills",
                        **play(series.case(request), Path(folder).resolve(), engine=engine),
                    }
                record(row)
            missed = 0 if row.get("reached", True) else missed + 1
            if missed == MOST_MISSES:
                break

    together([partial(one, series) for series in chosen], workers=workers)
