"""Organizations: who may make one, and who may end one."""

from __future__ import annotations

import pytest

from support.engine import Project
from support.hand import Hand
from support.sandbox import Sandbox


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


def test_an_organization_key_never_tries_to_create_an_organization(project: Project, hand: Hand) -> None:
    project.program = """
        from pulumi_retrieval import trieve

        trieve.Organization("acme", name="Acme")
        """
    del project.environment["TRIEVE_ADMIN_KEY"]
    for run in (project.preview(), project.up()):
        run.expect_failure("creating an organization needs trieve:adminKey", "To manage one that exists")
    assert hand.calls() == []
    assert len(hand.sandbox.state()["trieve"]["organizations"]) == 2  # the server's own, and the sandbox's


def test_an_organization_managed_by_id_survives_destroy(project: Project, hand: Hand) -> None:
    project.program = f"""
        from pulumi_retrieval import trieve

        organization = trieve.Organization(
            "acme",
            organization_id="{hand.organization_id}",
            name="Acme & Sons",
            partner_configuration={{"COMPANY_NAME": "Acme"}},
        )
        trieve.Dataset("golden", organization_id=organization.id, tracking_id="golden")
        """
    project.up().expect_success()
    assert project.up("--expect-no-changes", refresh=True).expect_success().summary == {"unchanged": 3}
    hand.forget_calls()
    run = project.destroy().expect_success()
    assert "was not created by this stack: it is no longer managed, and stays in the service" in run.output
    assert [path for _, path in hand.calls("DELETE") if path.startswith("/api/organization")] == []
    found = {one["id"]: one for one in hand.sandbox.state()["trieve"]["organizations"]}
    assert found[hand.organization_id]["partner_configuration"]["COMPANY_NAME"] == "Acme"
    assert hand.datasets() == {}
