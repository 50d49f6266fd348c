"""A create that was cut off leaves one object behind, and the next run takes it over; what may be somebody else's stays."""

from __future__ import annotations

from typing import Any

import pytest

from support.canaries import CANARIES
from support.engine import Project
from support.sandbox import Sandbox

DATASET = """
    from pulumi_retrieval import trieve

    trieve.Dataset("golden", tracking_id="golden", server_configuration={{"MAX_LIMIT": 50}}{more})
"""
TENANT = """
    import pulumi
    from pulumi_retrieval import cortex

    cortex.Tenant(
        "acme",
        tenant_id="acme_prod",
        tenant_metadata_schema=[{"key": "department", "type": "string", "searchable": True, "filterable": True}],
        opts=pulumi.ResourceOptions(retain_on_delete=True),
    )
"""
HANG = {"kind": "hang", "seconds": 60, "when": "after"}


def datasets(sandbox: Sandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.state()["trieve"]["datasets"]
    return found


def cut_off(project: Project, sandbox: Sandbox, *, method: str, path: str, service: str = "trieve") -> None:
    """Run an `up` whose provider is killed between the service's commit and its answer."""
    sandbox.faults([{"service": service, "method": method, "path": path, "times": 1, "act": HANG}])
    running = project.start("up")
    assert running.kill_providers_when(lambda: committed(sandbox, service)) == 1
    running.wait().expect_failure()
    sandbox.clear_faults()


def committed(sandbox: Sandbox, service: str) -> bool:
    kind = "datasets" if service == "trieve" else "tenants"
    return bool(sandbox.state()[service][kind])


def make_dataset(sandbox: Sandbox, **configuration: Any) -> str:
    """A dataset that is there before the program."""
    body = {"dataset_name": "golden", "tracking_id": "golden", "server_configuration": configuration}
    headers = {"TR-Organization": sandbox.organization_id}
    return str(sandbox.trieve.post("/api/dataset", json=body, headers=headers).json()["id"])


def test_a_dataset_of_a_killed_create_is_adopted_by_the_next_run(project: Project, sandbox: Sandbox) -> None:
    project.program = DATASET.format(more="")
    cut_off(project, sandbox, method="POST", path="^/api/dataset$")
    assert project.resources() == []
    (made,) = datasets(sandbox)

    run = project.up().expect_success()
    assert f"is adopted: id {made['id']}, 0 documents" in run.output
    assert [one["id"] for one in project.resources()] == [made["id"]]
    assert [one["id"] for one in datasets(sandbox)] == [made["id"]]
    assert project.up("--refresh").expect_success().summary == {"unchanged": 2}
    project.destroy().expect_success()
    assert datasets(sandbox) == []


def test_secrets_reach_a_dataset_whose_create_was_cut_off(project: Project, sandbox: Sandbox) -> None:
    project.program = DATASET.replace('"MAX_LIMIT": 50', f'"LLM_API_KEY": "{CANARIES.llm_api_key}"').format(more="")
    cut_off(project, sandbox, method="POST", path="^/api/dataset$")
    project.up().expect_success()
    (made,) = datasets(sandbox)
    assert made["server_configuration"]["LLM_API_KEY"] == "[secret]"  # so the sandbox shows one that is set


def test_an_organization_whose_create_lost_its_answer_is_found_within_the_run(
    project: Project, sandbox: Sandbox
) -> None:
    # Nothing identifies an organization before its id is known; what the key sees before and after tells it.
    project.program = 'from pulumi_retrieval import trieve; trieve.Organization("new", name="New")'
    lost = {"kind": "drop", "when": "after"}
    sandbox.faults([{"method": "POST", "path": "^/api/organization$", "times": 1, "act": lost}])
    project.up().expect_success()
    named = [one for one in sandbox.state()["trieve"]["organizations"] if one["name"] == "New"]
    assert [one["id"] for one in named] == [project.resources()[0]["id"]]


def test_a_tenant_of_a_killed_create_is_adopted_by_the_next_run(project: Project, sandbox: Sandbox) -> None:
    project.program = TENANT
    cut_off(project, sandbox, method="POST", path="create_tenant", service="cortex")
    assert project.resources() == []
    run = project.up().expect_success()
    assert "tenant acme_prod exists already and is adopted: id acme_prod" in run.output
    assert [one["id"] for one in project.resources()] == ["acme_prod"]
    assert project.up("--refresh").expect_success().summary == {"unchanged": 2}


def test_a_dataset_with_a_document_is_not_adopted_without_adopt(project: Project, sandbox: Sandbox) -> None:
    project.program = DATASET.format(more="")
    cut_off(project, sandbox, method="POST", path="^/api/dataset$")
    (made,) = datasets(sandbox)
    sandbox.put_chunks(made["id"], 1)
    project.up().expect_failure(
        f"dataset golden exists already: id {made['id']} and holds 1 document",
        "it holds documents",
        "adopt=True",
        "pulumi config set trieve:adopt true",
    )
    assert project.resources() == []

    project.program = DATASET.format(more=", adopt=True")
    project.up().expect_success()
    assert [one["id"] for one in project.resources()] == [made["id"]]
    # The guard of the delete holds for what was adopted as well.
    project.destroy().expect_failure("holds 1 document and is not deleted")


def test_an_old_or_different_dataset_is_not_adopted_without_adopt(project: Project, sandbox: Sandbox) -> None:
    made = make_dataset(sandbox, MAX_LIMIT=50)
    sandbox.age(made, 25)
    project.program = DATASET.format(more="")
    project.up().expect_failure(f"id {made}", "it was created 25 h ago")
    sandbox.trieve.put(
        "/api/dataset",
        json={"dataset_id": made, "server_configuration": {"MAX_LIMIT": 7}},
        headers={"TR-Organization": sandbox.organization_id},
    ).raise_for_status()
    project.up().expect_failure("it differs in server_configuration.MAX_LIMIT")
    sandbox.reset_requests()

    project.config("trieve:adopt", "true")
    project.up().expect_success()
    assert [one["id"] for one in project.resources()] == [made]
    (sent,) = [call for call in sandbox.requests() if call["method"] == "PUT"]
    assert sent["body"] == {"dataset_id": made, "server_configuration": {"MAX_LIMIT": 50}}
    project.pulumi("config", "rm", "trieve:adopt").expect_success()
    assert project.up("--refresh").expect_success().summary == {"unchanged": 2}


def test_other_immutable_keys_are_never_adopted(project: Project, sandbox: Sandbox) -> None:
    made = make_dataset(sandbox, EMBEDDING_SIZE=512)
    project.program = DATASET.replace('"MAX_LIMIT": 50', '"EMBEDDING_SIZE": 1536').format(more=", adopt=True")
    project.up().expect_failure(
        f"id {made}",
        "server_configuration.EMBEDDING_SIZE is 512 in the service and 1536 in the program",
        "choose another key",
    )
    assert [call["method"] for call in sandbox.requests() if call["method"] in ("PUT", "DELETE")] == []


@pytest.mark.parametrize("adopt", ["", ", adopt=True"])
def test_two_resources_with_one_key_are_refused_before_anything_is_sent(
    adopt: str, project: Project, sandbox: Sandbox
) -> None:
    project.program = f"""
        from pulumi_retrieval import trieve

        trieve.Dataset("first", tracking_id="golden"{adopt})
        trieve.Dataset("second", tracking_id="golden"{adopt})
    """
    run = project.up(preview=True).expect_failure('tracking_id: "golden" is declared by two resources')
    assert '"first"' in run.output
    assert '"second"' in run.output
    assert sandbox.requests() == []


def test_two_resources_whose_keys_are_known_late_do_not_share_an_object(project: Project, sandbox: Sandbox) -> None:
    # No preview can see it; the update does, before the second one is sent.
    project.program = """
        import pulumi
        from pulumi_retrieval import trieve

        company = trieve.Organization("company", name="Company")
        first = trieve.Dataset("first", organization_id=company.id, tracking_id="golden")
        trieve.Dataset("second", organization_id=company.id, tracking_id=first.tracking_id.apply(str), adopt=True)
    """
    project.up().expect_failure('"golden" is declared by two resources', "one object can have one owner")
    assert len(datasets(sandbox)) == 1
    assert len([one for one in project.resources() if one["type"].endswith("Dataset")]) == 1
