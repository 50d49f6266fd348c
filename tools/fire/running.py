"""Plays cells on several benches at once, writes each result down, and prints a table as it goes."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from threading import Event
from typing import Any

from fire.bench import Bench
from fire.explained import explanation
from fire.matrix import FAILED, PASSED, UNMET, Cell, FaultTrial, Row, batches
from fire.records import Results, code_digest
from fire.stories import STORIES

BATCH = 40
EXPLAINED = "explained"
JUDGES = [
    f"tools/fire/{name}.py" for name in ("bench", "exchange", "faults", "held", "matrix", "proxy", "stories", "world")
]


def results() -> Results:
    """The results of the matrix for today's code."""
    return Results("matrix", code=code_digest("provider/pulumi_retrieval", *JUDGES))


def rows_of(kept: Results) -> dict[str, Row]:
    """The rows that are there already for the code of today, by key."""
    return {key: row_of(line) for key, line in kept.load().items()}


def row_of(line: Mapping[str, Any]) -> Row:
    """A row as it was written down."""
    return Row(line["key"], line["outcome"], line["said"], line["fired"], tuple(line["problems"]))


def play(chosen: Sequence[Cell], *, workers: int, record: Callable[[Row], None]) -> None:
    """Play cells, each batch on a bench of its own.

    :param record: takes each row, from several threads.
    """
    together([partial(_batch, batch, record) for batch in batches(chosen, size=BATCH)], workers=workers)


def together(tasks: Sequence[Callable[[Event], None]], *, workers: int) -> None:
    """Run tasks, some at once. After Ctrl-C or an error no further one begins.

    :param tasks: each gets an event that is set when it shall end early.
    """
    stop = Event()
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(task, stop) for task in tasks]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _batch(batch: Sequence[Cell], record: Callable[[Row], None], stop: Event) -> None:
    left = list(batch)
    while left and not stop.is_set():
        with Bench(STORIES[left[0].resource].version) as bench:
            while left and not stop.is_set():
                row = _one(bench, left.pop(0))
                record(row)
                if row.outcome == FAILED:
                    break  # what a failure left behind shall not make others fail


def _one(bench: Bench, cell: Cell) -> Row:
    try:
        return FaultTrial(bench, cell).run()
    except Exception:
        return Row(cell.key, FAILED, "", 0, (f"the trial broke: {traceback.format_exc()[-1500:]}",))


def table(rows: Iterable[Row]) -> list[list[str]]:
    """Counts of each resource, and of all: a heading and lines of texts."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        outcome = EXPLAINED if row.outcome == FAILED and explanation(row) else row.outcome
        for name in (row.key.split(" / ")[0], "all"):
            counts.setdefault(name, Counter())[outcome] += 1
    order = [name for name in (*STORIES, "all") if name in counts]
    kinds = (PASSED, EXPLAINED, FAILED, UNMET)
    heading = ["resource", "cells", *kinds]
    return [
        heading,
        *([name, str(counts[name].total()), *(str(counts[name][kind]) for kind in kinds)] for name in order),
    ]


def unexplained(rows: Iterable[Row]) -> list[Row]:
    """The rows that fail without an explanation."""
    return [row for row in rows if row.outcome == FAILED and explanation(row) is None]
