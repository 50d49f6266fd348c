"""Writes the figures of the last run into the documentation, between two markers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fire import fuzz, kill_steps, matrix, mutants, running
from fire.explained import explanation
from fire.matrix import Row
from fire.records import FOLDER, ROOT, Results, last_code
from fire.survivors import SURVIVORS

PAGE = ROOT / "docs" / "promises.md"
BEGIN, END = "<!-- figures of make fire: begin -->", "<!-- figures of make fire: end -->"
Lines = Mapping[str, Mapping[str, Any]]


def write_page() -> None:
    """Write the figures of every part that has run here; the figures of the other parts stay as they are."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    old, _, after = rest.partition(END)
    kept = {text.partition("\n")[0]: text.strip() for text in old.split("### ")[1:]}
    parts = []
    for name, (heading, show) in PARTS.items():
        code = last_code(FOLDER / f"{name}.jsonl")
        if code is not None:
            parts.append(f"### {heading}\n\n{show(Results(name, code=code).load())}")
        elif heading in kept:
            parts.append(f"### {kept[heading]}")
    PAGE.write_text("\n\n".join([f"{before}{BEGIN}", *parts, f"{END}{after}"]))


def _matrix(lines: Lines) -> str:
    rows = [running.row_of(line) for line in lines.values()]
    cells = len(matrix.cells())
    played = "All" if len(rows) == cells else f"A part, drawn by chance: {len(rows)} of the"
    head = f"{played} {cells} cells were played, at commit {_commits(lines)}."
    return f"{head}\n\n{_markdown(running.table(rows))}{_reasons(rows)}"


def _reasons(rows: Sequence[Row]) -> str:
    """The reasons of the explained rows, with how many there are of each."""
    counts = Counter(found.reason for row in rows if row.outcome == matrix.FAILED and (found := explanation(row)))
    if not counts:
        return ""
    lines = "\n".join(f"| {count} | {reason} |" for reason, count in counts.most_common())
    return f"\n\n| explained | why |\n| ---: | --- |\n{lines}"


def _steps(lines: Lines) -> str:
    rows = [running.row_of(line) for line in lines.values()]
    killed = [row for row in rows if row.outcome != matrix.UNMET]
    head = f"{len(killed)} kills, at commit {_commits(lines)}."
    return f"{head}\n\n{_markdown(running.table(killed))}{_reasons(killed)}"


def _kills(lines: Lines) -> str:
    kills = sum(bool(line["killed"]) for line in lines.values())
    head = f"{kills} kills, at commit {_commits(lines)}."
    failed = "\n".join(f"- {text}" for text in kill_steps.failures(lines.values()))
    told = f"\n\n{failed}" if failed else ""
    return f"{head}\n\n{_markdown(kill_steps.table(lines.values()))}{told}"


def _fuzz(lines: Lines) -> str:
    total = sum(line["examples"] for line in lines.values())
    head = f"{total} examples, at commit {_commits(lines)}."
    return f"{head}\n\n{_markdown(fuzz.table(lines.values()))}"


def _mutants(lines: Lines) -> str:
    open_ones = mutants.unexplained(lines.values())
    listed = [(key, reason) for key, reason in SURVIVORS.items() if key in lines]
    listed += [(key, "open: no reason is known, and no test that judged it fails") for key in open_ones]
    rows = "\n".join(f"| `{_cell(key)}` | {_cell(reason)} |" for key, reason in listed)
    told = f"\n\n| survivor | why |\n| --- | --- |\n{rows}" if listed else ""
    head = f"{len(lines)} mutants were judged, at commit {_commits(lines)}."
    return f"{head}\n\n{_markdown(mutants.table(lines.values()))}{told}"


def _commits(lines: Lines) -> str:
    return ", ".join(sorted({f"`{line['commit']}`" for line in lines.values()}))


def _markdown(table: Sequence[Sequence[str]]) -> str:
    heading, *rows = table
    rule = ["---", *("---:" for _ in heading[1:])]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in (heading, rule, *rows))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PARTS: Mapping[str, tuple[str, Callable[[Lines], str]]] = {
    "matrix": ("The matrix", _matrix),
    "steps": ("Kills of the provider process", _steps),
    "kills": ("Kills on the engine", _kills),
    "fuzz": ("Generated inputs", _fuzz),
    "mutants": ("Mutants", _mutants),
}
"""Part → its heading, and what writes its figures."""
