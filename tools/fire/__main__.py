"""The command: python -m fire matrix|fuzz|mutants|page [options]."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from fire import fuzz, matrix, mutants, running
from fire.matrix import Row
from fire.page import write_page

PRINT_SECONDS = 30.0
SEED = 20240501


def main() -> int:
    """Run one part, or all of them, and write the page."""
    parser = argparse.ArgumentParser(prog="fire", description=__doc__)
    parser.add_argument("part", nargs="*", metavar="PART", help="matrix, fuzz or mutants; default: all of them")
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
    codes = [PARTS[name](options) for name in options.part or PARTS]
    write_page()
    return max(codes)


def run_matrix(options: argparse.Namespace) -> int:
    """Play the cells that were not played with this code yet."""
    kept = running.results()
    chosen = matrix.cells() if options.share >= 1 else matrix.drawn(options.share, seed=options.seed)
    chosen = sorted((cell for cell in chosen if options.only in cell.key), key=lambda cell: cell.number)
    done = {key: running.row_of(line) for key, line in kept.load().items()}
    todo = [cell for cell in chosen if _is_open(done.get(cell.key), again=options.again)]
    print(f"{len(chosen)} cells, {len(todo)} to play", flush=True)
    printed = time.monotonic()

    def record(row: Row) -> None:
        nonlocal printed
        kept.add(row.json)
        done[row.key] = row
        if row.outcome == matrix.FAILED:
            print(f"{row.key}: {' | '.join(row.problems)}", flush=True)
        if time.monotonic() - printed > PRINT_SECONDS:
            printed = time.monotonic()
            _print(running.table(list(done.values())))

    running.play(todo, workers=options.workers, record=record)
    rows = [done[cell.key] for cell in chosen]
    _print(running.table(rows))
    wrong = running.unexplained(rows)
    for row in wrong:
        print(f"not explained: {row.key}: {' | '.join(row.problems)}")
    return 1 if wrong else 0


def _is_open(row: Row | None, *, again: bool) -> bool:
    return row is None or (again and row.outcome == matrix.FAILED)


def _print(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)))
    print(flush=True)


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


PARTS = {"matrix": run_matrix, "fuzz": run_fuzz, "mutants": run_mutants}

if __name__ == "__main__":
    sys.exit(main())
