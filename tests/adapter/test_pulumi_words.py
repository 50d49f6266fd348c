"""The remedies of the core as Pulumi's commands: what is said can be pasted into a shell."""

from __future__ import annotations

import inspect
import re
import shlex
import subprocess
import sys

import pytest

from pulumi_retrieval.core.connection import SettingsReader
from pulumi_retrieval.core.words import Words
from pulumi_retrieval.providers.words import PulumiWords

WORDS = PulumiWords()
NAME = 'it\'s a "name"'
CONFIRMED = WORDS.confirm_delete(
    "trieve:confirmDeletes", ["b=1", f"{NAME}=40"], new=f"{NAME}=40", variable="TRIEVE_CONFIRM_DELETES", lost=True
)


def test_pulumi_says_every_remedy_in_its_own_words() -> None:
    names = [name for name in vars(Words) if not name.startswith("_")]
    assert len(names) > 20
    assert [name for name in names if name not in vars(PulumiWords)] == []
    for name in names:
        if inspect.isfunction(getattr(Words, name)):
            assert inspect.signature(getattr(Words, name)) == inspect.signature(getattr(PulumiWords, name)), name


@pytest.mark.parametrize(
    ("said", "command"),
    [
        (WORDS.exclude("Dataset", "golden"), ["pulumi", "up", "--exclude", "**:Dataset::golden"]),
        (WORDS.set_setting("trieve:adopt", "true"), ["pulumi", "config", "set", "trieve:adopt", "true"]),
        (
            WORDS.set_and_apply("trieve:formerBaseUrls", '["https://a.example.com"]'),
            ["pulumi", "config", "set", "trieve:formerBaseUrls", '["https://a.example.com"]', "&&", "pulumi", "up"],
        ),
        (
            WORDS.set_and_refresh("trieve:maxGone", "9"),
            ["pulumi", "config", "set", "trieve:maxGone", "9", "&&", "pulumi", "up", "--refresh", "--run-program"],
        ),
        (WORDS.set_secret("trieve:apiKey"), ["pulumi", "config", "set", "--secret", "trieve:apiKey"]),
    ],
)
def test_a_shell_reads_what_is_meant(said: str, command: list[str]) -> None:
    assert shlex.split(said) == command


def test_an_unknown_name_stands_for_a_urn() -> None:
    assert "URN-OF-IT" in WORDS.exclude()
    assert "pulumi stack --show-urns" in WORDS.exclude()


def test_changes_are_ignored_by_a_resource_option() -> None:
    assert WORDS.ignore_changes(["a", "b.c"]) == 'ResourceOptions(ignore_changes=["a", "b.c"])'


def test_the_lines_that_confirm_a_delete_confirm_it() -> None:
    """What stands there after ``pulumi config set``, and after ``export``, is taken out and read as the setting."""
    line, exported = re.search(r"pulumi config set (.*)", CONFIRMED), re.search(r"export (.*)", CONFIRMED)
    argument = re.search(r"confirmDeletes=(\[.*?\]) in its settings", CONFIRMED)
    assert line
    assert exported
    assert argument
    setting, value = shlex.split(line[1])
    name, _, variable = shlex.split(exported[1])[0].partition("=")
    for raw, environ in (({setting: value}, {}), ({}, {name: variable})):
        assert SettingsReader("trieve", raw=raw, environ=environ).confirmations() == {"b": 1, NAME: 40}
    provider = SettingsReader("trieve", raw={"trieve:confirmDeletes": argument[1]}, environ={})
    assert provider.confirmations() == {NAME: 40}
    assert "what it holds is lost" in CONFIRMED


def test_a_review_can_say_them_without_importing_pulumi() -> None:
    code = "import sys, pulumi_retrieval.providers.words; sys.exit('pulumi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
