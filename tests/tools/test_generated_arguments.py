"""Typed arguments are written from the input models: a new input is one declaration."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest

from pulumi_retrieval.core.fields import (
    Default,
    Filled,
    Guard,
    Inputs,
    Integer,
    Late,
    WriteOnly,
    filled_in,
    secret_paths,
)
from pulumi_retrieval.trieve import Dataset
from reference.arguments import input_type, typed_dict, with_signature
from reference.resources import PAGES, ResourcePage


class Inner(Inputs):
    """An object inside."""

    token: Annotated[str | None, WriteOnly(secret=True), Late()] = None
    """A secret."""


class Model(Inputs):
    """A model with one input more than yesterday."""

    kept: str
    """Required."""
    added: Annotated[Integer | None, Filled(8, 9)] = None
    """The new one."""
    inner: Inner | None = None
    """An object."""
    named: Annotated[str, Default("the name of the resource")]
    """Required by the service, derived where the program leaves it out."""
    steers: Annotated[bool, Guard()] = False
    """Never sent."""


@pytest.mark.parametrize(
    ("annotations", "written"),
    [
        ([str], "Input[str]"),
        ([Integer | None], "Input[int] | None"),
        ([Literal["a", "b"]], 'Input[Literal["a", "b"]]'),
        ([Literal["refuse", "replace"] | None], "Input[OnImmutableChange] | None"),
        ([list[str] | None], "Input[Sequence[Input[str]]] | None"),
        ([list[Inner], list[Model] | None], "Input[Sequence[Input[Inner] | Input[Model]]] | None"),
        ([dict[str, Any]], "Input[Mapping[str, Any]]"),
        ([dict[str, str]], "Input[Mapping[str, Input[str]]]"),
        ([bool | str | None], "Input[bool] | Input[str] | None"),
    ],
)
def test_the_type_of_an_argument(annotations: list[Any], written: str) -> None:
    assert input_type(annotations, prefix="") == written


def test_one_declaration_is_all_that_a_new_input_needs() -> None:
    written = typed_dict(Model)
    assert '    added: NotRequired[Input[int] | None]\n    """The new one."""' in written
    assert "    inner: NotRequired[Input[Inner] | None]" in written
    assert "    kept: Input[str]\n" in written
    assert dict(filled_in(Model)) == {"added": (8, 9)}
    assert secret_paths(Model) == [("inner", "token")]


def test_the_signature_of_a_resource_class() -> None:
    source = '''class Thing(Base):
    """A thing.

    :param old: gone.
    """

    def __init__(self, resource_name, *, old=None, **unknown):
        props = {"old": old, **unknown}
        super().__init__(props)
'''
    page = ResourcePage("trieve", Dataset, PAGES["trieve-dataset"].definition, {"": Model})
    written = with_signature(source, page)
    assert "old" not in written
    assert "        kept: pulumi.Input[str],\n" in written, "required arguments have no default"
    assert "        named: pulumi.Input[str] | None = None,\n" in written, "what is derived may be left out"
    assert written.index("added:") < written.index("steers:"), "what only steers comes last"
    assert "    :param named: Required by the service" in written
    assert written.endswith("        super().__init__(props)\n")
