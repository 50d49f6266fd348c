"""Connections: a service that is not the one of yesterday, keys that changed, accounts side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.engine import Project
from support.hand import Hand
from support.sandbox import Sandbox

PROGRAM = """
    import pulumi
    from pulumi_retrieval import cortex, trieve

    trieve.Dataset("golden", tracking_id="golden", server_configuration={"MAX_LIMIT": 50})
    cortex.Tenant("acme", tenant_id="acme_prod", opts=pulumi.ResourceOptions(retain_on_delete=True))
"""
MANY = """
    from pulumi_retrieval import trieve

    for number in range({count}):
        trieve.Dataset(f"d{{number}}", tracking_id=f"d{{number}}")
"""
HINT_401 = "and destroy use the credentials stored by the last `pulumi up`"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Sandbox]:
    """A second sandbox, empty but for an organization."""
    with Sandbox(data=tmp_path / "other") as sandbox:
        yield sandbox


def elsewhere(sandbox: Sandbox) -> dict[str, str]:
    """The connection of another sandbox, as environment variables. The organization stays that of the program."""
    return {name: value for name, value in sandbox.environment.items() if name != "TRIEVE_ORGANIZATION_ID"}


def delete_dataset(sandbox: Sandbox, dataset_id: str) -> None:
    """Delete a dataset behind Pulumi's back."""
    headers = {"TR-Organization": sandbox.organization_id, "TR-Dataset": dataset_id}
    assert sandbox.trieve.delete(f"/api/dataset/{dataset_id}", headers=headers).status_code == 204


def ids(project: Project) -> dict[str, str]:
    """Tracking id → id of the datasets in the state."""
    return {one["inputs"]["tracking_id"]: one["id"] for one in project.resources()}


# Another service


def test_environment_variables_with_another_base_url_are_refused_and_the_state_is_kept(
    project: Project, sandbox: Sandbox, other: Sandbox
) -> None:
    project.secrets |= {value for name, value in other.environment.items() if name.endswith("_KEY")}
    project.program = PROGRAM
    project.up().expect_success()
    before, sandbox_before = project.stored(), sandbox.state()
    sandbox.reset_requests()

    env = elsewhere(other)
    for flags in ([], ["--refresh"], ["--refresh", "--run-program"]):
        run = project.up(*flags, env=env).expect_failure(
            "REFUSED, nothing was changed", sandbox.base_url, other.base_url
        )
        assert (
            "environment variable TRIEVE_BASE_URL" in run.output or "environment variable CORTEX_BASE_URL" in run.output
        )
        assert project.stored() == before
    project.preview(refresh=True, env=env).expect_failure("REFUSED, nothing was changed")
    project.refresh(env=env).expect_failure("dataset golden lives at", "tenant acme_prod lives at")
    assert project.stored() == before
    # The tenant is let go by the engine alone, which asks nobody: that is what retain_on_delete says.
    project.destroy(env=env).expect_failure("dataset golden lives at")
    assert [one["id"] for one in project.resources()] == [ids(project)["golden"]]

    assert other.requests() == sandbox.requests() == []
    assert sandbox.state() == sandbox_before


def test_a_configuration_with_another_base_url_is_refused_and_the_state_is_kept(
    project: Project, sandbox: Sandbox, other: Sandbox
) -> None:
    project.program = PROGRAM
    project.config("trieve:baseUrl", sandbox.base_url)
    project.config("cortex:baseUrl", sandbox.environment["CORTEX_BASE_URL"])
    project.up().expect_success()
    before = project.stored()
    project.config("trieve:baseUrl", other.base_url)
    project.config("cortex:baseUrl", other.environment["CORTEX_BASE_URL"])

    for flags in ([], ["--refresh"], ["--refresh", "--run-program"]):
        run = project.up(*flags).expect_failure("REFUSED, nothing was changed", other.base_url)
        assert "stack configuration trieve:baseUrl" in run.output or "stack configuration cortex:baseUrl" in run.output
    assert project.stored() == before
    assert other.requests() == []


