"""Whether an object that exists may be taken for our own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_retrieval.core.adoption import Candidate, ensure_adoptable, may_be_left
from pulumi_retrieval.core.errors import AdoptionError
from pulumi_retrieval.core.objects import Contents, Part

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
def test_what_our_own_cut_off_create_left_is_adopted_without_asking(candidate: Candidate) -> None:
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
def test_what_may_be_somebody_elses_takes_a_word(candidate: Candidate, text: str) -> None:
    with pytest.raises(AdoptionError) as raised:
        ensure_adoptable(candidate, adopt=False, how=HOW)
    assert str(raised.value) == text
    ensure_adoptable(candidate, adopt=True, how=HOW)


@pytest.mark.parametrize("adopt", [True, False])
def test_what_differs_in_a_fixed_key_is_never_adopted(adopt: bool) -> None:
    with pytest.raises(AdoptionError) as raised:
        ensure_adoptable(replace(OURS, immutable=("EMBEDDING_SIZE 768, not 1536",)), adopt=adopt, how=HOW)
    text = str(raised.value)
    assert text.startswith("dataset golden exists already: id id-1 and holds 0 documents, and cannot be adopted")
    assert "EMBEDDING_SIZE 768, not 1536" in text
    assert "choose another key" in text


@pytest.mark.parametrize("adopt", [True, False])
def test_what_another_resource_of_this_run_owns_is_never_adopted(adopt: bool) -> None:
    with pytest.raises(AdoptionError, match="One object can have one owner only"):
        ensure_adoptable(replace(OURS, made_here=True), adopt=adopt, how=HOW)


INSIDE = Part(documents=0, age_hours=1.0, keyed=True)


@pytest.mark.parametrize(
    ("contents", "left"),
    [
        (Contents(0), True),
        (Contents(1, "dataset", parts=[INSIDE]), True),
        (Contents(2, "dataset", parts=[INSIDE, replace(INSIDE, age_hours=23.9)]), True),
        (Contents(1), False),
        (Contents(2, "dataset", parts=[INSIDE]), False),
        (Contents(2, "dataset", parts=[INSIDE, replace(INSIDE, documents=1)]), False),
        (Contents(1, "dataset", parts=[replace(INSIDE, age_hours=24.0)]), False),
        (Contents(1, "dataset", parts=[replace(INSIDE, age_hours=None)]), False),
        (Contents(1, "dataset", parts=[replace(INSIDE, keyed=False)]), False),
    ],
    ids=["empty", "one", "two", "documents", "one untold", "a full one", "an old one", "age not told", "without a key"],
)
def test_what_a_cut_off_run_can_have_left_in_an_object(contents: Contents, left: bool) -> None:
    assert may_be_left(contents) is left
