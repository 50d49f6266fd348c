"""Deletes: none is believed that was not carried out, and what may stay behind is said."""

from __future__ import annotations

import pytest

from support.engine import Project
from support.hand import Hand
from support.lying_proxy import HTML, PAGE, LyingProxy, told
from support.programs import Code, dataset, declare, program
from support.sandbox import Sandbox

DOCS = "docs = " + dataset("docs", tracking_id="docs")
SITE = declare("trieve.Crawl", "site", dataset_id=Code("docs.id"), crawl_options={"site_url": "https://a.example.test"})
COMPANY = declare("trieve.Organization", "company", name="Company")
WEB_PAGE = told(PAGE, content_type=HTML, carried_out=False)
FALSE = [WEB_PAGE, told("junk", carried_out=False), told({}, carried_out=False)]


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


def lives(hand: Hand, name: str) -> bool:
    """Whether the service holds what a resource stands for."""
    if name == "company":
        return "Company" in [one["name"] for one in hand.sandbox.state()["trieve"]["organizations"]]
    if name == "docs":
        return "docs" in hand.datasets()
    held = hand.datasets().get("docs")
    return held is not None and hand.call("GET", "/api/crawl?page=1&limit=9", TR_Dataset=held["id"]) != []


def managed(project: Project, name: str) -> bool:
    return any(one["urn"].endswith(f"::{name}") for one in project.resources())


CASES = [
    pytest.param("docs", [DOCS], [], "^/api/dataset/", id="dataset"),
    pytest.param("site", [DOCS, SITE], [DOCS], "^/api/crawl/", id="crawl"),
    pytest.param("company", [COMPANY], [], "^/api/organization/", id="organization"),
]


@pytest.mark.parametrize(("name", "before", "after", "path"), CASES)
def test_a_delete_that_is_never_carried_out_fails(
    project: Project, hand: Hand, proxy: LyingProxy, name: str, before: list[str], after: list[str], path: str
) -> None:
    project.program = program(*before)
    project.up().expect_success()
    project.program = program(*after)
    for lie in FALSE:
        proxy.lie("DELETE", path, lie)
        project.up().expect_failure().expect_only_our_failures()
        assert lives(hand, name)
        assert managed(project, name)
        proxy.tell_the_truth()
    project.up().expect_success()
    assert not lives(hand, name)
    assert not managed(project, name)


@pytest.mark.parametrize(("name", "before", "after", "path"), CASES)
def test_a_delete_that_is_not_carried_out_once_is_repeated_or_fails(
    project: Project, hand: Hand, proxy: LyingProxy, name: str, before: list[str], after: list[str], path: str
) -> None:
    project.program = program(*before)
    project.up().expect_success()
    project.program = program(*after)
    proxy.lie("DELETE", path, WEB_PAGE, times=1)
    run = project.up().expect_only_our_failures()
    assert lives(hand, name) == managed(project, name) == (run.exit_code != 0)


def test_a_dataset_that_reads_as_gone_after_a_delete_without_an_answer_may_stay_in_the_server(
    project: Project, hand: Hand
) -> None:
    """trieve-observed.md 2.5: it is marked as deleted, and no worker ever removes it."""
    project.program = program(DOCS)
    project.up().expect_success()
    hand.sandbox.switches(zombie_deletes=True)
    run = project.destroy().expect_success()
    assert hand.datasets() == {}
    assert [one for one in run.output.splitlines() if "dataset docs" in one and "may keep" in one], str(run)
