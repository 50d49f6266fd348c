"""One configuration for all datasets of an organization."""

from __future__ import annotations

import json
import textwrap

import pytest

from support.engine import Project
from support.hand import Hand
from support.sandbox import Sandbox

CALL = ("POST", "/api/organization/update_dataset_configs")
MANY = 200
FLEET = """
    from pulumi_retrieval import trieve

    trieve.FleetConfiguration("limits", configuration={configuration})
"""


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


def fleet(**configuration: object) -> str:
    return FLEET.format(configuration=configuration)


def test_two_hundred_datasets_are_updated_by_one_request_and_a_new_one_is_drift(project: Project, hand: Hand) -> None:
    hand.make_many(MANY, MAX_LIMIT=50)
    hand.forget_calls()
    project.program = fleet(MAX_LIMIT=500)
    project.up().expect_success()
    assert hand.calls() == [CALL]
    assert hand.values("MAX_LIMIT") == [500] * MANY

    # One that somebody adds is compared as well; a refresh says which, and one call puts it right.
    hand.make("by-hand", MAX_LIMIT=7)
    hand.forget_calls()
    run = project.preview("--expect-no-changes", refresh=True).expect_failure()
    assert f"500 (1 of {MANY + 1} differ: by-hand)" in run.output
    assert hand.writes() == []
    hand.forget_calls()
    run = project.up(refresh=True).expect_success()
    assert run.summary == {"updated": 1, "unchanged": 1}
    assert hand.writes() == [CALL]
    assert json.loads(hand.sandbox.requests()[-1]["raw"]) == {"to_configuration": {"MAX_LIMIT": 500}}
    assert hand.values("MAX_LIMIT") == [500] * (MANY + 1)

    # Of many that differ three are named; the values stay when the fleet goes, and that is said.
    for number in range(4):
        hand.change(hand.datasets()[f"made-{number}"]["id"], MAX_LIMIT=number)
    hand.forget_calls()
    run = project.refresh().expect_success()
    assert f"500 (4 of {MANY + 1} differ: " in run.output
    assert hand.writes() == []
    project.up().expect_success()
    assert hand.values("MAX_LIMIT") == [500] * (MANY + 1)
    hand.forget_calls()
    project.program = "import pulumi"
    run = project.up().expect_success()
    assert run.summary == {"deleted": 1, "unchanged": 1}
    assert "is no longer managed; MAX_LIMIT stay" in run.output
    assert hand.calls() == []
    assert hand.values("MAX_LIMIT") == [500] * (MANY + 1)


REFUSED = {
    "a key in both match and configuration": (
        """
        trieve.FleetConfiguration(
            "both", match={"LLM_DEFAULT_MODEL": "gpt-4o"}, configuration={"LLM_DEFAULT_MODEL": "gpt-5", "MAX_LIMIT": 5}
        )
        """,
        ["configuration.LLM_DEFAULT_MODEL: is in match too"],
    ),
    "two fleets on one key": (
        """
        trieve.FleetConfiguration("one", configuration={"MAX_LIMIT": 5, "TEMPERATURE": 0.5})
        trieve.FleetConfiguration("two", match={"LLM_DEFAULT_MODEL": "gpt-4o"}, configuration={"MAX_LIMIT": 6})
        """,
        ["fleet configuration two and fleet configuration one both manage MAX_LIMIT"],
    ),
    "a dataset that manages the key": (
        """
        trieve.Dataset("golden", server_configuration={"MAX_LIMIT": 5})
        trieve.FleetConfiguration("limits", configuration={"MAX_LIMIT": 6})
        """,
        ["fleet configuration limits and dataset golden both manage MAX_LIMIT"],
    ),
    "a dataset after the fleet, its organization spelled out": (
        """
        import os

        trieve.FleetConfiguration("limits", configuration={"MAX_LIMIT": 6})
        trieve.Dataset(
            "golden",
            organization_id=os.environ["TRIEVE_ORGANIZATION_ID"].upper(),
            server_configuration={"MAX_LIMIT": 5},
        )
        """,
        ["dataset golden and fleet configuration limits both manage MAX_LIMIT"],
    ),
    "values that the service would take and choke on": (
        """
        trieve.FleetConfiguration(
            "wrong",
            match={"LLM_DEFAULT_MODELS": "gpt-4o"},
            configuration={
                "MAX_LIMIT": "many",
                "EMBEDDING_BASE_URL": "https://embed.example.test",
                "RERANKER_BASE_URL": 7,
                "EMBEDDING_SIZE": 512,
                "LLM_API_KEY": "sk-fleet",
                "PUBLIC_DATASET": {"enabled": True},
                "MAX_LIMITS": 5,
            },
        )
        """,
        [
            "match.LLM_DEFAULT_MODELS: there is no such configuration key",
            "configuration.MAX_LIMIT: ",
            "configuration.RERANKER_BASE_URL: ",
            "configuration.EMBEDDING_BASE_URL: is immutable",
            "configuration.EMBEDDING_SIZE: is immutable",
            "configuration.LLM_API_KEY: is never returned",
            "configuration.PUBLIC_DATASET: is replaced whole",
            'configuration.MAX_LIMITS: there is no such key; did you mean "MAX_LIMIT"?',
        ],
    ),
}


