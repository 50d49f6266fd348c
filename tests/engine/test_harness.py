"""The harness itself, on a provider small enough to trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.canaries import CANARIES, LeakedSecretError
from support.engine import Project

PROGRAM = """
    import json, os, pulumi
    from support.throwaway import Throwaway

    thing = Throwaway("thing", json.loads(os.environ.get("PROPERTIES", "{}")))
    pulumi.export("name", thing.urn.apply(lambda urn: urn.rpartition("::")[2]))
"""


@pytest.fixture
def project(bare_project: Project) -> Project:
    bare_project.program = PROGRAM
    return bare_project


def properties(**values: object) -> dict[str, str]:
    return {"PROPERTIES": json.dumps(values)}


def test_a_life_from_up_to_destroy(project: Project, tmp_path: Path) -> None:
    assert project.preview().expect_success().summary == {"to create": 2}
    assert project.up(env=properties(size=1)).expect_success().summary == {"created": 2}
    assert project.outputs() == {"name": "thing"}
    assert project.up(env=properties(size=1)).expect_success().summary == {"unchanged": 2}
    run = project.up(env=properties(size=2), preview=True).expect_success()
    assert "size: 1 => 2" in run.output
    assert run.summary == {"updated": 1, "unchanged": 1}

    (tmp_path / "object-thing.json").write_text('{"name": "thing", "size": 3}')
    run = project.preview("--expect-no-changes", refresh=True, env=properties(size=2)).expect_failure()
    assert "size: 3 => 2" in run.output
    project.refresh().expect_success()
    assert [one["outputs"]["size"] for one in project.resources()] == [3]

    assert project.destroy().expect_success().summary == {"deleted": 2}
    assert project.resources() == []


def test_failures_are_shown(project: Project) -> None:
    project.preview(env=properties(size=-1)).expect_failure("size is negative")
    project.up(env=properties(fail=True)).expect_failure("RuntimeError: the service said no")
    with pytest.raises(AssertionError, match=r"should have worked(.|\n)*size is negative"):
        project.up(env=properties(size=-1)).expect_success()


def test_the_program_can_be_replaced(project: Project) -> None:
    project.up().expect_success()
    project.program = "import pulumi; pulumi.export('other', 1)"
    assert project.up().expect_success().summary == {"deleted": 1, "unchanged": 1}
    assert project.outputs() == {"other": 1}


def test_configuration_reaches_the_provider(project: Project, tmp_path: Path) -> None:
    project.config("service:plain", "open")
    project.config("service:key", CANARIES.trieve_api_key, secret=True)
    project.up().expect_success()
    seen = json.loads((tmp_path / "configured").read_text())
    assert seen["service:plain"] == "open"
    assert seen["service:key"] == CANARIES.trieve_api_key


def test_a_secret_on_the_screen_is_caught(project: Project) -> None:
    with pytest.raises(LeakedSecretError, match="the screen"):
        project.up(env=properties(say=f"the key is {CANARIES.llm_api_key}"))


def test_a_secret_in_state_is_caught(project: Project) -> None:
    with pytest.raises(LeakedSecretError, match=r"is in \.pulumi/"):
        project.up(env=properties(key=CANARIES.llm_api_key), diff=False)


def test_a_secret_in_plain_configuration_is_caught(project: Project) -> None:
    with pytest.raises(LeakedSecretError, match=r"Pulumi\.dev\.yaml"):
        project.config("service:key", CANARIES.cortex_api_key)


def test_encoded_secrets_are_caught(project: Project) -> None:
    project.program = f"""
        import base64, pulumi
        pulumi.export("encoded", base64.b64encode(b"x" + b"{CANARIES.llm_api_key}" + b"y").decode())
    """
    with pytest.raises(LeakedSecretError):
        project.up()


def test_an_encrypted_secret_is_not_reported(project: Project) -> None:
    project.config("service:key", CANARIES.llm_api_key, secret=True)
    project.program = "import pulumi; pulumi.export('key', pulumi.Config('service').require_secret('key'))"
    project.up().expect_success()
    assert project.outputs() == {"key": "[secret]"}
    assert project.outputs(show_secrets=True) == {"key": CANARIES.llm_api_key}


def test_a_provider_can_be_killed_during_a_run(project: Project, tmp_path: Path) -> None:
    running = project.start("up", env=properties(hang=True))
    killed = running.kill_providers_when(lambda: (tmp_path / "object-thing.json").exists())
    assert killed == 1
    running.wait().expect_failure()
    assert project.resources() == []
    project.up().expect_success()


def test_a_run_that_does_not_end_is_stopped(project: Project, tmp_path: Path) -> None:
    running = project.start("up", env=properties(hang=True))
    with pytest.raises(TimeoutError, match="took more than 3"):
        running.wait(seconds=3)
    assert running.over
    assert running.provider_pids() == []
