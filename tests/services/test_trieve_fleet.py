"""Fleet configurations: what is sent, what is compared, and what is no proof of anything."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_retrieval.core.errors import GoneError, ServiceError, UnclearWriteError
from pulumi_retrieval.core.looking import Looks
from pulumi_retrieval.services.trieve.fleet_configuration import Sweep
from pulumi_retrieval.services.trieve.wire import TrieveWire
from support.life import Life, Rejected
from support.trieve import Tenancy

CALL = ("POST", "/api/organization/update_dataset_configs")
LIST = {"method": "GET", "path": "^/api/dataset/organization/"}
PROGRAM = {"configuration": {"MAX_LIMIT": 500}}


def fleet(trieve: Tenancy, **settings: Any) -> Life:
    cycle = trieve.service(**settings).resources["fleet_configuration"]
    return Life(cycle, name="limits", token="FleetConfiguration")


def bodies(trieve: Tenancy) -> list[Any]:
    return [json.loads(text) for text in trieve.bodies("POST")]


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ({"configuration": {}}, "configuration: must name at least one key"),
        ({**PROGRAM, "match": {}}, "match: must not be empty; leave it out to mean all datasets"),
        ({**PROGRAM, "match": {"MAX_LIMIT": 7}}, "match.MAX_LIMIT: must be a text"),
        ({**PROGRAM, "server_configuration": {"MAX_LIMIT": 7}}, 'did you mean "configuration"?'),
        ({}, "configuration: is required"),
    ],
)
def test_values_that_break_the_service_are_refused(trieve: Tenancy, program: dict[str, Any], text: str) -> None:
    with pytest.raises(Rejected) as caught:
        fleet(trieve).up(program)
    assert text in str(caught.value)
    assert trieve.calls() == []


def test_only_the_keys_that_differ_are_sent(trieve: Tenancy) -> None:
    for name in ("a", "b", "c"):
        trieve.make_by_hand(name)
    life = fleet(trieve)
    trieve.forget_calls()
    assert life.up({"configuration": {"MAX_LIMIT": 500, "TEMPERATURE": 0.5}}) == "create"
    assert life.up({"configuration": {"MAX_LIMIT": 500, "TEMPERATURE": 0.25}}) == "update"
    assert life.up({"configuration": {"TEMPERATURE": 0.25}}) == "update"
    assert bodies(trieve) == [
        {"to_configuration": {"MAX_LIMIT": 500, "TEMPERATURE": 0.5}},
        {"to_configuration": {"TEMPERATURE": 0.25}},
    ]
    assert "configuration.MAX_LIMIT is no longer managed" in trieve.text


def test_a_match_that_goes_or_changes_means_other_datasets_and_sends_all_keys(trieve: Tenancy) -> None:
    ids = [trieve.make_by_hand(name, MAX_LIMIT=limit) for name, limit in (("a", 7), ("b", 8))]
    life = fleet(trieve)
    configuration = {"TEMPERATURE": 0.5}
    trieve.forget_calls()
    # What is no text is compared by its JSON, by the service and here.
    life.up({"match": {"MAX_LIMIT": "7"}, "configuration": configuration})
    trieve.by_hand(ids[0], {"TEMPERATURE": 0.75})
    assert trieve.again(life).refresh()
    assert life.up({"match": {"MAX_LIMIT": "8"}, "configuration": configuration}) == "update"
    assert life.up({"configuration": configuration}) == "update"
    assert [body for body in bodies(trieve) if "to_configuration" in body] == [
        {"to_configuration": configuration, "match_configuration": {"MAX_LIMIT": "7"}},
        {"to_configuration": configuration, "match_configuration": {"MAX_LIMIT": "8"}},
        {"to_configuration": configuration},
    ]
    assert [trieve.stored(one)["TEMPERATURE"] for one in ids] == [0.5, 0.5]
    assert "no longer managed" not in trieve.text


def test_what_differs_is_counted_by_dataset_and_not_by_name(trieve: Tenancy) -> None:
    for _ in range(3):
        trieve.admin("POST", "/api/dataset", {"dataset_name": "twin"}, organization=trieve.organization_id)
    life = fleet(trieve)
    life.up(PROGRAM)
    first = trieve.datasets()[0]["id"]
    trieve.by_hand(first, {"MAX_LIMIT": 9})
    life = trieve.again(life, trieve.service())
    assert life.refresh()
    assert life.outputs["configuration"]["MAX_LIMIT"] == "500 (1 of 3 differ: twin)"
    # Another look, at what an earlier look has stored, compares with the majority.
    again = trieve.again(life, trieve.service())
    assert again.refresh()
    assert again.outputs["configuration"]["MAX_LIMIT"] == "500 (1 of 3 differ: twin)"
    for dataset in trieve.datasets():
        trieve.by_hand(dataset["id"], {"MAX_LIMIT": 9})
    again = trieve.again(life, trieve.service())
    assert again.refresh()
    assert again.outputs["configuration"]["MAX_LIMIT"] == 9
    assert again.up(PROGRAM) == "update"


def test_long_values_do_not_push_the_names_out_of_sight(trieve: Tenancy) -> None:
    for name in ("a", "b"):
        trieve.make_by_hand(name)
    life = fleet(trieve)
    life.up({"configuration": {"SYSTEM_PROMPT": "Be brief. " * 100}})
    trieve.by_hand(trieve.datasets()[0]["id"], {"SYSTEM_PROMPT": "Be loud."})
    life = trieve.again(life, trieve.service())
    assert life.refresh()
    shown = life.outputs["configuration"]["SYSTEM_PROMPT"]
    assert shown.endswith("(1 of 2 differ: a)")
    assert len(shown) < 100


def test_a_list_that_fails_for_a_moment_is_asked_again(trieve: Tenancy) -> None:
    trieve.make_by_hand("a")
    life = fleet(trieve)
    life.up(PROGRAM)
    trieve.sandbox.faults([{**LIST, "times": 2, "act": {"kind": "false_absence"}}])
    assert life.refresh()
    trieve.sandbox.faults([{**LIST, "act": {"kind": "false_absence"}}])
    with pytest.raises(ServiceError, match="HTTP 500: Not Found"):
        trieve.again(life).refresh()


def test_the_absence_of_an_organization_is_accepted_only_with_the_admin_key(trieve: Tenancy) -> None:
    life = fleet(trieve)
    life.up(PROGRAM)
    trieve.admin("DELETE", f"/api/organization/{trieve.organization_id}", organization=trieve.organization_id)
    with pytest.raises(GoneError, match="cannot distinguish a deleted organization from a wrong setting"):
        trieve.again(life).refresh()
    assert not trieve.again(life, trieve.service(admin=True, key=False)).refresh()


def test_a_call_without_a_clear_answer_is_repeated(trieve: Tenancy) -> None:
    """The same merge twice is the same as once."""
    trieve.make_by_hand("a")
    rule = {"method": "POST", "path": "update_dataset_configs"}
    trieve.sandbox.faults([{**rule, "times": 1, "act": {"kind": "timeout"}}])
    life = fleet(trieve)
    trieve.forget_calls()
    life.up(PROGRAM)
    assert trieve.calls("POST") == [CALL] * 2
    trieve.sandbox.faults([{**rule, "act": {"kind": "timeout"}}])
    with pytest.raises(UnclearWriteError):
        life.up({"configuration": {"MAX_LIMIT": 600}})


def test_a_long_sweep_tells_how_far_it_is(trieve: Tenancy) -> None:
    for number in range(10):
        trieve.make_by_hand(f"made-{number}")
    service, said, now = trieve.service(), list[str](), iter(range(0, 1000, 5))
    wire, looks = TrieveWire(service.http, connection=service.connection), Looks(lambda seconds: None)
    sweep = Sweep(wire, looks=looks, tell=said.append, clock=lambda: float(next(now)))
    assert len(sweep.datasets(trieve.organization_id)) == 10
    about = f"reading the datasets of organization {trieve.organization_id}: "
    assert said == [f"{about}2 of 10", f"{about}5 of 10", f"{about}8 of 10"]
    sweep.datasets(trieve.organization_id)  # known by now
    assert len(said) == 3