def test_harmful_fleet_configurations_are_refused_before_any_call(project: Project, hand: Hand) -> None:
    for case, (text, expected) in REFUSED.items():
        project.program = "from pulumi_retrieval import trieve\n" + textwrap.dedent(text)
        run = project.preview().expect_failure(*expected)
        for noise in ("Traceback", "KeyboardInterrupt"):
            assert noise not in run.output, case
    assert hand.calls() == []


def test_fleet_configurations_of_two_connections_are_independent(project: Project, hand: Hand) -> None:
    project.program = """
        import os

        import pulumi
        import pulumi_retrieval
        from pulumi_retrieval import trieve

        settings = {name: os.environ["TRIEVE_" + env] for name, env in
            {"apiKey": "API_KEY", "organizationId": "ORGANIZATION_ID", "baseUrl": "BASE_URL"}.items()}
        left = pulumi_retrieval.Provider("left", trieve=settings)
        right = pulumi_retrieval.Provider("right", trieve=settings)
        below = pulumi.ComponentResource("test:index:Below", "below", opts=pulumi.ResourceOptions(provider=right))
        trieve.FleetConfiguration(
            "left", configuration={"MAX_LIMIT": 5}, opts=pulumi.ResourceOptions(provider=left)
        )
        trieve.FleetConfiguration("right", configuration={"MAX_LIMIT": 5}, opts=pulumi.ResourceOptions(parent=below))
        """
    project.preview().expect_success()


def test_only_matching_datasets_are_changed_and_refresh_finds_conflicting_managers(
    project: Project, hand: Hand
) -> None:
    ids = {model: hand.make(model, LLM_DEFAULT_MODEL=model) for model in ("gpt-4o", "o3")}
    before = hand.datasets()["o3"]["server_configuration"]
    program = """
        import pulumi
        from pulumi_retrieval import trieve

        # Its organization is an output, so nobody knows at construction that it is the fleet's.
        organization = trieve.Organization("acme", organization_id="{organization}")
        trieve.Dataset("golden", organization_id=organization.id, server_configuration={{"LLM_DEFAULT_MODEL": "gpt-4o",
            {managed}}}, tracking_id="golden")
        trieve.FleetConfiguration("prompts", match={match}, configuration={{"SYSTEM_PROMPT": "Be brief.",
            "TEMPERATURE": 0.25, "TOOL_CONFIGURATION": {{"query_tool_options": {{
                "tool_description": "a", "query_parameter_description": "b", "price_filter_description": "c",
                "max_price_option_description": "d", "min_price_option_description": "e"}}}}}},
            opts=pulumi.ResourceOptions(depends_on=[organization]))
        """
    match = {"LLM_DEFAULT_MODEL": "gpt-4o"}
    place = {"organization": hand.organization_id}
    project.program = program.format(match=match, managed="", **place)
    project.up().expect_success()
    assert hand.datasets()["gpt-4o"]["server_configuration"]["SYSTEM_PROMPT"] == "Be brief."
    assert hand.datasets()["o3"]["server_configuration"] == before

    # Nothing differs in a dataset that is not meant; nested values are compared as one.
    hand.change(ids["o3"], SYSTEM_PROMPT="Be loud.")
    project.up(refresh=True).expect_success()  # the golden dataset may have come after the fleet
    project.preview("--expect-no-changes", refresh=True).expect_success()
    options = {f"{name}_description": "x" for name in ("tool", "query_parameter", "price_filter")}
    options |= {f"{name}_option_description": "x" for name in ("max_price", "min_price")}
    hand.change(ids["gpt-4o"], TOOL_CONFIGURATION={"query_tool_options": options})
    hand.forget_calls()
    project.program = program.format(match=match, managed='"SYSTEM_PROMPT": "Be long.",', **place)
    run = project.up(refresh=True).expect_success()
    assert "(1 of 2 differ: gpt-4o)" in run.output, str(run)
    # The refresh before still knew of one manager only.
    run = project.refresh().expect_success()
    assert "both manage SYSTEM_PROMPT" in run.output
    assert "each will undo the other" in run.output

    # Another match is another set of datasets, and they get all keys.
    project.program = program.format(match={"LLM_DEFAULT_MODEL": "o3"}, managed="", **place)
    hand.forget_calls()
    run = project.up().expect_success()
    assert CALL in hand.writes()
    assert hand.datasets()["o3"]["server_configuration"]["SYSTEM_PROMPT"] == "Be brief."
    assert hand.datasets()["o3"]["server_configuration"]["TEMPERATURE"] == 0.25
