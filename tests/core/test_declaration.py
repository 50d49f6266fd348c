"""What a program tells of a resource besides its inputs, and what is doubted where that is not all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.core.declaration import Declaration, digest, leaves
from pulumi_retrieval.core.values import UNKNOWN, Path, normalise

PROGRAM: dict[str, Any] = {"name": "a", "settings": {"size": 1536, "words": ["x", "y"], "pair": {}}, "note": None}


def of(program: dict[str, Any]) -> Declaration:
    """The declaration of a program whose values are all plain."""
    return Declaration(plain=frozenset(digest(path, value) for path, value in leaves(program)))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def test_leaves_have_their_places() -> None:
    assert dict(leaves(PROGRAM)) == {
        ("name",): "a",
        ("settings", "size"): 1536,
        ("settings", "words", "0"): "x",
        ("settings", "words", "1"): "y",
        ("settings", "pair"): {},
    }


@given(program=st.dictionaries(st.text(), values))
def test_a_value_that_matches_its_digest_is_plain(program: dict[str, Any]) -> None:
    assert of(program).doubtful(over_the_wire(program), {}, ()) == []


def over_the_wire(value: Any) -> Any:
    """Numbers travel as floats."""
    if isinstance(value, dict):
        return {key: over_the_wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [over_the_wire(item) for item in value]
    return normalise(float(value)) if type(value) in (int, float) else value


def test_a_program_without_inputs_holds_no_value_that_could_be_secret() -> None:
    assert Declaration(plain=frozenset()).doubtful({}, {"organization_id": "1"}, ()) == []


CHANGED: dict[str, tuple[dict[str, Any], list[Path]]] = {
    "added": ({**PROGRAM, "url": "u"}, [("url",)]),
    "replaced": ({**PROGRAM, "settings": {**PROGRAM["settings"], "size": 768}}, [("settings", "size")]),
    "moved": ({"settings": {"words": ["y", "x"]}}, [("settings", "words", "0"), ("settings", "words", "1")]),
    "removed": ({"name": "a"}, []),
    "not known yet": ({"name": UNKNOWN, "settings": {"size": UNKNOWN}}, []),
}


@pytest.mark.parametrize("case", CHANGED)
def test_a_value_that_does_not_match_its_digest_counts_as_secret(case: str) -> None:
    arrived, doubted = CHANGED[case]
    assert of(PROGRAM).doubtful(arrived, {}, ()) == doubted


def test_a_value_stored_in_plain_text_is_plain() -> None:
    arrived, old = {"url": "u", "host": "h"}, {"url": "u", "host": "another"}
    assert of({}).doubtful(arrived, old, ()) == [("host",)]
    assert of({}).doubtful(arrived, old, ["url"]) == [("url",), ("host",)], "unless it is held back"


def test_without_digests_values_are_plain_and_without_a_declaration_they_are_secret() -> None:
    assert Declaration().doubtful({"url": "u"}, {}, ()) == []
    assert Declaration.from_json({"name": "a"}).doubtful({"url": "u"}, {}, ()) == []
    assert Declaration.from_json(None).doubtful({"url": "u"}, {}, ()) == [("url",)]


def test_a_declaration_travels() -> None:
    said = Declaration("a", "Thing", "a-1", True, (("settings", "key"),), frozenset({digest(("name",), "a")}))
    assert Declaration.from_json(said.to_json()) == said
    assert Declaration.from_json(Declaration().to_json()) == Declaration()
