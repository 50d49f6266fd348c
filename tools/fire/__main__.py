"""The command: python -m fire matrix|steps|kills|fuzz|mutants [options]."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from fire import fuzz, kill_steps, kills, matrix, mutants, running, steps
from fire.matrix import Row
from fire.page import write_page
from fire.records import Results

PRINT_SECONDS = 30.0
SEED = 20240501
INTERRUPTED = 130


def main() -> int:
    """Run one part, or all of them, and write the page."""
    parser = argparse.ArgumentParser(prog="fire", description=__doc__)
    parser.add_argument(
        "part", nargs="*", metavar="PART", help="one of matrix, steps, kills, fuzz, mutants; default: all of them"
    )
    parser.add_argument(
        "--workers", type=int, default=4, metavar="N", help="benches at once; they wait more than they work"
    )
    parser.add_argument(
        "--share", type=float, default=1.0, metavar="X", help="of cells, examples or mutants, drawn with a seed"
    )
    parser.add_argument("--seed", type=int, default=SEED, metavar="N")
    parser.add_argument("--only", default="", metavar="TEXT", help="cells or mutants whose name has this in it")
    parser.add_argument("--again", action="store_true", help="play cells again that failed")
    parser.add_argument("--core-only", action="store_true", help="judge mutants without the tests that start a sandbox")
    options = parser.parse_args()
    if unknown := set(options.part) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    try:
        return max([PARTS[name](options) for name in options.part or PARTS])
    except KeyboardInterrupt:
        print("interrupted; the next run goes on from here", file=sys.stderr)
        return INTERRUPTED
    finally:
        write_page()


class Rows:
    """Writes rows down, and prints failures and a table as they come.

    :param kept: the file.
    :param done: the rows that are there already, by key.
    """

    def __init__(self, kept: Results, done: dict[str, Row]) -> None:
        self.done = done
        self._kept, self._printed, self._lock = kept, time.monotonic(), threading.Lock()

    def add(self, row: Row) -> None:
        """Take a row, from any thread."""
        with self._lock:
            self._kept.add(row.json)
            self.done[row.key] = row
            if row.outcome == matrix.FAILED:
                print(f"{row.key}: {' | '.join(row.problems)}", flush=True)
            if time.monotonic() - self._printed > PRINT_SECONDS:
                self._printed = time.monotonic()
                _print(running.table(list(self.done.values())))

    def conclude(self, rows: Sequence[Row]) -> int:
        """Print the table of all rows and those that nothing explains; 1 where there is one, else 0."""
        _print(running.table(rows))
        wrong = running.unexplained(rows)
        for row in wrong:
            print(f"not explained: {row.key}: {' | '.join(row.problems)}")
        return 1 if wrong else 0


def run_matrix(options: argparse.Namespace) -> int:
    """Play the cells that were not played with this code yet."""
    kept = running.results()
    chosen = matrix.cells() if options.share >= 1 else matrix.drawn(options.share, seed=options.seed)
    chosen = sorted((cell for cell in chosen if options.only in cell.key), key=lambda cell: cell.number)
    rows = Rows(kept, running.rows_of(kept))
    todo = [cell for cell in chosen if not _is_over(rows.done.get(cell.key), again=options.again)]
    print(f"{len(chosen)} cells, {len(todo)} to play", flush=True)
    running.play(todo, workers=options.workers, record=rows.add)
    return rows.conclude([rows.done[cell.key] for cell in chosen])


def run_steps(options: argparse.Namespace) -> int:
    """Kill the provider process at every request of every operation, as far as that was not done with this code yet."""
    kept = steps.results()
    known = running.rows_of(kept)
    rows = Rows(kept, {key: row for key, row in known.items() if _is_over(row, again=options.again)})
    steps.play(rows.add, dict(rows.done), workers=options.workers, only=options.only)
    return rows.conclude([row for key, row in rows.done.items() if options.only in key])


def _is_over(row: Row | None, *, again: bool) -> bool:
    """Whether it need not be played. :param again: whether failures are."""
    return row is not None and not (again and row.outcome == matrix.FAILED)


def _print(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)))
    print(flush=True)


def run_kills(options: argparse.Namespace) -> int:
    """Kill runs on the engine at every request, as far as that was not done with this code yet."""
    # A shell ignores Ctrl-C in what it starts in the background, and so would everything that is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    kept = kill_steps.results()
    done = kept.load()
    if options.again:
        done = {key: row for key, row in done.items() if not row["failures"]}
    lock = threading.Lock()

    def record(row: dict[str, Any]) -> None:
        with lock:
            kept.add(row)
            done[row["key"]] = row
            verdict = (
                f"FAILED: {row['failures'][0][:300]}" if row["failures"] else "ok" if row["killed"] else "over before"
            )
            print(f"{row['key']}, {row['seconds']} s: {verdict}", flush=True)

    chosen = [one for one in kill_steps.every_series() if options.only in one.key(1)]
    kill_steps.run(chosen, dict(done), record, engine=kills.engine(), workers=options.workers)
    _print(kill_steps.table(done.values()))
    wrong = kill_steps.failures(done.values())
    for text in wrong:
        print(f"failed: {text}")
    return 1 if wrong else 0


def run_fuzz(options: argparse.Namespace) -> int:
    """Play the chunks that were not played with this code yet."""
    lines = fuzz.Fuzzing(share=options.share, seed=options.seed).run().values()
    _print(fuzz.table(lines))
    return 1 if any(line["problems"] for line in lines) else 0


def run_mutants(options: argparse.Namespace) -> int:
    """Judge the mutants that were not judged with this code yet."""
    part = mutants.Mutation(
        share=options.share,
        seed=options.seed,
        sandbox=not options.core_only,
        only=options.only,
        workers=os.cpu_count() or 1,
    )
    lines = part.run().values()
    _print(mutants.table(lines))
    wrong = mutants.unexplained(lines)
    for key in wrong:
        print(f"survived, not explained: {key}")
    return 1 if wrong else 0


PARTS = {"matrix": run_matrix, "steps": run_steps, "kills": run_kills, "fuzz": run_fuzz, "mutants": run_mutants}

if __name__ == "__main__":
    sys.exit(main())
