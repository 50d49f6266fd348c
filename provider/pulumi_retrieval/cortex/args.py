"""Typed arguments of Cortex's resources: the twins of the input models, with every value as a `pulumi.Input`.

Each API generation has its own field type, and no value is converted from one to the other.
"""

from __future__ import annotations

from typing import Literal

from pulumi import Input
from typing_extensions import NotRequired, TypedDict

OnImmutableChange = Literal["refuse", "replace"]


class MetadataKey(TypedDict):
    """A metadata key of a tenant, generation ``cortex``. A flag that is not set is false."""

    key: Input[str]
    type: Input[Literal["string", "number", "boolean", "date", "object", "array"]]
    searchable: NotRequired[Input[bool]]
    filterable: NotRequired[Input[bool]]


class MetadataField(TypedDict):
    """A metadata field of a tenant, generation ``v2``. A flag that is not set is false."""

    name: Input[str]
    data_type: Input[Literal["BOOL", "INT8", "INT16", "INT32", "INT64", "FLOAT", "DOUBLE", "VARCHAR", "JSON"]]
    max_length: NotRequired[Input[int]]
    enable_match: NotRequired[Input[bool]]
    enable_dense_embedding: NotRequired[Input[bool]]
    enable_sparse_embedding: NotRequired[Input[bool]]
