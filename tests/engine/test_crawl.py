"""A crawl from its first run to its end."""

from __future__ import annotations

from typing import Any

import pytest

from support.engine import Project
from support.hand import Hand
from support.sandbox import Sandbox

PROGRAM = """
    from pulumi_retrieval import trieve

    docs = trieve.Dataset("docs", tracking_id="docs")
    trieve.Crawl(
        "site",
        dataset_id=docs.id,
        crawl_options={{
            "site_url": "https://docs.example.test",
            "interval": "{interval}",
            "limit": 100,
            "webhook_urls": ["https://hooks.example.test"],
        }},
    )
"""


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


def crawls(hand: Hand) -> list[dict[str, Any]]:
    dataset = hand.datasets()["docs"]["id"]
    return list(hand.call("GET", "/api/crawl?page=1&limit=100", TR_Dataset=dataset))


def test_a_crawl_is_created_compared_replaced_and_deleted(project: Project, hand: Hand) -> None:
    project.program = PROGRAM.format(interval="daily")
    project.up().expect_success()
    (first,) = crawls(hand)
    assert (first["url"], first["crawl_options"]["interval"]) == ("https://docs.example.test", "daily")

    # What the service adds to the options by itself is no drift.
    hand.forget_calls()
    assert project.up("--expect-no-changes", refresh=True).expect_success().summary == {"unchanged": 3}
    assert hand.writes() == []

    # Every change starts another crawl, as the service does anyway, and the former one goes.
    project.program = PROGRAM.format(interval="weekly")
    run = project.up().expect_success()
    assert run.summary == {"replaced": 1, "unchanged": 2}
    (second,) = crawls(hand)
    assert second["id"] != first["id"]
    assert second["crawl_options"]["interval"] == "weekly"

    # One that somebody deleted is started again.
    hand.call("DELETE", f"/api/crawl/{second['id']}", TR_Dataset=hand.datasets()["docs"]["id"])
    run = project.up(refresh=True).expect_success()
    assert run.summary["created"] == 1
    assert len(crawls(hand)) == 1

    project.program = """
        from pulumi_retrieval import trieve

        trieve.Dataset("docs", tracking_id="docs")
    """
    assert project.up().expect_success().summary == {"deleted": 1, "unchanged": 2}
    assert crawls(hand) == []


def test_a_failing_query_does_not_remove_a_crawl_from_the_state(project: Project, hand: Hand) -> None:
    project.program = PROGRAM.format(interval="daily")
    project.up().expect_success()
    before = project.resources()
    hand.sandbox.faults(
        [{"method": "GET", "path": "^/api/crawl", "times": 2, "act": {"kind": "false_absence", "table": "datasets"}}]
    )
    project.refresh().expect_success()
    assert [one["urn"] for one in project.resources()] == [one["urn"] for one in before]


def test_crawl_options_on_a_dataset_point_at_the_resource_that_takes_them(project: Project, hand: Hand) -> None:
    project.program = """
        from pulumi_retrieval import trieve

        trieve.Dataset("docs", crawl_options={"site_url": "https://docs.example.test"})
        """
    project.preview().expect_failure("crawl_options: ", "the service no longer takes it here; declare a trieve.Crawl")
    project.program = """
        from pulumi_retrieval import trieve

        docs = trieve.Dataset("docs")
        trieve.Crawl("site", dataset_id=docs.id, crawl_options={"allow_external_links": True, "intervals": "daily"})
        """
    project.preview().expect_failure(
        "crawl_options.allow_external_links: needs an include_paths entry", 'did you mean "interval"'
    )
    assert hand.calls() == []