def test_a_new_base_url_is_accepted_if_former_base_urls_names_the_old_one(project: Project, sandbox: Sandbox) -> None:
    project.program = PROGRAM
    project.up().expect_success()
    before = ids_of(project)
    moved = {
        name: sandbox.environment[name].replace("127.0.0.1", "localhost")
        for name in ("TRIEVE_BASE_URL", "CORTEX_BASE_URL")
    }
    run = project.up(env=moved).expect_failure("REFUSED", "the service moved")
    command = next(line for line in run.output.splitlines() if "the service moved" in line).split("pulumi ")[1]
    assert command.startswith("config set ")
    project.config("trieve:formerBaseUrls", json.dumps([sandbox.base_url]))
    project.config("cortex:formerBaseUrls", json.dumps([sandbox.environment["CORTEX_BASE_URL"]]))
    sandbox.reset_requests()

    assert project.up(env=moved).expect_success().summary == {"updated": 2, "unchanged": 1}
    assert sandbox.requests() == []
    assert ids_of(project) == before
    assert {one["outputs"]["endpoint"] for one in project.resources()} == {
        moved["TRIEVE_BASE_URL"],
        moved["CORTEX_BASE_URL"] + " cortex",
    }
    assert project.up("--refresh", env=moved).expect_success().summary == {"unchanged": 3}


def ids_of(project: Project) -> dict[str, str]:
    return {one["urn"]: one["id"] for one in project.resources()}


# Absences


def test_five_missing_datasets_are_created_again(project: Project, sandbox: Sandbox) -> None:
    project.program = MANY.format(count=6)
    project.up().expect_success()
    before = ids(project)
    for number in range(5):
        delete_dataset(sandbox, before[f"d{number}"])
    assert project.up().expect_success().summary == {"unchanged": 7}

    project.up("--refresh").expect_success()
    after = ids(project)
    assert after.keys() == before.keys()
    assert [name for name in after if after[name] == before[name]] == ["d5"]
    assert len(sandbox.state()["trieve"]["datasets"]) == 6
    assert project.up("--refresh").expect_success().summary == {"unchanged": 7}


def test_six_datasets_missing_in_one_run_fail_the_run(project: Project, sandbox: Sandbox) -> None:
    project.program = MANY.format(count=7)
    project.up().expect_success()
    before = ids(project)
    for number in range(6):
        delete_dataset(sandbox, before[f"d{number}"])
    project.preview(refresh=True).expect_failure("trieve:maxGone (5)", "pulumi config set trieve:maxGone")
    assert ids(project) == before
    project.up("--refresh").expect_failure("trieve:maxGone (5)")
    assert len(sandbox.state()["trieve"]["datasets"]) == 1

    # The engine keeps what was believed before the sixth; a refresh reads the configuration of the last `up`.
    project.config("trieve:maxGone", "100000")
    project.up("--refresh", "--run-program").expect_success()
    assert ids(project).keys() == before.keys()
    assert len(sandbox.state()["trieve"]["datasets"]) == 7


def test_existing_datasets_that_were_dropped_from_the_state_are_adopted_again(
    project: Project, sandbox: Sandbox
) -> None:
    project.program = MANY.format(count=7)
    project.up().expect_success()
    before = ids(project)
    for dataset_id in before.values():
        sandbox.put_chunks(dataset_id, 1)
    absent = {"message": "Not Found: Could not find dataset"}
    sandbox.faults(
        [
            {
                "method": "GET",
                "path": "^/api/dataset/organization/",
                "act": {"kind": "answer", "status": 200, "body": []},
            },
            {
                "method": "GET",
                "path": "^/api/dataset/[0-9a-f-]+$",
                "act": {"kind": "answer", "status": 404, "body": absent},
            },
        ]
    )
    run = project.refresh().expect_failure("trieve:maxGone (5)", "pulumi config set trieve:adopt true && pulumi up")
    assert len(run.texts) == 2
    assert len(ids(project)) == 2  # the engine keeps the five that were believed before
    sandbox.clear_faults()

    # They hold documents, so they may be somebody else's; nothing is created beside them, and nothing is lost.
    project.up().expect_failure("it holds documents", "adopt=True")
    project.config("trieve:adopt", "true")
    project.up().expect_success()
    assert ids(project) == before
    assert {one["id"] for one in sandbox.state()["trieve"]["datasets"]} == set(before.values())


# Keys


