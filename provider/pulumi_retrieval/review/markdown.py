"""Renders a verdict as one comment of a pull request, always within the size limit of GitHub.

The comment begins with a marker that names the stack, by which a pipeline finds an earlier comment to replace it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from ..core.redaction import shorten
from ..preview.texts import listed
from .binding import Binding
from .verdict import ExitCode, Verdict
from .wording import Block, blocks, headline

MOST = 65_000
"""The most characters of a comment; GitHub accepts 65,536."""
MOST_LINE = 12_000
"""The most characters of the command that ships the rest, with its code fence."""
MOST_TEXT = 1_500
"""The most characters of one explanation."""
MOST_NAMES = 20
"""The most names shown for one block."""
MOST_NAME = 120
"""The most characters of a name; a title may have four times as many."""
_RESERVE = 2_500
"""Characters reserved for the text after the blocks, without the command that ships the rest."""

_BACKTICKS = re.compile(r"`+")


def marker(stack: str) -> str:
    """The first line of the comment about a stack; a pipeline finds the comment by it."""
    return f"<!-- pulumi-retrieval review {html.escape(stack).replace('--', '&#45;&#45;')} -->"


def to_markdown(verdict: Verdict) -> str:
    """Render a verdict as Markdown of at most `MOST` characters."""
    head = [marker(verdict.stack), f"### `{_inline(verdict.stack)}` {headline(verdict)}", ""]
    head += _reasons(verdict)
    tail = _tail(verdict)
    room = MOST - len("\n".join([*head, *tail])) - _RESERVE
    shown, left = _fitting([_block(block) for block in blocks(verdict)], room)
    more = [f"… and {left} more changes: see the JSON form of this verdict.", ""] if left else []
    return "\n".join([*head, *shown, *more, *tail]).rstrip() + "\n"


def _reasons(verdict: Verdict) -> list[str]:
    if not verdict.reasons:
        return []
    text = "\n".join(_cut(reason) for reason in verdict.reasons[:5])
    return ["There is no verdict on this stack:", "", *_fenced(text), ""]


def _fitting(texts: Sequence[str], room: int) -> tuple[list[str], int]:
    """The first texts that fit into `room` characters, and the number of texts left out."""
    shown: list[str] = []
    for place, text in enumerate(texts):
        room -= len(text) + 1
        if room < 0:
            return shown, len(texts) - place
        shown.append(text)
    return shown, 0


def _block(block: Block) -> str:
    title = shorten(block.title, limit=4 * MOST_NAME)
    summary = f"<b>{html.escape(block.kind.value)}</b> {_code(title)}"
    names = [shorten(name, limit=MOST_NAME) for name in block.names]
    inner: list[str] = []
    if len(names) > 1:
        inner += [f"<p>{html.escape(listed(names, most=MOST_NAMES))}</p>", ""]
    if "\n" in block.text or (block.text and block.changes):
        inner += [*_fenced(_cut(block.text)), ""]
    if not inner:
        return f"- {summary}\n"
    return "\n".join([f"<details><summary>{summary}</summary>", "", *inner, "</details>", ""])


def _tail(verdict: Verdict) -> list[str]:
    lines: list[str] = []
    shipping = _fenced(verdict.ship_the_rest, "sh")
    if verdict.ship_the_rest and sum(map(len, shipping)) <= MOST_LINE:
        lines += ["Ship the rest:", "", *shipping, ""]
    elif verdict.ship_the_rest:
        lines += [
            f"To ship the rest, exclude {len(verdict.left_out)} resources. The command is too long for a comment: it is "
            "`ship_the_rest` in the JSON form of this verdict.",
            "",
        ]
    elif verdict.stuck:
        lines += [f"The rest cannot be shipped on its own: {html.escape(_cut(verdict.stuck))}.", ""]
    if verdict.exit_code is ExitCode.APPROVAL:
        lines += ["These changes need an approval.", ""]
    lines += [f"- {html.escape(_cut(note))}" for note in verdict.notes[:5]]
    if verdict.binding is not None:
        lines += ["", f"<sub>{html.escape(_bound(verdict.binding, verdict.made_at))}</sub>"]
    return lines


def _bound(binding: Binding, made_at: str) -> str:
    commit = binding.commit[:12] or "no commit"
    dirty = "" if binding.clean or not binding.commit else " with uncommitted changes"
    state = binding.state.rpartition(":")[2][:12]
    return f"{made_at} · {commit}{dirty} · pulumi-retrieval {binding.package} · engine {binding.engine} · state {state}"


def _code(text: str) -> str:
    return f"<code>{html.escape(' '.join(text.split()), quote=False)}</code>"


def _inline(text: str) -> str:
    return " ".join(text.replace("`", "'").split())


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}… ({len(text)} characters)"


def _fenced(text: str, language: str = "") -> list[str]:
    """A fenced code block whose fence is longer than any run of backticks in the text."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", text, fence]
