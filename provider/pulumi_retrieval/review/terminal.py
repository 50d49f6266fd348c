"""Prints a verdict on a terminal or into the log of a pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ..preview.texts import listed
from .findings import Level
from .verdict import ExitCode, Verdict
from .wording import Block, blocks, headline

MOST_NAMES = 12
MOST_BLOCKS = 60
STYLES = {Level.BLOCKED: "bold red", Level.APPROVAL: "bold yellow", Level.CLEAR: "green"}
HEADLINES = {
    ExitCode.CLEAR: "bold green",
    ExitCode.NO_VERDICT: "bold red",
    ExitCode.BLOCKED: "bold red",
    ExitCode.APPROVAL: "bold yellow",
}


def show(verdict: Verdict, console: Console) -> None:
    """Print a verdict. Texts of programs and services are printed literally, never as markup of rich."""
    _line(console, Text.assemble((verdict.stack, "bold"), "  ", (headline(verdict), HEADLINES[verdict.exit_code])))
    for reason in verdict.reasons:
        _indented(console, Text(reason, "red"))
    made = blocks(verdict)
    for block in made[:MOST_BLOCKS]:
        _block(block, console)
    if len(made) > MOST_BLOCKS:
        _line(console, Text(f"… and {len(made) - MOST_BLOCKS} more changes; --json writes all of them", "dim"))
    for note in verdict.notes:
        _line(console, Text(f"note: {note}", "dim"))
    if verdict.ship_the_rest:
        _line(console, Text("To ship the rest:"))
        _indented(console, Text(verdict.ship_the_rest, "bold"))
    elif verdict.stuck:
        _line(console, Text(f"The rest cannot be shipped on its own: {verdict.stuck}."))


def say(texts: Sequence[str], console: Console, *, style: str = "") -> None:
    """Print lines of text."""
    for text in texts:
        _line(console, Text(text, style))


def _block(block: Block, console: Console) -> None:
    _line(console, Text.assemble((block.kind.value, STYLES[block.level]), "  ", block.title))
    if len(block.names) > 1:
        _indented(console, Text(listed(block.names, most=MOST_NAMES), "dim"))
    if block.level is not Level.CLEAR and ("\n" in block.text or (block.text and block.changes)):
        _indented(console, Text(block.text))


def _line(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True)


def _indented(console: Console, text: Text) -> None:
    for line in text.split("\n", allow_blank=False):
        console.print(Text("    ") + line, soft_wrap=True)
