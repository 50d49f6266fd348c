"""Whether an object that exists may be taken for our own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_retrieval.core.adoption import Candidate, ensure_adoptable
from pulumi_retrieval.core.errors import AdoptionError

OURS = Candidate("dataset golden", "id-1", documents=0, age_hours=0.1)
HOW = "adopt=True on it"


@pytest.mark.parametrize(
    "candidate",
    [
        OURS,
        replace(OURS, documents=None),
        replace(OURS, age_hours=None),
        replace(OURS, age_hours=23.9),
        replace(OURS, documents=7, most_documents=7),
    ],
    ids=["new and empty", "documents not told", "age not told", "almost a day old", "a clone in the middle of copying"],
)
def test_an_object_of_our_own_killed_create_is_adopted_without_adopt(candidate: Candidate) -> None:
    ensure_adoptable(candidate, adopt=False, how=HOW)


DOUBTS = {
    "documents": (
        replace(OURS, documents=1),
        "dataset golden exists already: id id-1 and holds 1 document. It may belong to somebody else (it holds documents), "
        "so nothing was changed. To take it under management: adopt=True on it",
    ),
    "more than its source": (
        replace(OURS, documents=8, most_documents=7),
        "dataset golden exists already: id id-1 and holds 8 documents. It may belong to somebody else (it holds documents), "
        "so nothing was changed. To take it under management: adopt=True on it",
    ),
    "age": (
        replace(OURS, age_hours=24),
        "dataset golden exists already: id id-1 and holds 0 documents. It may belong to somebody else (it was created 24 h "
        "ago), so nothing was changed. To take it under management: adopt=True on it",
    ),
    "another configuration": (
        replace(OURS, documents=None, differing=("dataset_name", "server_configuration.MAX_LIMIT")),
        "dataset golden exists already: id id-1. It may belong to somebody else (it differs in dataset_name, "
        "server_configuration.MAX_LIMIT), so nothing was changed. To take it under management: adopt=True on it",
    ),
}


@pytest.mark.parametrize(("candidate", "text"), DOUBTS.values(), ids=DOUBTS.keys())
def test_an_object_of_somebody_else_needs_adopt(candidate: Candidate, text: str) -> None:
    with pytest.raises(AdoptionError) as raised:
        ensure_adoptable(candidate, adopt=False, how=HOW)
    assert str(raised.value) == text
    ensure_adoptable(candidate, adopt=True, how=HOW)


@pytest.mark.parametrize("adopt", [True, False])
def test_an_object_with_another_immutable_key_is_never_adopted(adopt: bool) -> None:
    with pytest.raises(AdoptionError) as raised:
        ensure_adoptable(replace(OURS, immutable=("EMBEDDING_SIZE 768, not 1536",)), adopt=adopt, how=HOW)
    text = str(raised.value)
    assert text.startswith("dataset golden exists already: id id-1 and holds 0 documents, and cannot be adopted")
    assert "EMBEDDING_SIZE 768, not 1536" in text
    assert "choose another key" in text


@pytest.mark.parametrize("adopt", [True, False])
def test_an_object_of_another_resource_of_this_run_is_never_adopted(adopt: bool) -> None:
    with pytest.raises(AdoptionError, match="One object can have one owner only"):
        ensure_adoptable(replace(OURS, made_here=True), adopt=adopt, how=HOW)
