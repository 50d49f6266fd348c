"""What a resource declares of itself, corrected from what the engine has after all transforms (`final.py`)."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import UNKNOWN

from pulumi_retrieval import trieve
from pulumi_retrieval.core.declaration import Declaration, digest
from pulumi_retrieval.final import OUTPUT, SECRET, SIGNATURE, Secrecy, _correct

KEY = "__declaration"


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET, "value": value}


def output(**said: Any) -> dict[str, Any]:
    return {SIGNATURE: OUTPUT, "dependencies": [], **said}


def corrected(*, retained: bool = False, declaration: Any = None, **properties: Any) -> Declaration:
    """What is declared once a transform of the engine has seen these properties."""
    said = {"name": "a", "candidate": "a-1"} if declaration is None else declaration
    asked = resource_pb2.TransformRequest(
        properties=json_format.ParseDict({**properties, "__provider": "p", KEY: said}, struct_pb2.Struct()),
        options=resource_pb2.TransformResourceOptions(retain_on_delete=retained),
    )
    _correct(asked, KEY)
    return Declaration.from_json(json_format.MessageToDict(asked.properties.fields[KEY]))


def plain(*said: tuple[tuple[str, ...], Any]) -> frozenset[str]:
    return frozenset(digest(path, value) for path, value in said)


CASES: dict[str, tuple[dict[str, Any], tuple[Any, ...], frozenset[str]]] = {
    "plain": ({"a": 5, "b": {"c": True}}, (), plain((("a",), 5), (("b", "c"), True))),
    "a secret": ({"a": {"b": secret("x"), "c": "y"}}, (("a", "b"),), plain((("a", "c"), "y"))),
    "a secret output": ({"a": output(secret=True, value="x")}, (("a",),), frozenset()),
    "an output": ({"a": output(value={"b": secret("x"), "c": 1})}, (("a", "b"),), plain((("a", "c"), 1))),
    "not known": ({"a": output(), "b": UNKNOWN, "c": None}, (), frozenset()),
    "lists": (
        {"a": ["x", secret("y")], "b": [], "c": {}},
        (("a", "1"),),
        plain((("a", "0"), "x"), (("b",), []), (("c",), {})),
    ),
    "what is no value of ours": ({"a": {SIGNATURE: "an asset", "text": "t"}}, (), frozenset()),
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_engine_has(case: str) -> None:
    properties, secrets, known = CASES[case]
    found = corrected(**properties)
    assert (found.name, found.candidate, found.secrets, found.plain) == ("a", "a-1", secrets, known)


@pytest.mark.parametrize("retained", [True, False])
def test_whether_it_is_retained(retained: bool) -> None:
    assert corrected(retained=retained).retain_on_delete is retained


def test_a_declaration_that_became_an_output() -> None:
    assert corrected(declaration=output(value={"name": "a"})).name == "a"


def test_what_the_program_passes() -> None:
    async def found() -> tuple[bool, dict[str, Any]]:
        later: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        secrecy = Secrecy(
            {
                "a": pulumi.Output.secret("x"),
                "b": {"c": pulumi.Output.from_input(1), "d": [pulumi.Output.secret(2)], "e": "plain"},
                "later": later,
                "nothing": None,
            }
        )
        complete = secrecy.complete
        return complete, await secrecy.known()

    complete, said = asyncio.run(found())
    assert not complete
    assert sorted(said["secrets"]) == [["a"], ["b", "d", "0"]]
    assert set(said["plain"].split()) == plain((("b", "c"), 1), (("b", "e"), "plain"))


def test_a_class_has_no_transformations_of_its_own() -> None:
    assert trieve.Dataset._transformations == []
