"""The metadata schema of a tenant: the rules of each generation, and its form in requests and answers.

Items are plain objects here, as the program gave them. `core.validation` checks types; this module checks rules that involve
more than one value. It makes no calls.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .answers import ToldField, ToldKey
from .inputs import DEFAULT_MAX_LENGTH, FIELD_FIELDS, KEY_FIELDS, canonical_type

Item = Mapping[str, Any]
PLACE = "tenant_metadata_schema"

RESERVED_KEYS = frozenset(
    {
        "base_metadata",
        "chunk_content",
        "chunk_id",
        "chunk_uuid",
        "description",
        "document_metadata",
        "layout",
        "source_collaborator",
        "source_collection",
        "source_id",
        "source_last_updated_time",
        "source_owner",
        "source_title",
        "source_type",
        "source_upload_time",
        "source_url",
    }
)
"""Generation ``cortex`` (docs/services/cortex.md 2.1)."""

RESERVED_FIELDS = frozenset({"chunk_id", "description", "document_metadata", "metadata", "source_id", "source_title"})
"""Generation ``v2``, as far as the service publishes its list; its own error names every one (2.3)."""

MOST_KEYS = 15
MOST_FIELDS = 32
MOST_EMBEDDINGS = 6
EMBEDDINGS = ("enable_dense_embedding", "enable_sparse_embedding")


class SchemaRules(Protocol):
    """The rules of one generation for metadata schemas."""

    identity: str
    """The attribute that names an item."""

    def fill(self, item: Item) -> dict[str, Any]:
        """An item with the documented defaults filled in, so that leaving one out is not a difference."""
        ...

    def mistakes(self, items: Sequence[Item]) -> list[str]:
        """Mistakes that the service would refuse, one text each."""
        ...

    def advice(self, items: Sequence[Item]) -> list[str]:
        """Warnings about items that the service accepts but advises against, one text each."""
        ...

    def objections(self, added: Sequence[Item]) -> list[str]:
        """Why items cannot be added to an existing schema, one text each."""
        ...

    def sent(self, item: Item) -> dict[str, Any]:
        """An item as a request contains it."""
        ...


def places(items: Sequence[Item], identity: str) -> list[tuple[str, str, Item]]:
    """Each item that has a name: its place, its name, the item."""
    return [
        (f"{PLACE}[{index}].{identity}", item[identity], item)
        for index, item in enumerate(items)
        if isinstance(item, Mapping) and isinstance(item.get(identity), str)
    ]


def by_name(items: Any, identity: str) -> dict[str, Item]:
    """The items of a schema by name; items without a name are left out."""
    return {name: item for _, name, item in places(items if isinstance(items, (list, tuple)) else [], identity)}


def duplicates(items: Sequence[Item], identity: str, *, fold: bool) -> list[str]:
    """A text for each name that is given more than once."""
    names = [name for _, name, _ in places(items, identity)]
    counted = Counter(name.lower() if fold else name for name in names)
    without_case = " (names are compared without regard to case)" if fold else ""
    return [
        f'{PLACE}: "{name}" is given {count} times{without_case}; give it once'
        for name, count in counted.items()
        if count > 1
    ]


class KeyRules:
    """Generation ``cortex`` (docs/services/cortex.md 2.1)."""

    identity = "key"

    def fill(self, item: Item) -> dict[str, Any]:
        """Fill in all flags: the service documents no defaults, so all four attributes are always sent."""
        if any(name in item for name in FIELD_FIELDS) or "key" not in item:
            return dict(item)
        filled = {name: value for name, value in item.items() if value is not None}
        return {**filled, **{flag: False for flag in ("searchable", "filterable") if flag not in filled}}

    def mistakes(self, items: Sequence[Item]) -> list[str]:
        """Reserved and repeated keys."""
        reserved = [
            f'{place}: "{name}" is reserved by the service; choose another name, such as "doc_{name}"'
            for place, name, _ in places(items, self.identity)
            if name in RESERVED_KEYS
        ]
        return reserved + duplicates(items, self.identity, fold=False)

    def advice(self, items: Sequence[Item]) -> list[str]:
        """Names that are not snake_case, and more keys than the documents mention."""
        texts = [
            f'{place}: "{name}" is not snake_case, which the service recommends'
            for place, name, _ in places(items, self.identity)
            if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)
        ]
        if len(items) > MOST_KEYS:
            texts.append(f"{PLACE}: {len(items)} keys; the service's documents speak of up to {MOST_KEYS}")
        return texts

    def objections(self, added: Sequence[Item]) -> list[str]:
        """None: this generation cannot add keys at all, so the planner refuses them."""
        return []

    def told(self, item: ToldKey) -> dict[str, Any]:
        """A returned key in the shape of the inputs, without its type (1.2). A missing or null flag is false."""
        return {
            "key": item.field_name,
            "searchable": item.index_searchable is True,
            "filterable": item.index_filterable is True,
        }

    def sent(self, item: Item) -> dict[str, Any]:
        """As the program gave it, in the documented order."""
        return {name: item[name] for name in KEY_FIELDS if item.get(name) is not None}


class FieldRules:
    """Generation ``v2`` (docs/services/cortex.md 2.3)."""

    identity = "name"

    def fill(self, item: Item) -> dict[str, Any]:
        """Fill in flags and the length of texts."""
        if any(name in item for name in KEY_FIELDS) or "name" not in item:
            return dict(item)
        filled = {name: value for name, value in item.items() if value is not None}
        filled.update({name: False for name in FIELD_FIELDS if name.startswith("enable_") and name not in filled})
        if filled.get("data_type") == "VARCHAR":
            filled.setdefault("max_length", DEFAULT_MAX_LENGTH)
        return filled

    def mistakes(self, items: Sequence[Item]) -> list[str]:
        """Reserved and repeated names, attributes of the wrong type, and limits."""
        texts = []
        for place, name, item in places(items, self.identity):
            if name.lower() in RESERVED_FIELDS:
                texts.append(f'{place}: "{name}" is reserved by the service; choose another name, such as "doc_{name}"')
            kind = item.get("data_type")
            if not isinstance(kind, str) or canonical_type(kind) == "VARCHAR":
                continue
            where = place.removesuffix(".name")
            texts += [f"{where}.{flag}: only VARCHAR fields can be embedded" for flag in EMBEDDINGS if item.get(flag)]
            if "max_length" in item:
                texts.append(f"{where}.max_length: only VARCHAR fields have a length; leave it out for {kind}")
        texts += duplicates(items, self.identity, fold=True)
        if len(items) > MOST_FIELDS:
            texts.append(f"{PLACE}: {len(items)} fields; a database has {MOST_FIELDS} at most")
        lanes = sum(item.get(flag) is True for item in items if isinstance(item, Mapping) for flag in EMBEDDINGS)
        if lanes > MOST_EMBEDDINGS:
            texts.append(
                f"{PLACE}: {lanes} embeddings (dense and sparse count separately); a database has {MOST_EMBEDDINGS} "
                "at most"
            )
        return texts

    def advice(self, items: Sequence[Item]) -> list[str]:
        """Nothing: what earlier documents advised against, the later ones refuse (2.3)."""
        return []

    def objections(self, added: Sequence[Item]) -> list[str]:
        """Embeddings cannot be set for a field that is added later (3)."""
        return [
            f'{PLACE}["{item.get("name")}"].{flag}: a field that is added to a database that exists cannot be '
            "embedded; add it without, or create another tenant"
            for item in added
            for flag in EMBEDDINGS
            if item.get(flag)
        ]

    def told(self, item: ToldField) -> dict[str, Any]:
        """A returned field in the shape of the inputs, with canonical type, and with omitted flags and length filled in."""
        kind = item.data_type or "VARCHAR"
        kind = canonical_type(kind)
        match = item.filterable if item.enable_match is None else item.enable_match
        field: dict[str, Any] = {"name": item.name, "data_type": kind, "enable_match": match is True}
        field["enable_dense_embedding"] = item.enable_dense_embedding is True
        field["enable_sparse_embedding"] = item.enable_sparse_embedding is True
        if kind == "VARCHAR":
            field["max_length"] = item.max_length or DEFAULT_MAX_LENGTH
        return field

    def sent(self, item: Item) -> dict[str, Any]:
        """As the program gave it, defaults included, in the documented order."""
        return {name: item[name] for name in FIELD_FIELDS if item.get(name) is not None}
