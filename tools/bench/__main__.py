"""Measure the cost of this package, compared with an engine that has nothing to do and with the bare calls.

    make bench
    PYTHONPATH=tools .venv/bin/python -m bench --resources 100 --rounds 1

Only the ratios are meaningful: all programs run the same steps on the same machine, in turns.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.measure import Results, calls_with_secrets, measure
from bench.table import table, wrong_calls
from bench.tofu import COMMAND, COMMAND_VARIABLE, PLUGIN, PLUGIN_VARIABLE, Tofu
from bench.world import TOOLS, install

WITH_SECRETS = 10
LATENCY_MS = 7.0
"""The least time of a real Trieve server on the same machine for these calls (docs/services/trieve-observed.md 5)."""
NOTE = """
ours: without checkpoints, as docs/guides/without-checkpoints.md says. checkpointed: the same, as the engine does by default: it
writes its state at every step. floor: the same resources of an empty provider, without checkpoints. bare: the same calls in a
loop of four threads. documented: a provider as the Pulumi documentation shows one. tofu: OpenTofu with the generic plugin for
REST services, at its default of ten requests at a time. The target holds where ours is at most 1.00 of it: 1.25 times the floor
where nothing changes, 1.1 times the floor for previews, and 1.25 times the bare calls in each step that makes calls. On a machine
with other work to do, use the processor time."""


def main() -> int:
    """Measure, print the table, and fail where a step made other calls than it should."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure what this package costs on top of the engine.")
    parser.add_argument("--resources", type=int, nargs="+", default=[300, 1000], metavar="N", help="default: 300 1000")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds; ratios are medians (default: 3)")
    parser.add_argument(
        "--latency-ms",
        type=float,
        nargs="+",
        default=[LATENCY_MS, 0],
        metavar="N",
        help=f"how long the service waits before it handles a request (default: {LATENCY_MS:g}, and 0)",
    )
    parser.add_argument(
        "--no-checkpointed",
        action="store_true",
        help="leave out the runs in which the engine writes its state at every step",
    )
    parser.add_argument("--seconds", action="store_true", help="print the seconds (processor) of every step as well")
    options = parser.parse_args()
    tool = [sys.executable, str(TOOLS / "engine.py")]
    engine = Path(subprocess.run(tool, stdout=subprocess.PIPE, text=True, check=True).stdout.strip())
    tofu = Tofu.find()
    if tofu is None:
        print(
            f"bench: without OpenTofu: name {COMMAND} and {PLUGIN} by {COMMAND_VARIABLE}, {PLUGIN_VARIABLE} or on PATH"
        )
    results: list[Results] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        commands = [engine, install(folder / "installed")]
        for latency_ms, count in itertools.product(options.latency_ms, options.resources):
            results.append(
                measure(
                    count,
                    rounds=options.rounds,
                    folder=folder,
                    commands=commands,
                    checkpointed=not options.no_checkpointed,
                    tofu=tofu,
                    latency_ms=latency_ms,
                )
            )
        results.append(calls_with_secrets(WITH_SECRETS, folder=folder / "secrets", commands=commands))
    if options.seconds:
        for one in results:
            for costs in one.rounds:
                for step, taken in costs.items():
                    each = (f"{who} {cost.seconds:.2f} ({cost.processor:.2f})" for who, cost in taken.items())
                    print(one.count, f"{one.latency_ms:g} ms", step, *each, sep=", ")
    print(table(results))
    print(NOTE)
    wrong = wrong_calls(results)
    for text in wrong:
        print(f"bench: {text}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
