"""The harness for the provider process, on a provider small enough to trust."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.provider_process import UNKNOWN, Checked, Created, Diffed, Observed, ProviderError, ProviderProcess, Secret
from support.throwaway import ThrowawayProvider


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ProviderProcess]:
    with ProviderProcess(environment={"THROWAWAY_FOLDER": str(tmp_path)}) as process:
        yield process


def test_a_life(process: ProviderProcess) -> None:
    thing = process.serve(ThrowawayProvider())
    assert thing.check({}, {"name": "a", "size": 1}) == Checked({"name": "a", "size": 1.0}, [])
    assert thing.create({"name": "a", "size": 1}) == Created("object-a", {"name": "a", "size": 1.0})
    assert thing.diff("object-a", {"size": 1}, {"size": 1.0}) == Diffed(False, [], False)
    assert thing.diff("object-a", {"size": 1}, {"size": 2}).changes is True
    assert thing.update("object-a", {"name": "a"}, {"name": "a", "tags": ["x", {"y": 0.5}]}) == {
        "name": "a",
        "tags": ["x", {"y": 0.5}],
    }
    found = {"name": "a", "tags": ["x", {"y": 0.5}]}
    assert thing.read("object-a", {"name": "a"}) == Observed("object-a", found, found)
    assert thing.get("object-a", {"name": "a"}).outputs == found
    thing.delete("object-a", {"name": "a"})
    assert thing.read("object-a", {"name": "a"}).id == ""


def test_failures(process: ProviderProcess) -> None:
    thing = process.serve(ThrowawayProvider())
    assert thing.check({}, {"name": "a", "size": -1}).failures == [("", "size is negative")]
    with pytest.raises(ProviderError, match=r"RuntimeError: the service said no$"):
        thing.create({"name": "a", "fail": True})


def test_unknown_values_travel_nested(process: ProviderProcess) -> None:
    inputs = {"name": "a", "deep": {"list": [UNKNOWN, 1]}, "whole": UNKNOWN}
    assert process.serve(ThrowawayProvider()).check({}, inputs).inputs == inputs


def test_configuration_and_secrets_arrive_in_plain_text(process: ProviderProcess, tmp_path: Path) -> None:
    process.configure({"service:key": Secret("k")})
    thing = process.serve(ThrowawayProvider())
    assert thing.create({"name": "a", "key": Secret("k")}).outputs == {"name": "a", "key": "k"}
    assert json.loads((tmp_path / "configured").read_text()) == {"service:key": "k"}


def test_secret_marks_of_values_are_kept(process: ProviderProcess) -> None:
    thing = process.serve(ThrowawayProvider())
    assert thing.create({"name": "a", "mark": "k"}).outputs["mark"] == Secret("k")


def test_what_it_prints_is_kept(process: ProviderProcess) -> None:
    process.serve(ThrowawayProvider()).create({"name": "a", "say": "hello"})
    assert process.stdout == "hello\n"
    assert process.stderr == ""


def test_a_killed_process_fails_calls(process: ProviderProcess) -> None:
    thing = process.serve(ThrowawayProvider())
    process.kill()
    with pytest.raises(ProviderError):
        thing.create({"name": "a"})
