"""Which key is used where: one that was exported for one account is never sent to the server of another one."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.errors import ConfigurationError
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.core.values import UNKNOWN
from pulumi_retrieval.services.trieve import TrieveConnection, TrieveService

HERE, THERE = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
OWN, OTHER = "https://own.example.com", "https://other.example.com"
KEY, ADMIN, HIS_KEY, HIS_ADMIN = "tr-configured", "tr-configured-admin", "tr-exported", "tr-exported-admin"


def read(environ: dict[str, str] | None = None, **raw: Any) -> TrieveConnection:
    variables = {f"TRIEVE_{name}": value for name, value in (environ or {}).items()}
    return TrieveConnection.read({f"trieve:{name}": value for name, value in raw.items()}, variables)


@pytest.mark.parametrize(
    ("raw", "environ", "key"),
    [
        # One connection, said in two places.
        ({}, {"API_KEY": HIS_KEY, "ORGANIZATION_ID": HERE}, HIS_KEY),
        ({"organizationId": HERE}, {"API_KEY": HIS_KEY}, HIS_KEY),
        ({"organizationId": HERE.upper()}, {"API_KEY": HIS_KEY, "ORGANIZATION_ID": HERE}, HIS_KEY),
        ({"baseUrl": OWN, "organizationId": HERE}, {"API_KEY": HIS_KEY}, HIS_KEY),
        ({"baseUrl": f"{OWN}/", "organizationId": HERE}, {"API_KEY": HIS_KEY, "BASE_URL": OWN}, HIS_KEY),
        ({"apiKey": KEY, "organizationId": HERE}, {"API_KEY": HIS_KEY, "BASE_URL": OWN}, KEY),
        ({"organizationId": THERE}, {"ADMIN_KEY": HIS_ADMIN, "API_KEY": HIS_KEY, "ORGANIZATION_ID": HERE}, HIS_ADMIN),
        # The exported key is of another server.
        ({"baseUrl": OTHER, "adminKey": ADMIN, "organizationId": THERE}, {"API_KEY": HIS_KEY}, ADMIN),
        ({"baseUrl": OTHER, "adminKey": UNKNOWN, "organizationId": THERE}, {"API_KEY": HIS_KEY}, None),
        ({"baseUrl": OTHER, "organizationId": THERE}, {"API_KEY": HIS_KEY, "BASE_URL": OWN}, None),
        ({"baseUrl": OTHER, "organizationId": THERE}, {"ADMIN_KEY": HIS_ADMIN, "BASE_URL": OWN}, None),
        # The exported key is of another organization.
        ({"adminKey": ADMIN, "organizationId": THERE}, {"API_KEY": HIS_KEY}, ADMIN),
        ({"adminKey": ADMIN, "organizationId": THERE}, {"API_KEY": HIS_KEY, "ORGANIZATION_ID": HERE}, ADMIN),
        ({"organizationId": THERE}, {"API_KEY": HIS_KEY, "ORGANIZATION_ID": HERE}, None),
    ],
)
def test_the_key_of_an_organization(raw: dict[str, Any], environ: dict[str, str], key: str | None) -> None:
    connection = read(environ, **raw)
    assert bool(connection.problems) == (key is None and not connection.pending)
    if key is None:
        with pytest.raises(ConfigurationError):
            connection.key_for(connection.organization_id)
    else:
        assert connection.key_for(connection.organization_id) == key


@pytest.mark.parametrize(
    ("raw", "environ", "remark"),
    [
        (
            {"baseUrl": OTHER},
            {"API_KEY": HIS_KEY, "ADMIN_KEY": HIS_ADMIN, "ORGANIZATION_ID": HERE, "BASE_URL": OWN},
            " (TRIEVE_API_KEY and TRIEVE_ADMIN_KEY and TRIEVE_ORGANIZATION_ID are not used: they do not belong to the "
            "trieve:baseUrl that is configured)",
        ),
        (
            {"organizationId": THERE},
            {"API_KEY": HIS_KEY, "ORGANIZATION_ID": HERE},
            " (TRIEVE_API_KEY is not used: it does not belong to the trieve:organizationId that is configured)",
        ),
        ({"baseUrl": OTHER, "apiKey": KEY}, {"API_KEY": HIS_KEY, "BASE_URL": OWN}, ""),
    ],
)
def test_an_unused_setting_draws_a_warning_that_names_the_missing_one(
    raw: dict[str, Any], environ: dict[str, str], remark: str
) -> None:
    connection = read(environ, **raw)
    assert connection.unused == remark
    if connection.problems:
        assert connection.problems[-1].endswith(remark)
    service = TrieveService(
        raw={f"trieve:{name}": value for name, value in raw.items()},
        environ={f"TRIEVE_{name}": value for name, value in environ.items()},
        run=Run(emit=lambda text: None),
    )
    assert service.describe().endswith(remark or "[trieve:apiKey]")
    service.http.close()
