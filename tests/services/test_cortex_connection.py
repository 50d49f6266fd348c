"""The connection to Cortex: settings, where they come from, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.errors import ConfigurationError
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.core.values import UNKNOWN
from pulumi_retrieval.services.cortex import CortexConnection, CortexService

KEY = "canary-cortex-key"


def read(environ: dict[str, str] | None = None, **raw: Any) -> CortexConnection:
    return CortexConnection.read({f"cortex:{name}": value for name, value in raw.items()}, environ or {})


def test_defaults() -> None:
    connection = read(apiKey=KEY)
    assert connection.problems == ()
    assert connection.api_version == "cortex"
    assert connection.base_url == "https://api.usecortex.ai"
    assert connection.max_in_flight == 4
    assert connection.max_gone == 5


def test_each_generation_has_its_own_host() -> None:
    assert read(apiKey=KEY, apiVersion="v2").base_url == "https://api.hydradb.com"
    assert read(apiKey=KEY, apiVersion="v2", baseUrl="https://proxy/x/").base_url == "https://proxy/x"


def test_the_environment_provides_settings_that_the_configuration_lacks() -> None:
    environ = {
        "CORTEX_API_KEY": "other",
        "CORTEX_BASE_URL": "http://localhost:1",
        "CORTEX_API_VERSION": "v2",
    }
    connection = read(environ)
    assert (connection.api_key, connection.base_url, connection.api_version) == ("other", "http://localhost:1", "v2")
    connection = read(environ, apiKey=KEY, apiVersion="cortex")
    assert (connection.api_key, connection.api_version) == (KEY, "cortex")


def test_a_key_that_was_exported_for_another_server_is_not_used() -> None:
    connection = read({"CORTEX_API_KEY": KEY, "CORTEX_BASE_URL": "https://one"}, baseUrl="https://two")
    remark = " (CORTEX_API_KEY is not used: it does not belong to the cortex:baseUrl that is configured)"
    assert connection.api_key is None
    assert connection.problems[0].endswith(remark)
    assert connection.describe().endswith(f"no key{remark}")


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ({}, "set cortex:apiKey to the key"),
        ({"apiKey": ""}, "set cortex:apiKey to the key"),
        ({"apiKey": "  "}, "CORTEX_API_KEY"),
        ({"apiKey": KEY, "apiVersion": "v1"}, 'must be "cortex" (the first generation) or "v2"'),
        ({"apiKey": KEY, "apiVersion": UNKNOWN}, "must be known before the update"),
        ({"apiKey": KEY, "baseUrl": "api.usecortex.ai"}, "with a scheme"),
        ({"apiKey": KEY, "baseUrl": "http://example.com"}, "plain http"),
        ({"apiKey": KEY, "maxGone": "many"}, "maxGone must be a number"),
    ],
)
def test_the_problems_of_a_connection(raw: dict[str, Any], problem: str) -> None:
    connection = read(**raw)
    assert len(connection.problems) == 1
    assert problem in connection.problems[0]
    assert KEY not in connection.problems[0]


def test_all_problems_at_once() -> None:
    assert len(read(apiVersion="v3", baseUrl="nowhere", timeout="soon").problems) == 4


def test_a_key_that_is_not_known_yet_is_no_problem() -> None:
    connection = read(apiKey=UNKNOWN)
    assert connection.pending
    assert connection.problems == ()


def test_describe_says_where_everything_came_from_and_no_secret() -> None:
    connection = read({"CORTEX_API_KEY": KEY}, apiVersion="v2")
    text = connection.describe()
    assert (
        text == "cortex: https://api.hydradb.com [default], API generation v2 [cortex:apiVersion], key [CORTEX_API_KEY]"
    )
    assert KEY not in repr(connection)
    assert read().describe() == "cortex: https://api.usecortex.ai [default], API generation cortex [default], no key"


def test_nothing_is_sent_over_a_connection_that_cannot_work() -> None:
    service = CortexService(raw={}, environ={}, run=Run(emit=lambda text: None))
    life = service.resources["tenant"]
    checked = life.check({}, {"tenant_id": "a"}, declaration=_declaration())
    assert "API key is missing" in checked.failures[0]
    for attempt in (
        lambda: life.create({"tenant_id": "a"}),
        lambda: service.tenant_stats("a"),
        lambda: service.list_sub_tenants("a"),
        lambda: service.metadata_schema("a"),
        lambda: service.list_tenants(),
    ):
        with pytest.raises(ConfigurationError, match="API key is missing"):
            attempt()
    service.close()


def test_the_client_is_made_when_it_is_first_needed() -> None:
    run = Run(emit=lambda text: None)
    service = CortexService(raw={"cortex:apiKey": KEY}, environ={}, run=run)
    service.resources["tenant"].check({}, {"tenant_id": "a"}, declaration=_declaration())
    assert service._client is None
    assert run.redactor.clean(f"key {KEY}") == "key [secret]"


def _declaration() -> Any:
    from pulumi_retrieval.core.declaration import Declaration

    return Declaration(name="a", token="Tenant")
