"""Reads the docstrings below the fields of the input models, for the reference pages. Providers and programs never call this.

Pydantic can read them as well, but would do so at every import, which takes longer than the rest of the import.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from itertools import pairwise

from pydantic import BaseModel

from .fields import submodel
from .values import Path


def descriptions(model: type[BaseModel], prefix: Path = ()) -> Mapping[Path, str]:
    """The text below each field, also of nested models, by path; fields without one are left out."""
    own: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            own.update(_below_fields(base))
    found: dict[Path, str] = {}
    for name, info in model.model_fields.items():
        path = (*prefix, name)
        if name in own:
            found[path] = own[name]
        if (inner := submodel(info.annotation)) is not None:
            found.update(descriptions(inner, path))
    return found


def _below_fields(model: type[BaseModel]) -> dict[str, str]:
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(found, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(found.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }
