"""No secret in any text: not in messages, not in exceptions, not in what they were caused by."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from pulumi_retrieval.core.errors import RetrievalError
from support.canaries import CANARIES, assert_absent
from support.life import Life, Rejected
from support.trieve import Tenancy

PAGE_KEY, SEARCH_KEY, RERANKER_KEY = "canary-page-key-0123", "canary-search-key-0123", "canary-reranker-key-0123"
SECRETS = {
    "LLM_API_KEY": CANARIES.llm_api_key,
    "RERANKER_API_KEY": RERANKER_KEY,
    "PUBLIC_DATASET": {"enabled": True, "api_key": PAGE_KEY, "extra_params": {"apiKey": SEARCH_KEY}},
}
ALL = (CANARIES.llm_api_key, RERANKER_KEY, PAGE_KEY, SEARCH_KEY)


def program(**configuration: Any) -> dict[str, Any]:
    return {"tracking_id": "golden", "dataset_name": "Golden", "server_configuration": {**SECRETS, **configuration}}


def said_of(trieve: Tenancy, act: Any) -> str:
    """What people would see of a failure, cleaned as the adapter does it, and everything that was said before."""
    service = trieve.service(maxRetries=0)
    life = trieve.dataset(service)
    try:
        act(life)
    except (RetrievalError, Rejected):
        return service.resources["dataset"].run.redactor.clean(traceback.format_exc()) + trieve.text
    return trieve.text


ANSWERS: dict[str, dict[str, Any]] = {
    "echo": {"kind": "answer", "status": 400, "body": {"message": f"bad configuration {SECRETS}"}},
    "html": {"kind": "answer", "status": 502, "body": f"<pre>{'x' * 200} Authorization: {CANARIES.llm_api_key}</pre>"},
    "cut": {"kind": "answer", "status": 400, "body": {"message": "y" * (256 - 30) + CANARIES.llm_api_key}},
    "401": {"kind": "false_absence", "table": "keys"},
    "408": {"kind": "timeout"},
    "drop": {"kind": "drop"},
    "truncate": {"kind": "truncate"},
    "silent": {"kind": "answer", "status": 200, "body": {}},
}


@pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
@pytest.mark.parametrize("kind", ANSWERS)
def test_failures_hold_no_secret(trieve: Tenancy, method: str, kind: str) -> None:
    trieve.sandbox.faults([{"method": method, "path": "^/api/", "act": ANSWERS[kind]}])
    text = said_of(trieve, lambda life: life.up(program()))
    assert_absent({kind: text}, of=(*ALL, trieve.api_key))


def test_mistakes_beside_secrets_hold_none(trieve: Tenancy) -> None:
    wrong = program(LLM_API_KEY=[CANARIES.llm_api_key], MAX_LIMIT=-1, PUBLIC_DATASET={"api_key": PAGE_KEY})
    text = said_of(trieve, lambda life: life.up(wrong))
    assert "MAX_LIMIT" in text
    assert_absent({"mistakes": text}, of=ALL)


def test_refusals_and_warnings_hold_none(trieve: Tenancy) -> None:
    def act(life: Life) -> None:
        life.up(program(EMBEDDING_SIZE=512, MAX_LIMIT=1))
        trieve.by_hand(life.id, {"EMBEDDING_SIZE": 768, "MAX_LIMIT": 2, "LLM_API_KEY": "sk-by-hand"})
        life.refresh()
        life.up(program(EMBEDDING_SIZE=512, MAX_LIMIT=1))
        life.up({"tracking_id": "golden", "dataset_name": "Golden", "server_configuration": {"EMBEDDING_SIZE": 512}})
        life.up(program(EMBEDDING_SIZE=1024))

    text = said_of(trieve, act)
    assert "REFUSED" in text
    assert "no longer managed" in text
    assert_absent({"refusal": text}, of=ALL)


def test_the_answer_of_an_update_is_dropped(trieve: Tenancy) -> None:
    """trieve.md 0.6: it holds the secrets in plain text."""
    golden = trieve.dataset()
    golden.up(program())
    kept = {path: value for path, value in golden.outputs.items() if path != "server_configuration"}
    assert_absent({"facts": repr(kept)}, of=ALL)
    assert golden.outputs["server_configuration"] == SECRETS


def test_a_connection_shows_no_key(trieve: Tenancy) -> None:
    service = trieve.service(admin=True)
    admin = trieve.sandbox.environment["TRIEVE_ADMIN_KEY"]
    texts = {"repr": repr(service.connection), "line": service.describe()}
    assert_absent(texts, of=(trieve.api_key, admin))
    assert trieve.organization_id in service.describe()
