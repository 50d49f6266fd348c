"""docs/guides/migrate-tenant.md, step by step, on both generations of the API."""

from __future__ import annotations

from support.cortex import CortexHand
from support.engine import Project
from support.guides import programs
from support.sandbox import Sandbox

DOCUMENTS = 40


def test_the_steps_of_the_guide(project: Project, sandbox: Sandbox) -> None:
    begin, beside, switch, end = programs("migrate-tenant.md", count=7)[:4]
    hand = CortexHand(sandbox, version="cortex")
    project.program = begin
    project.up().expect_success()
    hand.put_documents("acme_prod", DOCUMENTS)
    project.program = begin.replace('key="valid_from", type="string"', 'key="valid_from", type="date"')
    assert project.program != begin
    project.preview().expect_failure("REFUSED, nothing was changed", "pulumi-retrieval docs migrate-tenant")

    project.program = beside
    project.up().expect_success()
    assert sorted(hand.tenants()) == ["acme_prod", "acme_prod_2"]
    assert project.outputs() == {"tenant": "acme_prod", "next_tenant": "acme_prod_2"}
    hand.put_documents("acme_prod_2", DOCUMENTS)

    # Who forgets to prepare is stopped, and told how to.
    project.program = end
    project.up().expect_failure("retain_on_delete=True")
    project.program = switch
    hand.forget_calls()
    project.up().expect_success()
    assert hand.writes() == []
    assert project.outputs()["tenant"] == "acme_prod_2"

    before = hand.tenants()
    project.program = end
    run = project.up().expect_success()
    assert hand.writes() == []
    assert "retained" in run.output or run.summary.get("deleted") or "forget" in run.output
    assert hand.tenants() == before
    assert [one["inputs"]["tenant_id"] for one in project.resources()] == ["acme_prod_2"]
    project.up("--expect-no-changes", refresh=True).expect_success()


def test_the_steps_on_the_current_generation(project: Project, sandbox: Sandbox) -> None:
    beside, switch, end = programs("migrate-tenant.md", count=7)[4:]
    project.environment["CORTEX_API_VERSION"] = "v2"
    hand = CortexHand(sandbox, version="v2")
    project.program = beside
    project.up().expect_success()
    assert project.outputs() == {"tenant": "acme_prod", "next_tenant": "acme_prod_2"}
    for tenant_id in ("acme_prod", "acme_prod_2"):
        hand.put_documents(tenant_id, DOCUMENTS)
    project.program = beside.replace('"year", data_type="VARCHAR"', '"year", data_type="INT32"')
    project.preview().expect_failure('["year"].data_type', "pulumi-retrieval docs migrate-tenant")

    # Who forgets to prepare is stopped, and told how to.
    project.program = end
    project.up().expect_failure(f"holds {DOCUMENTS} documents and is not deleted", "force_destroy=True")
    project.program = switch
    project.up().expect_success()
    assert project.outputs()["tenant"] == "acme_prod_2"
    project.program = end
    hand.forget_calls()
    project.up().expect_success()
    assert [call for call, _ in hand.writes()] == ["DELETE /databases?database=acme_prod"]

    project.program = end.replace('tenant_id="acme_prod_2"', 'tenant_id="acme_prod"')
    before = hand.tenants()["acme_prod_2"]
    project.up(preview=True).expect_success()
    assert project.outputs()["tenant"] == "acme_prod"
    assert hand.tenants() == {"acme_prod": before}
    project.up("--expect-no-changes", refresh=True).expect_success()
