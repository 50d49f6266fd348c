"""The engine is killed between a create and its recording: the next run finds the object, and there is one."""

from __future__ import annotations

import os
from typing import Any

import pytest

from support.engine import Project
from support.hand import Hand
from support.lying_proxy import Held, LyingProxy
from support.processes import wait_until
from support.programs import Code, dataset, declare, id_of, living, program
from support.sandbox import Sandbox

KILLS = int(os.environ.get("PULUMI_RETRIEVAL_KILLS", "3"))
"""How often the engine is killed; the full test takes 20."""


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


def cut_off(project: Project, proxy: LyingProxy, path: str) -> None:
    """Run an `up` that is killed, engine and providers, when the service has carried out a create and nobody knows yet."""
    held = Held()
    proxy.lie("POST", path, held, times=1)
    running = project.start("up")
    wait_until(lambda: held.reached or running.over, seconds=60, what=f"the create; so far:\n{running.output}")
    running.kill()
    proxy.tell_the_truth()
    assert running.wait().exit_code != 0
    assert held.reached
    project.pulumi("cancel", "--yes")  # the stack may be locked, or not


def declared(*declarations: str) -> str:
    return program("docs = " + dataset("docs", tracking_id="docs"), *declarations)


def crawl(number: int) -> str:
    options = {"site_url": f"https://site-{number}.example.test", "interval": "daily", "limit": 100}
    return declare("trieve.Crawl", f"site-{number}", dataset_id=Code("docs.id"), crawl_options=options)


def organization(number: int) -> str:
    return declare("trieve.Organization", f"company-{number}", name=f"Company {number}")


def crawls(hand: Hand) -> list[dict[str, Any]]:
    return list(hand.call("GET", "/api/crawl?page=1&limit=100", TR_Dataset=hand.datasets()["docs"]["id"]))


def companies(hand: Hand) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hand.sandbox.state()["trieve"]["organizations"]
    return [one for one in found if one["name"].startswith("Company ")]


def test_a_dataset_is_created_once(project: Project, hand: Hand, proxy: LyingProxy) -> None:
    for number in range(KILLS):
        project.program = program(*(dataset(f"d{n}", tracking_id=f"d{n}") for n in range(number + 1)))
        cut_off(project, proxy, "^/api/dataset$")
        project.up().expect_success()
        held = living(hand.sandbox)
        assert len(held) == number + 1
        assert id_of(project, f"d{number}") == held[f"d{number}"]
    assert project.up(refresh=True).expect_success().summary == {"unchanged": KILLS + 1}


def test_a_crawl_is_started_once(project: Project, hand: Hand, proxy: LyingProxy) -> None:
    project.program = declared()
    project.up().expect_success()
    for number in range(KILLS):
        project.program = declared(*map(crawl, range(number + 1)))
        cut_off(project, proxy, "^/api/crawl$")
        project.up().expect_success()
        held = {one["url"]: one["id"] for one in crawls(hand)}
        assert len(crawls(hand)) == number + 1
        assert id_of(project, f"site-{number}") == held[f"https://site-{number}.example.test"]
    assert project.up(refresh=True).expect_success().summary == {"unchanged": KILLS + 2}
    project.destroy().expect_success()
    assert hand.datasets() == {}


def test_an_organization_is_created_once(project: Project, hand: Hand, proxy: LyingProxy) -> None:
    for number in range(KILLS):
        project.program = program(*map(organization, range(number + 1)))
        cut_off(project, proxy, "^/api/organization$")
        project.up().expect_success()
        held = {one["name"]: one["id"] for one in companies(hand)}
        assert len(companies(hand)) == number + 1
        assert id_of(project, f"company-{number}") == held[f"Company {number}"]
    assert project.up(refresh=True).expect_success().summary == {"unchanged": KILLS + 1}
    project.destroy().expect_success()
    assert companies(hand) == []


def test_objects_of_somebody_else_are_not_adopted(project: Project, hand: Hand, proxy: LyingProxy) -> None:
    """Names of organizations are not unique: one of the same name that holds something is another one."""
    before = hand.call("POST", "/api/organization", {"name": "Company 0"})["id"]
    hand.call("POST", "/api/dataset", {"dataset_name": "theirs"}, TR_Organization=before)
    project.program = program(organization(0))
    cut_off(project, proxy, "^/api/organization$")
    run = project.up()
    made = [one["id"] for one in companies(hand)]
    # Either it is found, or the next run names both and creates no third one.
    assert len(made) == 2
    if run.exit_code == 0:
        assert id_of(project, "company-0") != before
    else:
        assert all(one in run.output for one in made)
