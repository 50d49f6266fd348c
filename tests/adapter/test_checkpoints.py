"""What a run without checkpoints says before it creates what the next run may not find."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider

from pulumi_retrieval.providers import checkpoints, cortex, trieve
from pulumi_retrieval.providers.checkpoints import MOST_NAMED, UNSURE, is_unsure, skips_checkpoints, warning
from support.provider_process import ProviderProcess
from support.sandbox import Sandbox

SAID = "warning: this run writes no checkpoints (PULUMI_SKIP_CHECKPOINTS)"
KINDS = {cls.kind for cls in vars(trieve).values() if isinstance(cls, type) and hasattr(cls, "kind")}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    ("text", "skips"),
    [(None, False), ("", False), ("false", False), ("0", False), ("1", True), ("true", True), ("TRUE", True)],
)
def test_the_variable_is_read_as_the_engine_reads_it(text: str | None, skips: bool) -> None:
    assert skips_checkpoints({} if text is None else {checkpoints.VARIABLE: text}) is skips


def test_an_organization_that_exists_is_not_created() -> None:
    assert is_unsure("organization", ["name"])
    assert not is_unsure("organization", ["name", "organization_id"])
    assert is_unsure("api_key", ["name", "organization_id"])
    assert not is_unsure("dataset", ["tracking_id"])


def test_all_kinds_that_are_named_exist() -> None:
    assert UNSURE.keys() <= KINDS


def test_many_are_not_all_named() -> None:
    text = warning({"crawl": [f"site-{number}" for number in range(MOST_NAMED + 3)]})
    assert f"site-{MOST_NAMED - 1} and 3 more: " in text
    assert f"site-{MOST_NAMED}," not in text


def created(
    sandbox: Sandbox, provider: ResourceProvider, *several: dict[str, Any], environment: dict[str, str] | None = None
) -> str:
    """What a provider process says that creates some resources of one kind."""
    skips = {"PULUMI_SKIP_CHECKPOINTS": "true"} if environment is None else environment
    with ProviderProcess(environment={**sandbox.environment, **skips}) as process:
        served = process.serve(provider)
        for inputs in several:
            checked, failures = served.check({}, inputs)
            assert failures == []
            served.create(checked)
        return process.stderr


def test_a_kind_is_told_once(sandbox: Sandbox) -> None:
    names = [uuid.uuid4().hex for _ in range(2)]
    said = created(sandbox, trieve.ApiKeyProvider(), *({"name": name, "role": 0} for name in names))
    assert said.count(SAID) == 1
    assert UNSURE["api_key"].why in said


def test_an_organization_is_told(sandbox: Sandbox) -> None:
    assert UNSURE["organization"].why in created(sandbox, trieve.OrganizationProvider(), {"name": uuid.uuid4().hex})


def test_what_is_found_again_is_not_told(sandbox: Sandbox) -> None:
    assert SAID not in created(sandbox, trieve.DatasetProvider(), {"tracking_id": uuid.uuid4().hex})
    assert SAID not in created(sandbox, trieve.OrganizationProvider(), {"organization_id": sandbox.organization_id})
    assert SAID not in created(sandbox, cortex.TenantProvider(), {"tenant_id": f"t_{uuid.uuid4().hex[:8]}"})


@pytest.mark.parametrize("environment", [{}, {"PULUMI_SKIP_CHECKPOINTS": "false"}], ids=["unset", "false"])
def test_a_run_with_checkpoints_says_nothing(sandbox: Sandbox, environment: dict[str, str]) -> None:
    key = {"name": uuid.uuid4().hex, "role": 0}
    assert SAID not in created(sandbox, trieve.ApiKeyProvider(), key, environment=environment)
