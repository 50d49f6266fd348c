"""When the secrets of a stack were last sent, by its state: evidence for an audit, without any secret.

A state says when (`secrets_applied_at` of a dataset, `created_at` of an API key) and by which trigger, and never what. So a value
that was sent again unchanged reads as fresh as a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..services.trieve.configuration import SECRET_KEYS
from .awaited import moment
from .states import Resource, is_secret
from .steps import OURS

PUBLIC_KEY = ("PUBLIC_DATASET", "api_key")
HIDDEN = "[secret]"


@dataclass(frozen=True)
class SecretAge:
    """The secrets of one resource.

    :param applied_at: when they were last sent, or when the key was made, UTC; None where the state does not say.
    :param trigger: `secrets_version` of a dataset, `rotate_trigger` of an API key; empty for none.
    :param expires_at: of an API key; empty for none.
    :param age: seconds; None where `applied_at` is None.
    """

    resource: Resource
    applied_at: datetime | None
    trigger: str
    expires_at: str
    age: float | None

    def is_older(self, than: float | None) -> bool:
        """Whether the secrets are older than so many seconds; those of unknown age are. None: nothing is too old."""
        return than is not None and (self.age is None or self.age > than)


def secret_ages(resources: Iterable[Resource], *, now: datetime) -> list[SecretAge]:
    """Every resource of this package that holds secrets of its own: unknown ages first, then the oldest.

    :param now: with a time zone.
    """
    found = []
    for resource in resources:
        ours = OURS.fullmatch(resource.type)
        if ours is None or resource.deleting or ours[1] != "trieve":
            continue
        if ours[2] == "ApiKey":
            trigger, at = "rotate_trigger", resource.outputs.get("created_at")
        elif ours[2] == "Dataset" and _holds_secrets(resource):
            trigger, at = "secrets_version", resource.outputs.get("secrets_applied_at")
        else:
            continue
        applied = moment(at)
        age = None if applied is None else (now - applied).total_seconds()
        found.append(SecretAge(resource, applied, _text(resource, trigger), _text(resource, "expires_at"), age))
    return sorted(found, key=lambda one: (one.age is not None, -(one.age or 0), one.resource.name))


def _holds_secrets(dataset: Resource) -> bool:
    if isinstance(dataset.outputs.get("secrets_applied_at"), str):
        return True
    configuration: Any = dataset.inputs.get("server_configuration")
    if is_secret(configuration):
        return False  # nobody can see what is in it; had secrets been sent, the state would say when
    if not isinstance(configuration, Mapping):
        return False
    public = configuration.get(PUBLIC_KEY[0])
    places = [configuration.get(key) for key in SECRET_KEYS]
    places.append(public.get(PUBLIC_KEY[1]) if isinstance(public, Mapping) else None)
    return any(value is not None for value in places)


def _text(resource: Resource, name: str) -> str:
    value = resource.inputs.get(name)
    return HIDDEN if is_secret(value) else str(value) if isinstance(value, str) else ""
