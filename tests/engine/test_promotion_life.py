"""The life of three customers in two stacks, step by step as the workflows of the promotion example run it.

`pull_request` is what a pull request's job does, `ship` what the jobs after a merge do; both run the scripts of the example on a
real engine, against a sandbox for each stack. The stories of one life follow each other, because each starts from what the one
before it left.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.canaries import CANARIES
from support.pipeline import STACKS, Pipeline, pipeline
from support.processes import wait_until

CLEAR, NO_VERDICT, BLOCKED, APPROVAL = 0, 1, 3, 4
FEWER = ('"N_RETRIEVALS_TO_INCLUDE": 8', '"N_RETRIEVALS_TO_INCLUDE": 6')
MORE = ('"N_RETRIEVALS_TO_INCLUDE": 6', '"N_RETRIEVALS_TO_INCLUDE": 9')
HOLD = {"kind": "hang", "seconds": 300, "when": "after"}


@pytest.fixture
def company(tmp_path: Path, engine: Path) -> Iterator[Pipeline]:
    """A company that has a program with three customers, and nothing in the services."""
    with pipeline(tmp_path, engine=engine) as found:
        yield found


def test_a_customer_from_creation_to_deletion(company: Pipeline) -> None:
    three_customers_are_onboarded(company)
    a_shared_key_goes_through_staging_to_production(company)
    a_schema_that_cannot_change_stops_the_merge(company)
    drift_is_told_at_night_and_put_right_by_a_person(company)
    a_customer_leaves(company)
    keys_are_rotated(company)


def three_customers_are_onboarded(company: Pipeline) -> None:
    company.step("install.sh", "staging").expect_success()
    for stack in STACKS:
        company.pull_request(stack).expect_success()
        assert company.exit_code(stack) == CLEAR
    posted = company.posted()
    assert "3 × Dataset" in posted
    assert "3 × Tenant" in posted

    company.ship("staging").expect_success()
    assert datasets(company, "production") == []
    company.ship("production", after="staging").expect_success()
    assert datasets(company, "staging") == ["fabrikam-stg", "northwind-stg", "tailspin-stg"]
    assert datasets(company, "production") == ["fabrikam-prd", "northwind-prd", "tailspin-prd"]


def datasets(company: Pipeline, stack: str) -> list[str]:
    return sorted(company.hand(stack).datasets())


def retrievals(company: Pipeline, stack: str) -> list[int]:
    return company.hand(stack).values("N_RETRIEVALS_TO_INCLUDE")


def forget(company: Pipeline) -> None:
    for stack in STACKS:
        company.hand(stack).forget_calls()


def a_shared_key_goes_through_staging_to_production(company: Pipeline) -> None:
    company.replace("__main__.py", *FEWER)
    company.commit("Fewer retrievals")
    forget(company)
    company.pull_request("production").expect_success()
    assert "3 × Dataset: server_configuration.N_RETRIEVALS_TO_INCLUDE 8 → 6" in company.posted()
    assert company.hand("production").writes() == []

    # Production does not get what staging did not run, unless a person says so.
    company.step("review.sh", "production", AFTER="staging").expect_success()
    assert company.exit_code("production") == APPROVAL
    assert company.step("apply.sh", "production").expect_failure("a person must approve").exit_code == APPROVAL
    assert retrievals(company, "production") == [8, 8, 8]

    company.ship("staging").expect_success()
    assert company.hand("staging").calls("PUT") == [("PUT", "/api/dataset")] * 3
    company.ship("production", after="staging").expect_success()
    assert company.exit_code("production") == CLEAR
    assert retrievals(company, "production") == [6, 6, 6]
    assert company.hand("production").calls("PUT") == [("PUT", "/api/dataset")] * 3


def a_schema_that_cannot_change_stops_the_merge(company: Pipeline) -> None:
    company.replace("customer.py", 'name="priority", data_type="INT64"', 'name="priority", data_type="INT32"')
    company.replace("__main__.py", *MORE)
    company.commit("Smaller priorities, more retrievals")
    forget(company)
    assert company.pull_request("production").expect_failure("blocked").exit_code == BLOCKED
    posted = company.posted()
    assert "3 × Tenant" in posted
    assert 'tenant_metadata_schema["priority"].data_type' in posted
    assert "N_RETRIEVALS_TO_INCLUDE 6 → 9" in posted, "what could be shipped is not told"

    # Not even an approval ships it.
    assert company.step("apply.sh", "production", APPROVED="yes").exit_code == BLOCKED
    assert company.hand("production").writes() == []
    company.revert()


def drift_is_told_at_night_and_put_right_by_a_person(company: Pipeline) -> None:
    somebody = company.hand("production")
    somebody.change(somebody.datasets()["northwind-prd"]["id"], N_RETRIEVALS_TO_INCLUDE=40)
    forget(company)

    night = company.step("drift.sh", "production", REPORT_COMMAND=company.recorder)
    assert night.exit_code == APPROVAL
    report = company.posted()
    assert "northwind" in report
    assert "N_RETRIEVALS_TO_INCLUDE" in report
    assert "fabrikam" not in report
    company.step("drift.sh", "staging", REPORT_COMMAND=company.recorder).expect_success()
    assert company.posted() == ""
    assert somebody.writes() == []

    company.ship("production", refresh=True).expect_failure("a person must approve")
    company.step("apply.sh", "production", APPROVED="yes", REFRESH="yes").expect_success()
    assert retrievals(company, "production") == [6, 6, 6]
    assert somebody.writes() == [("PUT", "/api/dataset")]
    company.step("drift.sh", "production").expect_success()


def a_customer_leaves(company: Pipeline) -> None:
    customers = company.customers()
    leaving = company.hand("production").datasets()["tailspin-prd"]["id"]
    company.sandboxes["production"].put_chunks(leaving, 40)

    # Removing the entry alone is blocked: the pull request says how many documents would go.
    company.set_customers({name: about for name, about in customers.items() if name != "tailspin"})
    company.commit("Tailspin is gone")
    assert company.pull_request("production").expect_failure("blocked").exit_code == BLOCKED
    assert "40 documents" in company.posted()
    company.revert()

    # Retired first, and removed when its days have passed; here there are none to wait for.
    company.set_customers({**customers, "tailspin": {**customers["tailspin"], "leaves": True, "retention_days": 0}})
    company.commit("Tailspin leaves")
    company.ship("staging").expect_success()
    company.ship("production", after="staging").expect_success()
    assert company.hand("production").datasets()["tailspin-prd"]["server_configuration"]["LOCKED"] is True

    company.set_customers({name: about for name, about in customers.items() if name != "tailspin"})
    company.commit("Tailspin is gone")
    company.pull_request("production").expect_success()
    assert company.exit_code("production") == APPROVAL
    assert "40 documents" in company.posted()
    company.ship("staging", approved=True).expect_success()
    company.ship("production", after="staging", approved=True).expect_success()
    assert datasets(company, "staging") == ["fabrikam-stg", "northwind-stg"]
    assert datasets(company, "production") == ["fabrikam-prd", "northwind-prd"]
    assert sorted(company.tenants("production")) == ["fabrikam_prd", "northwind_prd"]


def keys_are_rotated(company: Pipeline) -> None:
    # The service's: another value for the pipeline. Nothing else has kept the old one, so it is revoked at once.
    somebody = company.hand("production")
    [old] = somebody.call("GET", "/api/organization/api_key")["api_keys"]
    new = str(somebody.call("POST", "/api/organization/api_key", {"name": "second", "role": 2})["api_key"])
    company.project.secrets.add(new)
    company.keys["production"]["TRIEVE_API_KEY"] = new
    somebody.call("DELETE", f"/api/organization/api_key/{old['id']}")

    # The language model's: a value in the configuration of each stack, sent to every dataset.
    for stack in STACKS:
        company.configure(stack, "llmApiKey", CANARIES.llm_api_key, secret=True)
    company.commit("A key for the language model")
    company.pull_request("production").expect_success()
    assert "2 × Dataset: server_configuration.LLM_API_KEY" in company.posted()
    forget(company)
    company.ship("staging").expect_success()
    company.ship("production", after="staging").expect_success()
    assert somebody.calls("PUT") == [("PUT", "/api/dataset")] * 2
    company.step("drift.sh", "production").expect_success()


def test_an_old_verdict_does_not_allow_an_apply_after_the_state_changed(company: Pipeline) -> None:
    company.ship("staging").expect_success()
    company.replace("__main__.py", *FEWER)
    company.commit("Fewer retrievals")
    company.step("review.sh", "staging").expect_success()
    company.replace("__main__.py", '"gpt-4o-mini"', '"gpt-4o"')
    assert company.step("apply.sh", "staging").expect_failure("uncommitted changes").exit_code == NO_VERDICT
    company.commit("A larger model")
    assert company.step("apply.sh", "staging").expect_failure("the commit").exit_code == NO_VERDICT
    assert retrievals(company, "staging") == [8, 8, 8]

    # The same where somebody else applied something meanwhile.
    company.step("review.sh", "staging").expect_success()
    company.project.up("--stack", "staging", env=company.keys["staging"]).expect_success()
    assert company.step("apply.sh", "staging").expect_failure("the state").exit_code == NO_VERDICT
    assert retrievals(company, "staging") == [6, 6, 6]


def test_a_killed_job_leaves_a_lock_that_unlock_removes(company: Pipeline) -> None:
    company.ship("staging").expect_success()
    company.replace("__main__.py", *FEWER)
    company.commit("Fewer retrievals")
    company.step("review.sh", "staging").expect_success()
    services = company.sandboxes["staging"]
    services.faults([{"method": "PUT", "path": "^/api/dataset$", "times": 1, "act": HOLD}])
    job = company.start("apply.sh", "staging")
    wait_until(lambda: any(rule["fired"] for rule in services.fault_report()), seconds=60, what="the job to be busy")
    job.kill()
    services.clear_faults()

    company.ship("staging").expect_failure("currently locked", "pulumi cancel")
    company.step("unlock.sh", "staging").expect_success()
    company.ship("staging").expect_success()
    assert retrievals(company, "staging") == [6, 6, 6]
