"""Every configuration key, one by one, on the real provider process: set, drifted, changed, removed.

What is expected of each key is what `docs/reference/configuration-keys.md` says of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_retrieval.core.values import dotted, get_path, nest
from pulumi_retrieval.providers.trieve import DatasetProvider
from reference.keys import stories
from support.life import Life, Rejected
from support.provider_process import ProviderProcess, Secret
from support.sandbox import Sandbox
from support.served import ServedCycle
from support.trieve import Tenancy

STORIES = stories()


def tools(text: str) -> dict[str, Any]:
    names = ("tool", "query_parameter", "price_filter", "max_price_option", "min_price_option")
    return {"query_tool_options": {f"{name}_description": f"{text} {name}" for name in names}}


Case = tuple[Any, Any, Any]
"""What the program says first, what it says then, and what somebody else sets in between."""

TEXTS: Case = ("first", "second", "theirs")
NUMBERS: Case = (3, 4, 5)
FLAGS: Case = (True, False, False)
FRACTIONS: Case = (0.1, 0.7, 1.5)

SPECIAL: dict[tuple[str, ...], Case] = {
    ("TEMPERATURE",): FRACTIONS,
    ("FREQUENCY_PENALTY",): FRACTIONS,
    ("PRESENCE_PENALTY",): FRACTIONS,
    ("BM25_B",): FRACTIONS,
    ("BM25_K",): FRACTIONS,
    ("BM25_AVG_LEN",): (256.5, 16777217, 12),
    ("MAX_TOKENS",): NUMBERS,
    ("MAX_LIMIT",): NUMBERS,
    ("N_RETRIEVALS_TO_INCLUDE",): NUMBERS,
    ("EMBEDDING_SIZE",): (1536, 3072, 768),
    ("EMBEDDING_QUERY_PREFIX",): ("query: ", "", "theirs: "),
    ("DISTANCE_METRIC",): ("dot", "manhattan", "cosine"),
    ("STOP_TOKENS",): (["END"], ["END", "STOP"], ["THEIRS"]),
    ("TOOL_CONFIGURATION",): (tools("first"), tools("second"), tools("theirs")),
    ("PUBLIC_DATASET", "extra_params"): (
        {"placeholder": "first"},
        {"placeholder": "second"},
        {"placeholder": "theirs"},
    ),
}
FLAG_KEYS = {
    ("USE_MESSAGE_TO_QUERY_PROMPT",),
    ("QDRANT_ONLY",),
    ("SEMANTIC_ENABLED",),
    ("FULLTEXT_ENABLED",),
    ("BM25_ENABLED",),
    ("INDEXED_ONLY",),
    ("LOCKED",),
    ("PUBLIC_DATASET", "enabled"),
    ("DISABLE_ANALYTICS",),
    ("PAGEFIND_ENABLED",),
}


def case_of(path: tuple[str, ...]) -> Case:
    return SPECIAL.get(path) or (FLAGS if path in FLAG_KEYS else TEXTS)


@pytest.fixture(scope="module")
def process(shared_sandbox: Sandbox) -> Iterator[ProviderProcess]:
    with ProviderProcess() as process:
        admin = shared_sandbox.environment["TRIEVE_ADMIN_KEY"]
        process.configure({"trieve:baseUrl": shared_sandbox.base_url, "trieve:adminKey": admin})
        yield process


class Programs:
    """Programs that manage one key of one dataset, and what calls on it look like."""

    def __init__(self, trieve: Tenancy, process: ProviderProcess, path: tuple[str, ...]) -> None:
        self.trieve, self.process, self.path = trieve, process, path
        cycle = ServedCycle(process.serve(DatasetProvider()), noun="dataset")
        self.life = Life(cycle, name="golden", token="Dataset")  # type: ignore[arg-type]

    def configuration(self, value: Any) -> dict[str, Any]:
        """The key, and `enabled` where the page's object needs it. None: without the key."""
        flat = {} if value is None else {self.path: value}
        if self.path[0] == "PUBLIC_DATASET" and self.path != ("PUBLIC_DATASET", "enabled"):
            flat[("PUBLIC_DATASET", "enabled")] = True
        return nest(flat)

    def program(self, value: Any) -> dict[str, Any]:
        return {
            "organization_id": self.trieve.organization_id,
            "tracking_id": "golden",
            "dataset_name": "Golden",
            "server_configuration": self.configuration(value),
        }

    def up(self, value: Any) -> str:
        """Bring it about, with a request log that holds nothing else."""
        self.trieve.forget_calls()
        return self.life.up(self.program(value))

    def state(self) -> Any:
        held = get_path(self.life.outputs, ("server_configuration", *self.path))
        return held.value if isinstance(held, Secret) else held

    def sent(self, method: str) -> list[Any]:
        """The configurations that went over the wire."""
        return [json.loads(body).get("server_configuration", {}) for body in self.trieve.bodies(method)]

    def assert_settled(self, value: Any) -> None:
        """The next preview is empty, after a refresh as well."""
        assert self.life.preview(self.program(value)) == "same"
        assert self.life.refresh()
        if "unrepaired" in self.life.outputs:  # a drift that stays is a step once for each refresh
            assert self.up(value) == "update"
        assert self.life.preview(self.program(value)) == "same"

    def expected(self, value: Any, *, secret: bool) -> dict[str, Any]:
        return self.configuration("[secret]" if secret else value)


