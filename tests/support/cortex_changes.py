"""Every change of a Cortex tenant and its verdict, for both generations: one table for the tests and for the reference.

    python tests/support/cortex_changes.py      # writes docs/reference/cortex-changes.md anew

`tests/engine/test_cortex_verdicts.py` tries each row on a real provider process.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cortex-changes.md"
ID = "acme"
"""The tenant in the table; a test may put another one in its place."""

Program = Mapping[str, Any]
SCHEMA = "tenant_metadata_schema"


@dataclass(frozen=True)
class Change:
    """A change of a program.

    :param what: the change, for people.
    :param before: what was applied.
    :param after: what the program says now.
    :param verdict: ``"none"``, ``"update"``, ``"replace"``, ``"refused"`` or ``"mistake"``.
    :param says: what the preview says, the most telling line first.
    :param tells: what the update says when it is done.
    :param sends: the calls that change something, with their bodies.
    :param retain: ``ResourceOptions(retain_on_delete=True)``.
    """

    what: str
    before: Program
    after: Program
    verdict: str
    says: Sequence[str] = ()
    tells: str = ""
    sends: Sequence[tuple[str, Any]] = ()
    retain: bool = False


def _with(program: Program, *items: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {**program, SCHEMA: list(items), **more}


def _without(program: Program, *names: str) -> dict[str, Any]:
    return {name: value for name, value in program.items() if name not in names}


# Generation "cortex".

DEPARTMENT = {"key": "department", "type": "string", "searchable": True, "filterable": True}
YEAR = {"key": "year", "type": "number", "searchable": False, "filterable": True}
REGION = {"key": "region", "type": "string", "searchable": False, "filterable": False}
KEYS = {"tenant_id": ID, SCHEMA: [DEPARTMENT, YEAR], "note": "first"}
BARE_KEYS = {"tenant_id": ID}

_NOTE = "note is used only at creation; the change has no effect on tenant acme"
_NO_DELETE = (
    'on_immutable_change="replace" is set, but this API generation cannot delete a tenant, so its tenant_id stays taken; '
    "to replace it, choose another tenant_id and set ResourceOptions(retain_on_delete=True)"
)


def _keys(what: str, after: Program, verdict: str, *says: str, before: Program = KEYS, **more: Any) -> Change:
    return Change(what, before, after, verdict, says, **more)


CORTEX: list[Change] = [
    _keys("nothing", KEYS, "none"),
    _keys("order of the keys", _with(KEYS, YEAR, DEPARTMENT), "none"),
    _keys("order of the attributes of a key", _with(KEYS, dict(reversed(DEPARTMENT.items())), YEAR), "none"),
    _keys("a flag that is false is left out", _with(KEYS, DEPARTMENT, _without(YEAR, "searchable")), "none"),
    _keys(
        "key added",
        _with(KEYS, DEPARTMENT, YEAR, REGION),
        "refused",
        f'{SCHEMA}["region"] was missing; now '
        '{"key": "region", "type": "string", "searchable": false, "filterable": false}',
    ),
    _keys(
        "key removed",
        _with(KEYS, DEPARTMENT),
        "refused",
        f'{SCHEMA}["year"] now missing; was {{"key": "year", "type": "number", "searchable": false, "filterable": true}}',
    ),
    _keys(
        "key renamed",
        _with(KEYS, DEPARTMENT, {**YEAR, "key": "since"}),
        "refused",
        f'{SCHEMA}["year"] now missing',
        f'{SCHEMA}["since"] was missing',
    ),
    _keys(
        "key retyped",
        _with(KEYS, DEPARTMENT, {**YEAR, "type": "date"}),
        "refused",
        f'{SCHEMA}["year"].type was "number" now "date"',
    ),
    _keys(
        "`searchable` switched off",
        _with(KEYS, {**DEPARTMENT, "searchable": False}, YEAR),
        "refused",
        f'{SCHEMA}["department"].searchable was true now false',
    ),
    _keys(
        "`searchable` switched on",
        _with(KEYS, DEPARTMENT, {**YEAR, "searchable": True}),
        "refused",
        f'{SCHEMA}["year"].searchable was false now true',
    ),
    _keys(
        "`filterable` switched off",
        _with(KEYS, DEPARTMENT, {**YEAR, "filterable": False}),
        "refused",
        f'{SCHEMA}["year"].filterable was true now false',
    ),
    _keys(
        "`filterable` switched on",
        {"tenant_id": ID, SCHEMA: [{**REGION, "filterable": True}]},
        "refused",
        f'{SCHEMA}["region"].filterable was false now true',
        before={"tenant_id": ID, SCHEMA: [REGION]},
    ),
    _keys(
        "all keys removed, `[]`",
        _with(KEYS),
        "refused",
        f'{SCHEMA}["department"] now missing',
        f'{SCHEMA}["year"] now missing',
    ),
    _keys(
        "the whole schema left out",
        _without(KEYS, SCHEMA),
        "refused",
        f'{SCHEMA}["department"] now missing',
        f'{SCHEMA}["year"] now missing',
    ),
    _keys(
        "a schema for a tenant that has none",
        _with(BARE_KEYS, DEPARTMENT),
        "refused",
        f'{SCHEMA}["department"] was missing',
        before=BARE_KEYS,
    ),
    _keys("note changed", {**KEYS, "note": "second"}, "update", tells=_NOTE),
    _keys("note added", {**BARE_KEYS, "note": "first"}, "update", tells=_NOTE, before=BARE_KEYS),
    _keys("note removed", _without(KEYS, "note"), "update", tells=_NOTE),
    _keys("`tenant_id` changed", {**KEYS, "tenant_id": "apex"}, "refused", 'tenant_id was "acme" now "apex"'),
    _keys("`tenant_id` left out", _without(KEYS, "tenant_id"), "none"),
    _keys("`force_destroy`, `adopt` or `on_immutable_change` set", {**KEYS, "force_destroy": True}, "update"),
    _keys(
        'anything refused, with `on_immutable_change="replace"`',
        _with(KEYS, DEPARTMENT, on_immutable_change="replace"),
        "refused",
        _NO_DELETE,
    ),
    _keys(
        "the same, with another `tenant_id` and `retain_on_delete`",
        _with(KEYS, DEPARTMENT, on_immutable_change="replace", tenant_id="apex"),
        "replace",
        sends=[("POST /user/create_tenant?tenant_id=apex&note=first", {SCHEMA: [DEPARTMENT]})],
        retain=True,
    ),
    _keys(
        "a key written with the fields of `v2`",
        _with(KEYS, DEPARTMENT, YEAR, {"name": "region", "data_type": "VARCHAR"}),
        "mistake",
        f'{SCHEMA}[2]: name, data_type belong to the API generation "v2", and cortex:apiVersion is "cortex"',
    ),
    _keys(
        "`embeddings_dimension` given",
        {**KEYS, "embeddings_dimension": 768},
        "mistake",
        'embeddings_dimension: there is no such key; it belongs to the API generation "v2"',
    ),
]


# Generation "v2".

TOPIC = {"name": "topic", "data_type": "VARCHAR", "max_length": 200, "enable_dense_embedding": True}
COUNT = {"name": "count", "data_type": "INT64", "enable_match": True}
PLACE = {"name": "place", "data_type": "VARCHAR"}
FIELDS = {"tenant_id": ID, SCHEMA: [TOPIC, COUNT], "embeddings_dimension": 768}
BARE_FIELDS = {"tenant_id": ID}

_FLAGS = ("enable_match", "enable_dense_embedding", "enable_sparse_embedding")


def _sent(*fields: Mapping[str, Any]) -> dict[str, Any]:
    items = []
    for field in fields:
        texts = {"max_length": 1024} if field["data_type"] == "VARCHAR" else {}
        items.append({**texts, **dict.fromkeys(_FLAGS, False), **field})
    return {"add_fields": items}


def _fields(what: str, after: Program, verdict: str, *says: str, before: Program = FIELDS, **more: Any) -> Change:
    return Change(what, before, after, verdict, says, **more)


ADD, RENAME = "PATCH /databases/acme/metadata-schema", "PATCH /databases/acme"
_FLAG_FIELD = {"name": "label", "data_type": "VARCHAR"}


def _flag(flag: str, *, on: bool) -> Change:
    before = {"tenant_id": ID, SCHEMA: [{**_FLAG_FIELD, flag: not on}]}
    was, now = ("false", "true") if on else ("true", "false")
    return Change(
        f"`{flag}` switched {'on' if on else 'off'}",
        before,
        {"tenant_id": ID, SCHEMA: [{**_FLAG_FIELD, flag: on}]},
        "refused",
        (f'{SCHEMA}["label"].{flag} was {was} now {now}',),
    )


V2: list[Change] = [
    _fields("nothing", FIELDS, "none"),
    _fields("order of the fields", _with(FIELDS, COUNT, TOPIC), "none"),
    _fields(
        "defaults written out",
        _with(FIELDS, TOPIC, {**COUNT, "enable_dense_embedding": False, "enable_sparse_embedding": False}),
        "none",
    ),
    _fields(
        "field added",
        _with(FIELDS, PLACE, TOPIC, COUNT),
        "update",
        sends=[(ADD, _sent(PLACE))],
    ),
    _fields(
        "several fields added",
        _with(FIELDS, TOPIC, COUNT, PLACE, {"name": "since", "data_type": "INT32"}),
        "update",
        sends=[(ADD, _sent(PLACE, {"name": "since", "data_type": "INT32"}))],
    ),
    _fields(
        "a schema for a tenant that has none",
        _with(BARE_FIELDS, PLACE),
        "update",
        sends=[(ADD, _sent(PLACE))],
        before=BARE_FIELDS,
    ),
    _fields(
        "field added with a dense embedding",
        _with(FIELDS, TOPIC, COUNT, {**PLACE, "enable_dense_embedding": True}),
        "mistake",
        f'{SCHEMA}["place"].enable_dense_embedding: a field that is added to a database that exists cannot be embedded',
    ),
    _fields(
        "field added with a sparse embedding",
        _with(FIELDS, TOPIC, COUNT, {**PLACE, "enable_sparse_embedding": True}),
        "mistake",
        f'{SCHEMA}["place"].enable_sparse_embedding: a field that is added to a database that exists cannot be embedded',
    ),
    _fields(
        "the 33rd field added",
        _with(FIELDS, TOPIC, COUNT, *({"name": f"number_{index}", "data_type": "INT64"} for index in range(31))),
        "mistake",
        f"{SCHEMA}: 33 fields; a database has 32 at most",
    ),
    _fields("field removed", _with(FIELDS, TOPIC), "refused", f'{SCHEMA}["count"] now missing'),
    _fields(
        "field renamed",
        _with(FIELDS, TOPIC, {**COUNT, "name": "amount"}),
        "refused",
        f'{SCHEMA}["count"] now missing',
        f'{SCHEMA}["amount"] was missing',
    ),
    _fields(
        "one field added, another removed",
        _with(FIELDS, TOPIC, PLACE),
        "refused",
        f'{SCHEMA}["count"] now missing',
        f'{SCHEMA}["place"] was missing',
    ),
    _fields(
        "field retyped",
        _with(FIELDS, TOPIC, {**COUNT, "data_type": "INT32"}),
        "refused",
        f'{SCHEMA}["count"].data_type was "INT64" now "INT32"',
    ),
    _fields(
        "`max_length` changed",
        _with(FIELDS, {**TOPIC, "max_length": 400}, COUNT),
        "refused",
        f'{SCHEMA}["topic"].max_length was 200 now 400',
    ),
    *(_flag(flag, on=on) for flag in _FLAGS for on in (False, True)),
    _fields(
        "all fields removed, `[]`",
        _with(FIELDS),
        "refused",
        f'{SCHEMA}["topic"] now missing',
        f'{SCHEMA}["count"] now missing',
    ),
    _fields(
        "the whole schema left out",
        _without(FIELDS, SCHEMA),
        "refused",
        f'{SCHEMA}["topic"] now missing',
        f'{SCHEMA}["count"] now missing',
    ),
    _fields(
        "`tenant_id` changed",
        {**FIELDS, "tenant_id": "apex"},
        "update",
        sends=[(RENAME, {"new_name": "apex"})],
    ),
    _fields(
        "`tenant_id` changed and a field added",
        _with(FIELDS, TOPIC, COUNT, PLACE, tenant_id="apex"),
        "update",
        sends=[(ADD, _sent(PLACE)), (RENAME, {"new_name": "apex"})],
    ),
    _fields("`tenant_id` left out", _without(FIELDS, "tenant_id"), "none"),
    _fields(
        "`embeddings_dimension` changed",
        {**FIELDS, "embeddings_dimension": 1536},
        "refused",
        "embeddings_dimension was 768 now 1536",
    ),
    _fields(
        "`embeddings_dimension` left out",
        _without(FIELDS, "embeddings_dimension"),
        "update",
        tells="tenant acme: embeddings_dimension is no longer managed; its value stays in the service",
    ),
    _fields(
        "`embeddings_dimension` given later, as it is",
        {**BARE_FIELDS, "embeddings_dimension": 1536},
        "update",
        before=BARE_FIELDS,
    ),
    _fields(
        "`embeddings_dimension` given later, another one",
        {**BARE_FIELDS, "embeddings_dimension": 768},
        "refused",
        "embeddings_dimension was 1536 now 768",
        before=BARE_FIELDS,
    ),
    _fields(
        "`wait_seconds`, `force_destroy`, `adopt` or `on_immutable_change` set",
        {**FIELDS, "wait_seconds": 0, "force_destroy": True},
        "update",
    ),
    _fields(
        'anything refused, with `on_immutable_change="replace"`',
        _with(FIELDS, TOPIC, on_immutable_change="replace"),
        "refused",
        'on_immutable_change="replace" is set, but the tenant may hold documents; set '
        "force_destroy=True and run `pulumi up` once before",
    ),
    _fields(
        "the same, after `force_destroy=True` was applied",
        _with(FIELDS, TOPIC, on_immutable_change="replace", force_destroy=True),
        "replace",
        before={**FIELDS, "force_destroy": True},
        sends=[
            ("DELETE /databases?database=acme", None),
            (
                "POST /databases",
                {
                    "database": "acme",
                    "database_metadata_schema": _sent(TOPIC)["add_fields"],
                    "embeddings_dimension": 768,
                },
            ),
        ],
    ),
    _fields(
        "`note` given",
        {**FIELDS, "note": "first"},
        "mistake",
        'note: there is no such key; it belongs to the API generation "cortex", and cortex:apiVersion is "v2"',
    ),
    _fields(
        "a field written with the keys of `cortex`",
        _with(FIELDS, TOPIC, COUNT, {"key": "region", "type": "string"}),
        "mistake",
        f'{SCHEMA}[2]: key, type belong to the API generation "cortex", and cortex:apiVersion is "v2"',
    ),
]

CHANGES: dict[str, list[Change]] = {"cortex": CORTEX, "v2": V2}


# The page.

_HEAD = """\
# What a change of a Cortex tenant means

