"""What only the program calls secret is printed nowhere, and stored nowhere but encrypted, at its own place."""

from __future__ import annotations

import secrets
from typing import Any

from support.engine import Project
from support.hand import Hand
from support.sandbox import Sandbox

CRAWL = {"site_url": "https://docs.example.test", "interval": "daily", "limit": 100}
PROGRAM = """
    import pulumi
    from pulumi_retrieval import cortex, trieve

    config = pulumi.Config()
    docs = trieve.Dataset("docs", tracking_id="docs", server_configuration={configuration})
    trieve.Crawl("site", dataset_id=docs.id, crawl_options={{**{crawl}, "webhook_metadata": {{"token": {token}}}}})
"""
URL = '{"EMBEDDING_BASE_URL": config.require_secret("url"), "MAX_LIMIT": 5}'
TOKEN = 'config.require_secret("token")'
PLACE = "server_configuration.EMBEDDING_BASE_URL"


def program(configuration: str = URL, token: str = TOKEN) -> str:
    return PROGRAM.format(configuration=configuration, crawl=CRAWL, token=token)


def canary(project: Project, key: str, text: str) -> str:
    """A new value of a setting, which must not show up anywhere from now on."""
    value = text.format(f"canary-{secrets.token_hex(8)}")
    project.secrets.add(value)
    project.config(key, value, secret=True)
    return value


def dataset(project: Project, **options: Any) -> dict[str, Any]:
    (found,) = [one for one in project.resources(**options) if one["type"].endswith("trieve:Dataset")]
    return found


def test_a_secret_of_the_program_stays_encrypted_from_create_to_destroy(project: Project, sandbox: Sandbox) -> None:
    hand = Hand(sandbox)
    first = canary(project, "url", "https://embed.example.test/{}")
    canary(project, "token", "{}")
    project.program = program()
    project.up().expect_success()
    outputs = dataset(project)["outputs"]
    assert outputs["secret_inputs"] == [PLACE]
    assert PLACE not in outputs["observed_immutable"]
    assert outputs["compared_secrets"] == [PLACE]
    assert "EMBEDDING_SIZE" in str(outputs["observed_immutable"])
    assert hand.datasets()["docs"]["server_configuration"]["EMBEDDING_BASE_URL"] == first
    project.up("--expect-no-changes", refresh=True).expect_success()

    # Neither the old value nor the new one is shown.
    canary(project, "url", "https://other.example.test/{}")
    refused = f'{PLACE}    was "[secret]"    now "[secret]"'
    project.preview().expect_failure(refused)
    project.config("url", first, secret=True)

    # Another crawl, because its options changed; the old token is not shown either.
    canary(project, "token", "{}")
    assert project.up().expect_success().summary["replaced"] == 1

    # What is not managed any more stays a secret.
    project.program = program('{"MAX_LIMIT": 5}')
    project.up().expect_success()
    project.refresh().expect_success()
    project.up("--expect-no-changes", refresh=True).expect_success()
    assert dataset(project)["outputs"]["secret_inputs"] == [PLACE]


def test_drift_of_a_secret_of_the_program_is_shown_without_the_value(project: Project, sandbox: Sandbox) -> None:
    hand = Hand(sandbox)
    canary(project, "url", "https://embed.example.test/{}")
    project.config("token", "plain-enough")
    project.program = program(token="config.require('token')")
    project.up().expect_success()
    theirs = f"https://theirs.example.test/{secrets.token_hex(8)}"
    project.secrets.add(theirs)
    hand.change(hand.datasets()["docs"]["id"], EMBEDDING_BASE_URL=theirs)
    project.refresh().expect_success()
    assert dataset(project)["outputs"]["drifted"] == {PLACE: "[secret]"}
    run = project.up().expect_success()
    assert f'{PLACE} was changed to "[secret]" by somebody else and is put back' in run.output
    assert "drifted" not in dataset(project)["outputs"]


def test_a_value_that_the_program_marks_as_secret_later(project: Project) -> None:
    value = f"https://embed.example.test/{secrets.token_hex(8)}"
    project.config("url", value)
    project.config("token", "plain-enough")
    project.program = program(URL.replace("require_secret", "require"), token="config.require('token')")
    project.up().expect_success()
    assert dataset(project)["outputs"]["observed_immutable"][PLACE] == value
    project.config("url", value, secret=True)
    project.program = program(token="config.require('token')")
    assert project.up().expect_success().summary["updated"] == 1
    assert value not in str(dataset(project))
    project.up("--expect-no-changes").expect_success()