@pytest.mark.parametrize("path", STORIES, ids=dotted)
def test_a_key_is_set_drifts_changes_and_leaves(
    trieve: Tenancy, process: ProviderProcess, path: tuple[str, ...]
) -> None:
    spec, story = STORIES[path]
    first, second, theirs = case_of(path)
    it = Programs(trieve, process, path)

    # Set at create.
    assert it.up(first) == "create"
    expected = it.expected(first, secret=spec.secret)
    posted, put = it.sent("POST"), it.sent("PUT")
    if story.create == "POST":
        assert (posted, put) == ([expected], [])
    else:
        assert get_path(posted[0], path) is None
        assert put == [expected]
    assert it.state() == first
    it.assert_settled(first)

    # Drifted.
    trieve.by_hand(it.life.id, it.configuration(theirs))
    assert it.life.refresh()
    name = dotted(("server_configuration", *path))
    if story.drift == "not seen":
        assert it.life.preview(it.program(first)) == "same"
        assert it.state() == first
    elif story.drift == "warned":
        assert it.life.outputs["drifted"] == {name: theirs}
        assert it.up(first) == "update"
        assert it.up(first) == "same"
        assert it.sent("PUT") == []
        assert f"somebody else changed {name}" in process.stderr
    else:
        if story.drift == "put back":
            assert it.state() == theirs
        else:
            assert it.life.outputs["drifted"] == {name: theirs}
        assert it.up(first) == "update"
        assert it.sent("PUT") == [expected]
        assert it.state() == first
        assert (f"{name} was changed to" in process.stderr) is (story.drift == "put back, warned")
    it.assert_settled(first)

    # Changed.
    if story.change == "refused":
        trieve.forget_calls()
        with pytest.raises(Rejected, match="REFUSED, nothing was changed"):
            it.up(second)
        assert trieve.calls() == []
        second = first
    else:
        assert it.up(second) == "update"
        assert it.sent("PUT") == [it.expected(second, secret=spec.secret)]
        assert it.state() == second
    it.assert_settled(second)

    # Carried by an update of something else.
    if story.change != "refused" and path[0] != "PUBLIC_DATASET":
        trieve.forget_calls()
        program = it.program(second)
        program["server_configuration"] = {**program["server_configuration"], "AIMON_RERANKER_TASK_DEFINITION": "Other"}
        if path != ("AIMON_RERANKER_TASK_DEFINITION",):
            assert it.life.up(program) == "update"
            carried = it.configuration(second) if story.carried else {}
            assert it.sent("PUT") == [{"AIMON_RERANKER_TASK_DEFINITION": "Other", **carried}]

    # Removed.
    before = trieve.stored(it.life.id)
    assert it.up(None) == "update"
    assert trieve.calls() == []
    assert it.state() is None
    assert trieve.stored(it.life.id) == before
    assert "no longer managed; its value stays in the service" in process.stderr
    it.assert_settled(None)


def test_every_key_of_the_document_has_values_of_its_own() -> None:
    assert SPECIAL.keys() | FLAG_KEYS <= STORIES.keys()
    for path in STORIES:
        first, second, theirs = case_of(path)
        assert first != second
        assert first != theirs
