"""Remedies that only the tool which runs this package can name: the core and the services leave them to an adapter."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pulumi_retrieval
from pulumi_retrieval.core.connection import Connection
from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.errors import GuardError, RefusedError
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.core.words import NEUTRAL, Words, as_json, sentence

from .shelf import Shelf, thing

PACKAGE = Path(pulumi_retrieval.__file__).parent
MODULES = sorted(path for folder in ("core", "services") for path in (PACKAGE / folder).rglob("*.py"))
OF_PULUMI = re.compile(
    r"pulumi (up|preview|refresh|destroy|config|state|stack|import)\b|ResourceOptions|pulumi_retrieval\.Provider|\bURNs?\b"
    r"|--(exclude|target|refresh|replace|run-program|show-urns)\b"
)
DECLARED = Declaration(name="acme", token="Thing")


def strings(module: Path) -> Iterator[tuple[int, str]]:
    """Every string of a module with its line, docstrings and the texts between placeholders included."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_text_names_a_command_or_an_option_of_pulumi(module: Path) -> None:
    assert [(line, text) for line, text in strings(module) if OF_PULUMI.search(text)] == []


def test_the_walk_finds_a_command() -> None:
    """What the adapter says is what the walk looks for."""
    found = [text for _, text in strings(PACKAGE / "providers" / "words.py") if OF_PULUMI.search(text)]
    assert len(found) > 10


class Launderette(Words):
    """An adapter that is not Pulumi's."""

    apply = "press start"
    refresh_and_apply = "press rinse and start"
    retain = "hang it on the line"

    def exclude(self, token: str = "", name: str = "") -> str:
        return f"leave {token} {name} in the basket"

    def ignore_changes(self, inputs: Any) -> str:
        return f"do not look at {', '.join(inputs)}"

    def set_setting(self, name: str, value: str) -> str:
        return f"turn {name} to {value}"


@pytest.mark.parametrize(
    ("words", "refused", "guarded"),
    [
        (
            Launderette(),
            ["leave Thing acme in the basket", "do not look at settings.size"],
            ["turn shelf:confirmDeletes to", "press start once", "hang it on the line"],
        ),
        (
            NEUTRAL,
            ["exclude Thing acme from the run", "ignore changes of settings.size"],
            ["set shelf:confirmDeletes to", "apply the program once", "its object is kept"],
        ),
    ],
    ids=["an adapter's", "neutral"],
)
def test_a_reconciler_says_the_words_of_its_adapter(words: Words, refused: list[str], guarded: list[str]) -> None:
    shelf = Shelf()
    shelf.documents = 40
    connection = Connection("shelf", "https://shelf.example.com", words=words)
    life = thing(shelf, connection=connection, run=Run(emit=lambda _: None, words=words))
    program = {"name": "a", "settings": {"size": 1}}
    inputs = life.check({}, program, DECLARED).inputs
    stored = life.create(inputs)

    changed = life.check(inputs, {"name": "a", "settings": {"size": 2}}, DECLARED)
    for text in refused:
        assert text in changed.failures[0]
    with pytest.raises(RefusedError, match=re.escape(refused[0])):
        life.diff(stored.id, stored.outputs, {**inputs, "settings": {"size": 2}}, DECLARED)
    with pytest.raises(GuardError) as error:
        life.delete(stored.id, stored.outputs)
    for text in guarded:
        assert text in str(error.value)


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        (NEUTRAL.set_and_apply("shelf:adopt", "true"), ["shelf:adopt to true", NEUTRAL.apply]),
        (NEUTRAL.set_and_refresh("shelf:maxGone", "9"), ["shelf:maxGone to 9", NEUTRAL.refresh_and_apply]),
        (NEUTRAL.set_secret("shelf:apiKey"), ["shelf:apiKey"]),
        (NEUTRAL.rehearse_without("shelf:baseUrl"), ["rehearse", "shelf:baseUrl"]),
        (NEUTRAL.exclude(), ["exclude it"]),
        (as_json(["ä=1"]), ['["ä=1"]']),
        (sentence("apply it"), ["Apply it"]),
        (sentence(""), [""]),
    ],
)
def test_neutral_words_name_the_setting_and_the_action(said: str, parts: list[str]) -> None:
    for part in parts:
        assert part in said