def organization_key(sandbox: Sandbox, *, revoke: bool = False) -> str:
    """Make a key of the organization; with `revoke`, take every older one back."""
    headers = {"TR-Organization": sandbox.organization_id}
    client: httpx.Client = sandbox.trieve
    if revoke:
        listed = client.get("/api/organization/api_key", headers=headers).json()["api_keys"]
        for one in listed:
            client.delete(f"/api/organization/api_key/{one['id']}", headers=headers)
    made = client.post("/api/organization/api_key", headers=headers, json={"name": "pulumi", "role": 2})
    return str(made.json()["api_key"])


def test_after_a_key_rotation_refresh_names_the_remedy_and_up_stores_the_new_key(
    tmp_path: Path, engine: Path, sandbox: Sandbox
) -> None:
    key = sandbox.environment["TRIEVE_API_KEY"]
    plain = {name: sandbox.environment[name] for name in ("TRIEVE_BASE_URL", "TRIEVE_ORGANIZATION_ID")}
    project = Project(tmp_path / "main", engine=engine, env=plain, secrets=[key], program=MANY.format(count=2))
    project.config("trieve:apiKey", key, secret=True)
    project.up().expect_success()

    fresh = organization_key(sandbox, revoke=True)
    project.secrets.add(fresh)
    project.config("trieve:apiKey", fresh, secret=True)
    for run in (project.up("--refresh"), project.refresh(), project.destroy("--refresh")):
        run.expect_failure("HTTP 401", HINT_401, "--run-program")
        assert len(project.resources()) == 2
    project.preview("--refresh", "--run-program").expect_success()

    assert project.up().expect_success().summary == {"unchanged": 3}
    assert project.up("--refresh").expect_success().summary == {"unchanged": 3}
    project.destroy().expect_success()


def test_two_accounts_in_one_program(project: Project, sandbox: Sandbox, other: Sandbox) -> None:
    project.secrets |= {value for name, value in other.environment.items() if name.endswith("_KEY")}
    project.program = """
        import os

        import pulumi
        from pulumi_retrieval import Provider, cortex, trieve

        class Customer(pulumi.ComponentResource):
            def __init__(self, name, opts):
                super().__init__("test:Customer", name, None, opts)
                below = pulumi.ResourceOptions(parent=self)
                trieve.Dataset("docs", tracking_id="docs", opts=below)
                cortex.Tenant("docs", tenant_id="docs", opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True))

        eu = Provider(
            "eu",
            trieve={
                "baseUrl": os.environ["EU_TRIEVE_BASE_URL"],
                "apiKey": os.environ["EU_TRIEVE_API_KEY"],
                "organizationId": os.environ["EU_TRIEVE_ORGANIZATION_ID"],
                "maxRetries": 2,
                "adopt": False,
            },
            cortex={
                "baseUrl": os.environ["EU_CORTEX_BASE_URL"],
                "apiKey": pulumi.Output.secret(os.environ["EU_CORTEX_API_KEY"]),
            },
        )
        here = trieve.Dataset("docs", tracking_id="docs")
        there = Customer("acme", pulumi.ResourceOptions(providers=[eu]))
        pulumi.export("found", trieve.get_dataset(tracking_id="docs", provider=eu).id if os.environ.get("LOOK") else None)
    """
    # The second account is known by its provider only: the environment is that of the first.
    env = {f"EU_{name}": value for name, value in other.environment.items()}
    assert project.up(env=env).expect_success().summary == {"created": 6}
    mine, theirs = sandbox.state(), other.state()
    assert len(mine["trieve"]["datasets"]) == len(theirs["trieve"]["datasets"]) == 1
    assert {call["service"] for call in sandbox.requests()} == {"trieve"}
    assert {call["service"] for call in other.requests()} == {"trieve", "cortex"}

    sandbox.reset_requests()
    other.reset_requests()
    assert project.up(env=env).expect_success().summary == {"unchanged": 6}
    assert sandbox.requests() == other.requests() == []
    assert project.up("--refresh", env=env).expect_success().summary == {"unchanged": 6}
    project.up(env={**env, "LOOK": "1"}).expect_success()
    assert project.outputs()["found"] == other.state()["trieve"]["datasets"][0]["id"]
    project.destroy(env=env).expect_success()
    assert sandbox.state()["trieve"]["datasets"] == other.state()["trieve"]["datasets"] == []


