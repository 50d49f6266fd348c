"""The emulator against recordings of what the official clients send and what they can parse.

Each line of ``tests/data/cortex-wire.jsonl`` is one request of an official client, recorded against a local server;
the line marked ``primary`` of each call also holds which answers that client accepts (docs/services/cortex.md 10). The
answers in it are the recorder's own, never the real service's: they show a shape, not a behaviour.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cortex_sandbox import KEY, CortexSandbox

Line = dict[str, Any]

LINES: list[Line] = [
    json.loads(line) for line in (Path(__file__).parents[1] / "data" / "cortex-wire.jsonl").read_text().splitlines()
]
PRIMARY = {(line["generation"], line["call"]): line for line in LINES if "required_response_fields" in line}

NOT_SUCCESSFUL = {
    # variants of a call that documents say are refused, or that no document covers
    ("user.create_tenant", "free-form item passes through (unknown key, null, nested)"): 501,
    ("databases.create", "no arguments"): 400,
    ("databases.create", "schema as plain dicts: 10 types, friendly names, unknown keys"): 400,  # ARRAY is among them
    ("databases.create", "schema model with shorthands as extra + nonsense type"): 400,
    ("databases.update_metadata_schema", "no add_fields"): 400,
    ("databases.update_metadata_schema", "add_fields=[]"): 400,
    # Names that cannot exist, or that lead to another path because the client does not escape them.
    ("databases.get_metadata_schema", "name with space"): 404,
    ("databases.get_metadata_schema", "name with slash"): 404,
    ("databases.get_metadata_schema", "name with %"): 404,
    ("databases.get_metadata_schema", "name with ? and #"): 404,
    ("databases.get_metadata_schema", "name with unicode"): 404,
    ("databases.get_metadata_schema", "name '..'"): 404,
    ("databases.get_metadata_schema", "name '.'"): 404,
    ("databases.get_metadata_schema", "name empty"): 404,
    ("databases.get_metadata_schema", "name with dot inside"): 404,
    ("databases.get_metadata_schema", "name with +:@~"): 404,
}

LEFT_OUT = {
    # false flags are left out (docs/services/cortex.md 1.4)
    "data.fields[].enable_match",
    "data.fields[].enable_dense_embedding",
    "data.fields[].enable_sparse_embedding",
    # only text has a length
    "data.fields[].max_length",
}


def of(*generations: str) -> list[Any]:
    return [
        pytest.param(line, id=f"{line['call']}: {line['variant']}")
        for line in LINES
        if line["generation"] in generations
    ]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[CortexSandbox]:
    sandbox = CortexSandbox(tmp_path)
    yield sandbox
    sandbox.stop()


def set_up(sandbox: CortexSandbox, line: Line) -> None:
    """Make the objects that a recorded request is about: everything that is not a creation needs one."""
    if "create" in line["call"]:
        return
    if line["generation"] == "G1":
        item = {"key": "a", "type": "string", "searchable": False, "filterable": True}
        sandbox.send("POST", "/user/create_tenant?tenant_id=t1", json={"tenant_metadata_schema": [item]})
        sandbox.control("POST", "tenants/t1/documents", {"count": 1, "sub_tenant_id": "s1"})
        return
    sandbox.control("PUT", "settings", {"fail_provisioning": "^bad$"})
    schema = [{"name": "a", "max_length": 100, "enable_match": True}]
    for database in ("d1", "bad"):
        sandbox.v2("POST", "/databases", json={"database": database, "database_metadata_schema": schema})
    sandbox.control("POST", "databases/d1/documents", {"count": 1, "collection": "c1"})
    sandbox.v2("PATCH", "/databases/d1/instructions", json={"collections": {"c1": "x"}})


def replay(sandbox: CortexSandbox, line: Line) -> Any:
    request = line["request"]
    content = b""
    if request["body_present"]:
        content = json.dumps(request["json"], ensure_ascii=False, separators=(",", ":")).encode()
    if request["content_length"] is not None:
        assert len(content) == int(request["content_length"])
    target = request["path"] + (f"?{request['raw_query']}" if request["raw_query"] else "")
    headers = {name: value.replace("<KEY>", KEY) for name, value in request["headers"].items()}
    return sandbox.send(request["method"], target, content=content, headers=headers, key=None)


def values_at(document: Any, path: str) -> Iterator[Any]:
    """Give all values at a recorded path (``data.fields[].name``); ``KeyError`` where one is absent."""
    name, _, rest = path.partition(".")
    value = document[name.removesuffix("[]")]
    for item in value if name.endswith("[]") else [value]:
        if rest:
            yield from values_at(item, rest)
        else:
            yield item


def kind(value: Any) -> Any:
    """Tell values apart as a parser does: by type, and lists by the types of their items."""
    return ("list", {type(item) for item in value}) if isinstance(value, list) else type(value)


def complaints(line: Line, answer: Any) -> list[str]:
    """List what the client of a recorded call would reject in an answer, and what it knows and would not find."""
    found: list[str] = []
    usable = (line.get("minimal_usable_response") or line["minimal_response"])["json"]
    for path in {*line["parsed_fields"], *line["required_response_fields"], *usable} - LEFT_OUT:
        try:
            list(values_at(answer, path))
        except (KeyError, TypeError):
            found.append(f"{path} is absent")
    for path in {*line["required_response_fields"], *line["null_rejected_fields"]}:
        try:
            if None in values_at(answer, path):
                found.append(f"{path} is null")
        except (KeyError, TypeError):
            continue
    for example in line["wrong_type_rejected"]:
        path, _, rejected = example.partition("=")
        try:
            present = list(values_at(answer, path))
        except (KeyError, TypeError):
            continue
        found += [f"{path} is like {rejected}" for value in present if kind(value) == kind(json.loads(rejected))]
    return found


@pytest.mark.parametrize("line", of("G1", "v2"))
def test_every_recorded_request_gets_an_answer_its_client_can_use(sandbox: CortexSandbox, line: Line) -> None:
    set_up(sandbox, line)
    response = replay(sandbox, line)
    expected = NOT_SUCCESSFUL.get((line["call"], line["variant"]), 200)
    assert response.status_code == expected, response.text
    primary = PRIMARY[line["generation"], line["call"]]
    if expected == 200:
        assert complaints(primary, response.json()) == []
    elif expected != 501:
        shape = "detail_object" if line["generation"] == "G1" else "v2_envelope_with_detail"
        (raised,) = [name for name, bodies in primary["errors"][str(expected)].items() if shape in bodies]
        assert "ValidationError" not in raised
        assert "ParsingError" not in raised


@pytest.mark.parametrize("line", of("G1", "v2"))
def test_no_recorded_request_is_taken_without_its_key(sandbox: CortexSandbox, line: Line) -> None:
    set_up(sandbox, line)
    before = sandbox.state()
    line = {**line, "request": {**line["request"], "headers": dict(line["request"]["headers"])}}
    del line["request"]["headers"]["authorization"]
    assert replay(sandbox, line).status_code in (401, 404)
    assert sandbox.state() == before


@pytest.mark.parametrize("line", of("v1"))
def test_the_generation_in_between_is_out_of_scope(sandbox: CortexSandbox, line: Line) -> None:
    """No program of ours speaks v1: it can neither read a schema back nor change one, and v2 replaces it."""
    response = replay(sandbox, line)
    assert response.status_code == 501
    assert "not emulated" in response.json()["detail"]["message"]


def test_all_generations_are_covered() -> None:
    assert {line["generation"] for line in LINES} == {"G1", "v1", "v2"}
    calls = {(line["generation"], line["call"]) for line in LINES}
    assert calls == set(PRIMARY)
    assert {(line["call"], line["variant"]) for line in LINES} >= set(NOT_SUCCESSFUL)


@pytest.mark.parametrize("line", [pytest.param(line, id=line["call"]) for line in PRIMARY.values()])
def test_the_recorded_answers_pass_and_damaged_ones_do_not(line: Line) -> None:
    answer = line["full_response"]["json"]
    assert complaints(line, answer) == []
    for path in line["required_response_fields"]:
        if "." not in path:
            assert complaints(line, {key: value for key, value in answer.items() if key != path})
            assert complaints(line, {**answer, path: None})
    for example in line["wrong_type_rejected"]:
        path, _, rejected = example.partition("=")
        if "." not in path:
            assert complaints(line, {**answer, path: json.loads(rejected)}), example
