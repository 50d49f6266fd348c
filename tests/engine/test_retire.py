"""Off-boarding on the real engine: which settings a delete sees, retired objects, old states, both kinds of services."""

from __future__ import annotations

from typing import Any

import pytest

from support.cortex import CortexHand
from support.engine import Project
from support.programs import dataset, declare, id_of, living, program
from support.sandbox import Sandbox

DOCUMENTS = 40
OTHER = dataset("other", tracking_id="other")
HOLDS = f"holds {DOCUMENTS} documents and is not deleted"


def locked(sandbox: Sandbox, tracking_id: str = "golden") -> bool:
    [found] = [one for one in sandbox.state()["trieve"]["datasets"] if one["tracking_id"] == tracking_id]
    return found["server_configuration"].get("LOCKED") is True


def filled(project: Project, sandbox: Sandbox, *declarations: str) -> None:
    """Apply a program, and put documents into `golden`."""
    project.program = program(*declarations)
    project.up().expect_success()
    sandbox.put_chunks(id_of(project, "golden"), DOCUMENTS)


def test_a_removal_is_refused_and_confirmed_by_the_next_up(project: Project, sandbox: Sandbox) -> None:
    filled(project, sandbox, dataset(config={"LOCKED": True}), OTHER)
    project.program = program(OTHER)
    run = project.up().expect_failure(HOLDS).expect_only_our_failures()
    assert "pulumi config set trieve:confirmDeletes '[\"golden=40\"]'" in run.output
    project.config("trieve:confirmDeletes", "golden=39")
    project.up().expect_failure("confirms golden=39, and it holds 40").expect_only_our_failures()
    assert locked(sandbox)
    project.pulumi("config", "rm", "trieve:confirmDeletes").expect_success()
    project.pulumi("config", "set", "--path", "trieve:confirmDeletes[0]", "golden=40").expect_success()
    run = project.up(preview=True).expect_success()
    assert f"was deleted with {DOCUMENTS} documents: trieve:confirmDeletes confirms golden=40" in run.output
    assert list(living(sandbox)) == ["other"]


def test_the_last_resource_and_destroy_are_confirmed_by_the_environment(project: Project, sandbox: Sandbox) -> None:
    filled(project, sandbox, dataset())
    project.program = program()
    project.config("trieve:confirmDeletes", "golden=40")
    assert "TRIEVE_CONFIRM_DELETES=" in project.up().expect_failure(HOLDS).output
    project.destroy().expect_failure(HOLDS)
    project.program = program(dataset())
    project.destroy("--run-program", env={"TRIEVE_CONFIRM_DELETES": "golden=3"}).expect_success()
    assert living(sandbox) == {}


def test_the_environment_confirms_the_last_resource(project: Project, sandbox: Sandbox) -> None:
    filled(project, sandbox, dataset())
    project.program = program()
    project.up(env={"TRIEVE_CONFIRM_DELETES": '["golden=40"]'}).expect_success()
    assert living(sandbox) == {}


def test_confirm_deletes_of_an_explicit_provider(project: Project, sandbox: Sandbox) -> None:
    def connected(confirmed: str) -> str:
        return f"""eu = Provider(
    "eu",
    trieve={{
        "baseUrl": os.environ["TRIEVE_BASE_URL"],
        "apiKey": pulumi.Output.secret(os.environ["TRIEVE_API_KEY"]),
        "organizationId": os.environ["TRIEVE_ORGANIZATION_ID"],
        "confirmDeletes": {confirmed},
    }},
)"""

    filled(project, sandbox, connected("[]"), dataset(opts="provider=eu"))
    project.config("trieve:confirmDeletes", "golden=40")
    project.program = program(connected("[]"))
    project.up().expect_failure(HOLDS)
    project.program = program(connected('["golden=40"]'))
    project.up().expect_success()
    assert living(sandbox) == {}


def test_a_retired_dataset_can_be_removed_after_its_retention_days(project: Project, sandbox: Sandbox) -> None:
    filled(project, sandbox, dataset())
    project.program = program(dataset(retire=True, retention_days=0.5))
    assert project.preview().expect_success().summary["to update"] == 1
    project.up().expect_success()
    assert locked(sandbox)
    project.up("--expect-no-changes", refresh=True).expect_success()
    project.program = program(dataset())
    project.up().expect_success()
    assert not locked(sandbox)
    project.up("--expect-no-changes", refresh=True).expect_success()
    [one] = project.resources()
    assert "retired_at" not in one["outputs"]
    assert "server_configuration" not in one["inputs"]
    project.program = program(dataset(retire=True, retention_days=0))
    project.up().expect_success()
    project.program = program()
    run = project.up().expect_success()
    assert f"was deleted with {DOCUMENTS} documents: it was retired at" in run.output
    assert living(sandbox) == {}


@pytest.mark.parametrize(
    ("time", "text"), [("2999-01-01T00:00:00Z", "in the future"), ("soon", "is no time"), (None, "does not say when")]
)
def test_an_edited_retired_at_deletes_nothing(project: Project, sandbox: Sandbox, time: str | None, text: str) -> None:
    filled(project, sandbox, dataset())
    project.program = program(dataset(retire=True, retention_days=0))
    project.up().expect_success()

    def edit(resource: dict[str, Any]) -> None:
        if "retired_at" in resource.get("outputs", {}):
            resource["outputs"]["retired_at"] = time

    project.edit_state(edit)
    project.destroy().expect_failure(text, "retire it anew").expect_only_our_failures()
    assert locked(sandbox)


@pytest.mark.parametrize("version", ["cortex", "v2"])
def test_retiring_and_confirming_the_delete_of_tenants(project: Project, sandbox: Sandbox, version: str) -> None:
    project.environment["CORTEX_API_VERSION"] = version
    kinds = ["Tenant", "EmbeddingsTenant"]

    def tenants(**arguments: Any) -> list[str]:
        return [declare(f"cortex.{kind}", kind.lower(), tenant_id=kind.lower(), **arguments) for kind in kinds]

    project.program = program(OTHER, *tenants())
    project.up().expect_success()
    for kind in kinds:
        CortexHand(sandbox, version=version).put_documents(kind.lower(), 3)
    project.program = program(OTHER, *tenants(retire=True))
    project.up().expect_success()
    project.program = program(OTHER)
    project.up("--continue-on-error").expect_failure("it can be deleted from").expect_only_our_failures()
    project.program = program(OTHER, *tenants(retire=True, retention_days=0))
    project.up().expect_success()
    project.program = program(OTHER)
    run = project.up().expect_success()
    said = "was deleted with 3 documents" if version == "v2" else "stays in the service with 3 documents"
    assert run.output.count(said) == 2
    assert [one["type"] for one in project.resources()] == ["pulumi-python:dynamic/trieve:Dataset"]