`tests/support/cortex_changes.py` writes this page, and a test tries every row on the real provider process.
The tenant is called `acme`; each row starts from one that was applied with a few metadata keys.

- **refused**: `preview` and `up` fail before anything is sent; the line shown is one of the refusal's.
- **mistake**: the same, with what is wrong and how to write it.
- **update, no call**: Pulumi shows a step, because its state changes; the service is not asked.
- **nothing**: no step and no call.
"""
_TITLES = {"cortex": "Generation `cortex`", "v2": "Generation `v2`"}


def page() -> str:
    """The reference page."""
    parts = [_HEAD]
    for version, changes in CHANGES.items():
        parts.append(f"\n## {_TITLES[version]}\n\n| change | verdict | sent |\n| --- | --- | --- |\n")
        parts += [f"| {change.what} | {_verdict(change)} | {_sends(change)} |\n" for change in changes]
    return "".join(parts)


def _verdict(change: Change) -> str:
    text = change.says[0] if change.says else change.tells
    shown = f": `{text.replace('|', ' ')}`" if text else ""
    if change.verdict == "update":
        return f"update{'' if change.sends else ', no call'}{shown}"
    return {"none": "nothing", "replace": "replaced"}.get(change.verdict, f"**{change.verdict}**") + shown


def _sends(change: Change) -> str:
    return "<br>".join(f"`{call}`{_body(body)}" for call, body in change.sends) or "–"


def _body(body: Any) -> str:
    if body is None:
        return ""
    short = {key: _names(value) if isinstance(value, list) else value for key, value in body.items()}
    return f" with `{json.dumps(short)}`"


def _names(items: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(item.get("name") or item.get("key")) for item in items]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
