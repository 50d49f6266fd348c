"""Kill runs at random moments and see that the next run puts everything right: `python -m fire.kills --help`.

A row for each run goes to a file of JSON lines. Started again with the same file, the program goes on behind its last row.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(path) for path in (TOOLS, TOOLS.parent / "tests") if str(path) not in sys.path]

from fire.kill_case import VERBS, VICTIMS, draw, play  # noqa: E402

CHECKPOINT_FREE, CHECKPOINTED = "without checkpoints", "with checkpoints"


def weights(text: str, known: Iterable[str]) -> dict[str, int]:
    """Parse ``engine=60,provider=25``."""
    found = {name: int(number or 1) for name, _, number in (part.partition("=") for part in text.split(","))}
    if unknown := found.keys() - set(known):
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(known)}")
    return found


def rows_in(file: Path) -> list[dict[str, Any]]:
    """The rows of a file; none where there is no file yet."""
    return [json.loads(line) for line in file.read_text().splitlines() if line] if file.exists() else []


def table(rows: list[dict[str, Any]]) -> str:
    """What happened, as a table in Markdown: one line for each mode, victim and verb."""
    groups: defaultdict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        mode = CHECKPOINTED if row["checkpoints"] else CHECKPOINT_FREE
        groups[mode, row["victim"], row["verb"]].append(row)
    lines = [
        "| mode | killed | run | runs | kills | objects that the state did not know | keys left and named | failures |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for key, group in sorted(groups.items()):
        unknown = sum(sum(row.get("unrecorded", {}).values()) for row in group)
        counts = [
            len(group),
            sum(bool(row.get("killed")) for row in group),
            unknown,
            sum(row.get("keys_left", 0) for row in group),
            sum(bool(row["failures"]) for row in group),
        ]
        lines.append(f"| {' | '.join([*key, *map(str, counts)])} |")
    kills = sum(bool(row.get("killed")) for row in rows)
    failed = sum(bool(row["failures"]) for row in rows)
    return "\n".join([*lines, "", f"{len(rows)} runs, {kills} kills, {failed} failures."])


def engine() -> Path:
    """The folder of a `pulumi` command that works here."""
    command = [sys.executable, str(TOOLS / "engine.py"), "--quiet"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip())


def main(arguments: list[str] | None = None) -> int:
    """Run the cases that the file has no rows of yet. The exit code is 1 where anything failed."""
    parser = argparse.ArgumentParser(prog="python -m fire.kills", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="how many runs are cut off (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="decides verb, victim and moment of each run (default: 1)")
    parser.add_argument(
        "--rows", type=Path, default=Path("kills.jsonl"), help="file of the rows (default: kills.jsonl)"
    )
    parser.add_argument("--resources", type=int, default=60, help="resources of a stack, about (default: 60)")
    parser.add_argument("--checkpoints", action="store_true", help="with checkpoints; without them otherwise")
    parser.add_argument(
        "--victims", default="engine=60,provider=25,program=15", help=f"weights of {', '.join(VICTIMS)}"
    )
    parser.add_argument("--verbs", default="up", help=f"weights of {', '.join(VERBS)} (default: up)")
    parser.add_argument("--minutes", type=float, default=1e9, help="start no run after so many minutes")
    parser.add_argument("--table", action="store_true", help="print the table of the file and run nothing")
    options = parser.parse_args(arguments)
    victims, verbs = weights(options.victims, VICTIMS), weights(options.verbs, VERBS)
    rows = rows_in(options.rows)
    if options.table:
        print(table(rows))
        return int(any(row["failures"] for row in rows))
    # A shell ignores Ctrl-C in what it starts in the background, and so would everything that is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    where, until = engine(), time.monotonic() + options.minutes * 60
    done = {(row["seed"], row["number"], row["checkpoints"]) for row in rows}
    for number in range(options.runs):
        if (options.seed, number, options.checkpoints) in done or time.monotonic() > until:
            continue
        case = draw(
            options.seed,
            number,
            resources=options.resources,
            checkpoints=options.checkpoints,
            victims=victims,
            verbs=verbs,
        )
        with tempfile.TemporaryDirectory(prefix="kills-") as folder:
            row = play(case, Path(folder).resolve(), engine=where)
        rows.append(row)
        with options.rows.open("a") as file:
            file.write(json.dumps(row) + "\n")
        verdict = "ok" if not row["failures"] else f"FAILED: {row['failures'][0][:300]}"
        print(f"{number}: {case.verb}, {case.victim} at {case.moment:.2f}, {row['seconds']} s: {verdict}", flush=True)
    print(table(rows))
    return int(any(row["failures"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
