"""Checks the environment variables of an import. An import has no stack, so its errors name no stack configuration."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.errors import ConfigurationError


def need_trieve_key(environ: Mapping[str, str], organization_id: str) -> None:
    """Check that the environment holds a key that may read an organization.

    :raises ConfigurationError: there is none.
    """
    if _given(environ, "TRIEVE_ADMIN_KEY"):
        return
    if not _given(environ, "TRIEVE_API_KEY"):
        raise ConfigurationError(
            "the Trieve API key is missing: export TRIEVE_API_KEY and TRIEVE_ORGANIZATION_ID, or TRIEVE_ADMIN_KEY for a "
            "server of your own; an import reads the environment and no stack configuration"
        )
    its_own = _given(environ, "TRIEVE_ORGANIZATION_ID")
    if its_own and its_own.lower() != organization_id.lower():
        raise ConfigurationError(
            f"TRIEVE_API_KEY belongs to organization {its_own} (TRIEVE_ORGANIZATION_ID), but organization "
            f"{organization_id} is to be imported: export its key and its id, or TRIEVE_ADMIN_KEY"
        )


def need_cortex_key(environ: Mapping[str, str]) -> None:
    """Look for a key.

    :raises ConfigurationError: there is none.
    """
    if not _given(environ, "CORTEX_API_KEY"):
        raise ConfigurationError(
            "the Cortex API key is missing: export CORTEX_API_KEY, and CORTEX_API_VERSION=v2; an import reads the "
            "environment and no stack configuration"
        )


def _given(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip()