def test_look_ups_over_a_provider_whose_keys_are_secrets(project: Project, sandbox: Sandbox, other: Sandbox) -> None:
    project.program = """
        import pulumi
        from pulumi_retrieval import Provider, cortex, trieve

        config = pulumi.Config()
        settings = {"baseUrl": config.require("euUrl"), "apiKey": config.require_secret("euKey")}
        organization = config.require("euOrganization")
        eu = Provider(
            "eu",
            trieve={**settings, "organizationId": organization},
            cortex={"baseUrl": config.require("euUrl") + "/cortex", "apiKey": config.require_secret("euCortexKey")},
        )
        trieve.Dataset("mine", tracking_id="mine")
        if config.get_bool("atOnce"):
            trieve.list_datasets(provider=eu)
        theirs = {
            "named": trieve.list_datasets_output(organization_id=organization, provider=eu),
            "default": trieve.list_datasets_output(provider=eu),
            "usage": trieve.get_organization_output(provider=eu).apply(lambda found: [found]),
            "here": trieve.list_datasets_output(),
        }
        for name, found in theirs.items():
            pulumi.export(name, found.apply(lambda found: [getattr(one, "tracking_id", one.id) for one in found]))
        pulumi.export("objects", cortex.get_tenant_stats_output(tenant_id="docs", provider=eu).apply(lambda it: it.object_count))
    """
    Hand(other).make("x")
    with httpx.Client(headers={"Authorization": f"Bearer {other.environment['CORTEX_API_KEY']}"}) as cortex:
        url = f"{other.environment['CORTEX_BASE_URL']}/user/create_tenant"
        cortex.post(url, params={"tenant_id": "docs"}).raise_for_status()
    project.config("euUrl", other.base_url)
    project.config("euOrganization", other.organization_id)
    project.config("euKey", other.environment["TRIEVE_API_KEY"], secret=True)
    project.config("euCortexKey", other.environment["CORTEX_API_KEY"], secret=True)
    run = project.up().expect_success()
    assert "__str__" not in run.output
    assert {name: value for name, value in project.outputs().items() if name != "here"} == {
        "named": ["x"],
        "default": ["x"],
        "usage": [other.organization_id],
        "objects": 0,
    }
    assert {call["service"] for call in sandbox.requests()} == {"trieve"}

    project.config("atOnce", "true")
    project.preview().expect_failure("trieve:apiKey of the provider is an Output", "use the _output form")


@pytest.mark.parametrize("name", ["trieve:apiKey", "trieve:adminKey", "cortex:apiKey"])
def test_a_key_in_plain_configuration_is_refused_with_the_command_that_encrypts_it(
    name: str, project: Project, sandbox: Sandbox
) -> None:
    service, _, setting = name.partition(":")
    key = sandbox.environment[f"{service.upper()}_{'ADMIN' if setting == 'adminKey' else 'API'}_KEY"]
    project.secrets.discard(key)  # it stands in Pulumi.dev.yaml, where it should not
    project.program = PROGRAM
    project.config(name, key)
    run = project.up()
    run.expect_failure(f"{name} stands in plain text", f"pulumi config set --secret {name}")
    assert key not in run.output
    assert sandbox.requests() == []

    project.config(name, key, secret=True)
    project.secrets.add(key)
    project.up().expect_success()


def test_missing_keys_and_wrong_urls_are_named(tmp_path: Path, engine: Path, sandbox: Sandbox) -> None:
    project = Project(tmp_path / "main", engine=engine, program=MANY.format(count=1))
    project.up(env={"TRIEVE_ORGANIZATION_ID": sandbox.organization_id}).expect_failure(
        "the Trieve API key is missing", "pulumi config set --secret trieve:apiKey", "TRIEVE_API_KEY"
    )
    project.up(env={**sandbox.environment, "TRIEVE_BASE_URL": "127.0.0.1:8090"}).expect_failure(
        "environment variable TRIEVE_BASE_URL must be a URL with a scheme", '"127.0.0.1:8090"'
    )
    project.up(env={**sandbox.environment, "TRIEVE_BASE_URL": "http://trieve.example.test"}).expect_failure(
        "plain http to trieve.example.test", "trieve:allowPlainHttp"
    )
    assert sandbox.requests() == []
    assert project.resources() == []
