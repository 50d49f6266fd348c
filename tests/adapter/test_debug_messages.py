"""Debug messages of the SDK are dropped only where the engine would not show them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from pulumi_retrieval.debug_messages import VARIABLES, asks_for_debug, engine_command, send_debug_messages_only_if_shown


@pytest.fixture(autouse=True)
def debug_is_put_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = pulumi.log.debug
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    yield
    pulumi.log.debug = before


@pytest.mark.parametrize(
    ("command", "asks"),
    [
        (["up", "--yes", "--diff"], False),
        (["up", "-y", "-s", "dev"], False),
        (["preview", "--stack", "dev", "--debug"], True),
        (["up", "-d"], True),
        (["up", "-yd"], True),
        (["up", "-v=9"], True),
        (["up", "--verbose=9"], True),
        (["up", "--event-log", "events.json"], True),
        (["up", "--logtostderr"], True),
        (["up", "--yes", "--", "-d"], False),
    ],
)
def test_which_command_lines_ask_for_debug_output(command: list[str], asks: bool) -> None:
    assert asks_for_debug(command) is asks


def processes(folder: Path, *commands: list[str]) -> Path:
    """A folder like /proc: this process and those above it, nearest first."""
    for number, command in enumerate(commands):
        place = folder / ("self" if number == 0 else str(number))
        place.mkdir()
        above = number + 1 if number + 1 < len(commands) else 0
        (place / "status").write_text(f"Name:\tx\nPPid:\t{above}\n")
        (place / "cmdline").write_bytes("\0".join(command).encode() + b"\0")
    return folder


PROGRAM, HOST = ["python", "pulumi-language-python-exec"], ["/bin/pulumi-language-python", "127.0.0.1:1"]


def test_they_are_dropped_below_an_engine_that_does_not_show_them(tmp_path: Path) -> None:
    before = pulumi.log.debug
    above = processes(tmp_path, PROGRAM, HOST, ["/bin/pulumi", "up", "--yes"], ["make"])
    assert engine_command(above) == ["up", "--yes", ""]
    assert send_debug_messages_only_if_shown(processes=above)
    assert pulumi.log.debug is not before
    pulumi.log.debug("nobody receives this", resource=None)


@pytest.mark.parametrize(
    "commands",
    [
        [PROGRAM, HOST, ["pulumi", "up", "--debug"]],
        [PROGRAM, HOST, ["make"]],
        [PROGRAM],
        [],
    ],
    ids=["debug", "no engine", "no parent", "not Linux"],
)
def test_they_are_sent_below_an_engine_that_shows_them_or_is_not_found(
    tmp_path: Path, commands: list[list[str]]
) -> None:
    before = pulumi.log.debug
    assert not send_debug_messages_only_if_shown(processes=processes(tmp_path, *commands))
    assert pulumi.log.debug is before


@pytest.mark.parametrize("name", VARIABLES)
def test_they_are_sent_if_a_variable_asks_for_them(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "true")
    assert not send_debug_messages_only_if_shown(processes=processes(tmp_path, PROGRAM, HOST, ["pulumi", "up"]))
