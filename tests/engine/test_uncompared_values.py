"""Immutable values that nobody compared: they are neither trusted nor written, and the service is asked before a write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.engine import Project
from support.hand import Hand
from support.programs import Code, dataset, id_of, program
from support.sandbox import Sandbox

DOCUMENTS = 40
WAYS = ["secret dictionary", "secret key", "secret configuration"]
KEY = "EMBEDDING_SIZE"


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


def declare(project: Project, way: str, **configuration: Any) -> None:
    """Declare the dataset with this configuration, kept secret in one of the ways."""
    if way == "secret configuration":
        project.config("server", json.dumps(configuration), secret=True)
        text = 'pulumi.Config().require_secret_object("server")'
    elif way == "secret dictionary":
        text = f"pulumi.Output.secret({configuration})"
    elif way == "secret key":
        items = [f"{k!r}: " + (f"pulumi.Output.secret({v})" if k == KEY else f"{v}") for k, v in configuration.items()]
        text = "{" + ", ".join(items) + "}"
    else:
        text = repr(configuration)
    project.program = program(dataset(server_configuration=Code(text)))


def in_use(project: Project, hand: Hand, way: str) -> None:
    """A dataset with 40 documents whose EMBEDDING_SIZE, 768, was managed once and is not any more."""
    declare(project, way, EMBEDDING_SIZE=768, MAX_LIMIT=5)
    project.up().expect_success()
    hand.sandbox.put_chunks(id_of(project, "golden"), DOCUMENTS)
    declare(project, way, MAX_LIMIT=5)
    project.up().expect_success()
    hand.forget_calls()


def untouched(hand: Hand) -> None:
    """Nothing was written, and the service holds what the documents were embedded with."""
    assert hand.writes() == []
    assert hand.values(KEY) == [768]


def refused_whatever_is_run(project: Project, hand: Hand) -> None:
    """The program asks for 1536, and no way of running it brings that into the service."""
    project.up().expect_failure("REFUSED", KEY)
    untouched(hand)
    project.up(refresh=True).expect_failure("REFUSED", KEY)
    untouched(hand)
    project.refresh()
    untouched(hand)
    project.up().expect_failure("REFUSED", KEY)
    untouched(hand)


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_value_that_comes_back_different_is_refused(project: Project, hand: Hand, way: str) -> None:
    in_use(project, hand, way)
    declare(project, way, EMBEDDING_SIZE=1536, MAX_LIMIT=5)
    refused_whatever_is_run(project, hand)


def test_a_refresh_does_not_make_up_send_uncompared_immutable_values(project: Project, hand: Hand) -> None:
    in_use(project, hand, "secret dictionary")
    declare(project, "secret dictionary", EMBEDDING_SIZE=1536, MAX_LIMIT=5)
    for _ in range(2):
        project.up(refresh=True)
        untouched(hand)


@pytest.mark.parametrize("way", ["secret dictionary", "secret key"])
def test_a_secret_value_that_comes_back_as_it_was_is_managed_again(project: Project, hand: Hand, way: str) -> None:
    in_use(project, hand, way)
    declare(project, way, EMBEDDING_SIZE=768, MAX_LIMIT=5)
    project.up().expect_success()
    untouched(hand)
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 2}


# A state that was edited: what it no longer says is asked of the service.


def without_observations(resource: dict[str, Any]) -> None:
    resource.get("outputs", {}).pop("observed_immutable", None)


def without_the_key(resource: dict[str, Any]) -> None:
    for values in (resource.get("inputs", {}), resource.get("outputs", {})):
        values.get("server_configuration", {}).pop(KEY, None)


def without_both(resource: dict[str, Any]) -> None:
    without_the_key(resource)
    without_observations(resource)


def test_a_state_whose_observations_were_edited_away_is_not_trusted(project: Project, hand: Hand) -> None:
    in_use(project, hand, "plain")
    project.edit_state(without_observations)
    declare(project, "plain", EMBEDDING_SIZE=1536, MAX_LIMIT=5)
    refused_whatever_is_run(project, hand)


@pytest.mark.parametrize("edit", [without_the_key, without_both])
def test_a_state_whose_key_was_edited_away_is_not_trusted(project: Project, hand: Hand, edit: Any) -> None:
    declare(project, "plain", EMBEDDING_SIZE=768, MAX_LIMIT=5)
    project.up().expect_success()
    hand.sandbox.put_chunks(id_of(project, "golden"), DOCUMENTS)
    project.edit_state(edit)
    hand.forget_calls()
    declare(project, "plain", EMBEDDING_SIZE=1536, MAX_LIMIT=5)
    refused_whatever_is_run(project, hand)


def test_an_edited_state_whose_program_did_not_change_is_managed_again(project: Project, hand: Hand) -> None:
    declare(project, "plain", EMBEDDING_SIZE=768, MAX_LIMIT=5)
    project.up().expect_success()
    project.edit_state(without_both)
    hand.forget_calls()
    project.up().expect_success()
    untouched(hand)
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 2}
