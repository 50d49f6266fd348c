"""Answers of Trieve that do not say what they should: nothing is concluded from them, and every failure has a name."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from support.belief import believed
from support.canaries import CANARIES
from support.engine import Project, Run
from support.hand import Hand
from support.lying_proxy import LyingProxy, edited, told
from support.programs import Code, dataset, declare, id_of, living, program
from support.sandbox import Sandbox

SOMEBODY_ELSE = "11111111-2222-4333-8444-555555555555"
UPDATE = ("PUT", "^/api/dataset$")
BY_ID = "^/api/dataset/[0-9a-f]{8}-[0-9a-f-]{27}$"
UNCLEAR = ("may still be carried out", "may have been carried out", "unclear")
CRAWL = program(
    "docs = " + dataset("docs", tracking_id="docs"),
    declare(
        "trieve.Crawl", "site", dataset_id=Code("docs.id"), crawl_options={"site_url": "https://docs.example.test"}
    ),
)


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


def crawls(hand: Hand) -> list[dict[str, Any]]:
    return list(hand.call("GET", "/api/crawl?page=1&limit=100", TR_Dataset=hand.datasets()["docs"]["id"]))


def says_unclear(run: Run) -> None:
    assert any(text in run.output for text in UNCLEAR), f"should have said that the write is unclear: {run}"


# A list that decides whether an organization may be deleted.


@pytest.mark.parametrize(
    "change",
    [
        lambda listed: [],
        lambda listed: [listed],
        lambda listed: [{"dataset": None}],
        lambda listed: [[]],
        lambda listed: {},
    ],
    ids=["an empty list", "a list in a list", "an item whose dataset is null", "an item that is a list", "an object"],
)
def test_an_organization_that_holds_a_dataset_made_by_hand_is_not_deleted(
    project: Project, hand: Hand, proxy: LyingProxy, change: Callable[[Any], Any]
) -> None:
    project.program = program(declare("trieve.Organization", "company", name="Company"))
    project.up().expect_success()
    company = id_of(project, "company")
    body = {"dataset_name": "by hand", "tracking_id": "by-hand"}
    made = hand.call("POST", "/api/dataset", body, TR_Organization=company)["id"]

    proxy.lie("GET", "^/api/dataset/organization/", edited(change))
    project.destroy().expect_failure("Company").expect_only_our_failures()
    assert proxy.count("DELETE") == 0
    assert company in [one["id"] for one in hand.sandbox.state()["trieve"]["organizations"]]
    assert living(hand.sandbox) == {"by-hand": made}
    assert id_of(project, "company") == company


# A create that was carried out, and whose answer does not tell what it made.


@pytest.mark.parametrize("answer", [{}, "junk", {"id": 5}], ids=str)
def test_a_create_answer_without_id_does_not_start_a_second_crawl(
    project: Project, hand: Hand, proxy: LyingProxy, answer: Any
) -> None:
    project.program = CRAWL
    proxy.lie("POST", "^/api/crawl$", told(answer))
    project.up().expect_only_our_failures()
    (started,) = crawls(hand)
    proxy.tell_the_truth()
    project.up().expect_success()
    assert [one["id"] for one in crawls(hand)] == [started["id"]]
    assert id_of(project, "site") == started["id"]


@pytest.mark.parametrize("answer", [{}, "junk"], ids=str)
def test_a_create_answer_without_id_does_not_create_a_second_dataset(
    project: Project, hand: Hand, proxy: LyingProxy, answer: Any
) -> None:
    project.program = program(dataset(config={"MAX_LIMIT": 5}))
    proxy.lie("POST", "^/api/dataset$", told(answer))
    project.up().expect_only_our_failures()
    proxy.tell_the_truth()
    project.up().expect_success()
    assert living(hand.sandbox) == {"golden": id_of(project, "golden")}


def test_an_answer_about_another_dataset_is_an_error(project: Project, hand: Hand, proxy: LyingProxy) -> None:
    project.program = program(dataset(config={"MAX_LIMIT": 5}))
    other = {"id": SOMEBODY_ELSE, "tracking_id": "other", "name": "other"}
    proxy.lie("POST", "^/api/dataset$", edited(lambda body: {**body, **other}))
    project.up().expect_only_our_failures()
    assert SOMEBODY_ELSE not in [one["id"] for one in project.resources()]
    proxy.tell_the_truth()
    project.up().expect_success()
    assert living(hand.sandbox) == {"golden": id_of(project, "golden")}


# A read that does not speak of what was asked for.


@pytest.mark.parametrize("field", ["id", "organization_id"])
def test_a_read_of_another_object_is_never_stored(project: Project, hand: Hand, proxy: LyingProxy, field: str) -> None:
    project.program = program(dataset(config={"MAX_LIMIT": 5}))
    project.up().expect_success()
    golden = id_of(project, "golden")
    project.program = program(dataset(config={"MAX_LIMIT": 6}))
    proxy.forget_calls()
    proxy.lie("GET", BY_ID, edited(lambda body: {**body, field: SOMEBODY_ELSE}), since=UPDATE)
    project.up().expect_failure("dataset golden").expect_only_our_failures()
    assert SOMEBODY_ELSE not in str(project.export())
    assert id_of(project, "golden") == golden

    proxy.tell_the_truth()
    project.up().expect_success()
    assert hand.values("MAX_LIMIT") == [6]
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 2}


def test_a_refresh_with_false_absences_keeps_datasets_in_the_state(project: Project, proxy: LyingProxy) -> None:
    project.program = program(dataset(config={"MAX_LIMIT": 5}))
    project.up().expect_success()
    answers: list[Any] = [{}, [], "junk", None, {"id": SOMEBODY_ELSE}]
    lies = {str(answer): {BY_ID: told(answer)} for answer in answers}
    assert believed(project, proxy, lies, noun="dataset golden") == {}


def test_an_empty_list_of_crawls_removes_no_crawl_from_the_state(
    project: Project, hand: Hand, proxy: LyingProxy
) -> None:
    project.program = CRAWL
    project.up().expect_success()
    changes: dict[str, Callable[[Any], Any]] = {
        "no ids": lambda listed: [{k: v for k, v in one.items() if k != "id"} for one in listed],
        "nested": lambda listed: [listed],
        "ids only": lambda listed: [one["id"] for one in listed],
        "no list": lambda listed: {"crawls": listed},
        "of another dataset": lambda listed: [{**one, "dataset_id": SOMEBODY_ELSE} for one in listed],
    }
    lies = {name: {"^/api/crawl": edited(change)} for name, change in changes.items()}
    assert believed(project, proxy, lies, noun="crawl") == {}
    assert project.up(refresh=True).expect_success().summary == {"unchanged": 3}
    assert len(crawls(hand)) == 1


# A secret cannot be read back, so only the documented answer of its own write tells that it arrived.


def held_secret(hand: Hand, dataset_id: str) -> str:
    """The key that the service holds: the answer of an update is where it tells it."""
    return str(hand.call("PUT", "/api/dataset", {"dataset_id": dataset_id})["server_configuration"]["LLM_API_KEY"])


@pytest.mark.parametrize(
    ("answer", "carried_out"),
    [("junk", True), ("junk", False), ({}, True), ({"id": SOMEBODY_ELSE}, False)],
    ids=["junk, carried out", "junk, not carried out", "nothing, carried out", "somebody else, not carried out"],
)
def test_a_secret_is_sent_again_after_a_malformed_answer(
    project: Project, hand: Hand, proxy: LyingProxy, answer: Any, carried_out: bool
) -> None:
    fresh = f"rotated-{secrets.token_hex(12)}"
    project.secrets.add(fresh)
    project.program = program(dataset(config={"LLM_API_KEY": CANARIES.llm_api_key}))
    project.up().expect_success()
    golden = id_of(project, "golden")

    project.program = program(dataset(config={"LLM_API_KEY": fresh}))
    proxy.lie(*UPDATE, told(answer, carried_out=carried_out))
    says_unclear(project.up().expect_failure("dataset golden").expect_only_our_failures())
    assert held_secret(hand, golden) == (fresh if carried_out else CANARIES.llm_api_key)

    proxy.tell_the_truth()
    proxy.forget_calls()
    project.up().expect_success()
    assert proxy.count(*UPDATE) == 1
    assert held_secret(hand, golden) == fresh
    assert project.up().expect_success().summary == {"unchanged": 2}
