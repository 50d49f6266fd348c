"""What the real provider process does in a preview: check returns a mark in place of failures, and diff tolerates it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_retrieval.providers.adapter import DECLARATION_KEY, MARK_KEY
from pulumi_retrieval.providers.trieve import DatasetProvider
from support.provider_process import ProviderError, ProviderProcess, Served
from support.sandbox import Sandbox

CANARY = "sk-canary-of-a-dry-run"
CONFIG = {"EMBEDDING_SIZE": 1536, "EMBEDDING_MODEL_NAME": "text-embedding-3-small"}
GOOD: dict[str, Any] = {"tracking_id": "golden", "server_configuration": CONFIG}
RETYPED: dict[str, Any] = {**GOOD, "server_configuration": {**CONFIG, "EMBEDDING_SIZE": 512, "LLM_API_KEY": CANARY}}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with (
        Sandbox(data=tmp_path_factory.mktemp("dry")) as sandbox,
        ProviderProcess(environment=sandbox.environment) as process,
    ):
        process.configure({})
        yield process.serve(DatasetProvider())


def declared(inputs: dict[str, Any], *, dry_run: str | None) -> dict[str, Any]:
    declaration = {"name": "golden", "token": "Dataset", **({} if dry_run is None else {"dry_run": dry_run})}
    return {**inputs, DECLARATION_KEY: declaration}


def test_a_refusal_becomes_a_mark(dataset: Served) -> None:
    old = dataset.check({}, declared(GOOD, dry_run=None)).inputs
    assert dataset.check(old, declared(GOOD, dry_run="")).inputs == old, "nothing is wrong, so nothing is marked"
    checked = dataset.check(old, declared(RETYPED, dry_run=""))
    assert checked.failures == []
    mark = checked.inputs[MARK_KEY]
    assert (mark["name"], mark["token"]) == ("golden", "Dataset")
    ((row,),) = [rejection["rows"] for rejection in mark["rejections"]]
    assert (row["path"], row["was"], row["now"]) == ("server_configuration.EMBEDDING_SIZE", "1536", "512")
    assert CANARY not in str(mark)
    assert dataset.diff("an-id", {**old, "observed_immutable": {}}, checked.inputs).changes is True

    refused = dataset.check(old, declared(RETYPED, dry_run=None))
    assert MARK_KEY not in refused.inputs
    assert "EMBEDDING_SIZE" in refused.failures[0][1]


def test_check_ignores_a_mark_from_the_program_or_the_state(dataset: Served) -> None:
    forged = {MARK_KEY: {"name": "golden", "token": "Dataset", "rejections": []}}
    checked = dataset.check({**GOOD, **forged}, declared({**GOOD, **forged}, dry_run=None))
    assert MARK_KEY not in checked.inputs
    assert checked.failures == []
    outputs = {**checked.inputs, "observed_immutable": {}}
    assert dataset.diff("an-id", outputs, checked.inputs).changes is False
    assert dataset.diff("an-id", {**outputs, **forged}, checked.inputs).changes is True, "the next update removes it"


def test_diff_raises_its_rejection_where_no_preview_collects_it(dataset: Served) -> None:
    """A preview whose program looks for rejections in no file, or in another one."""
    old = dataset.check({}, declared(GOOD, dry_run=None)).inputs
    without = {**old, "server_configuration": {}}
    outputs = {**without, "observed_immutable": {"server_configuration.EMBEDDING_SIZE": 99}}
    for file in ("", "another.sqlite"):
        checked = dataset.check(without, declared(GOOD, dry_run=file))
        assert MARK_KEY not in checked.inputs
        with pytest.raises(ProviderError, match="EMBEDDING_SIZE"):
            dataset.diff("an-id", outputs, checked.inputs)
