"""The present settings and the virtual time of the emulated service.

Changed settings and the virtual time are kept in the store, through which the emulator's routes, its control routes and the
snapshot share them. Times are compared when a request arrives; there are no timers.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace
from typing import Literal, cast, get_args

from pulumi_retrieval.sandbox.settings import CortexSettings
from pulumi_retrieval.sandbox.store import Store

_CHANGES = "cortex.changes"
_CLOCK_OFFSET = "cortex.clock_offset"

Existing = Literal["success", "conflict"]
EmptyStats = Literal["success", "not_found"]
StatsBeforeReady = Literal["not_ready", "zero"]


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """The settings that can be changed while the sandbox runs.

    Durations are in seconds and apply to objects created or deleted afterwards. Where two documents contradict each
    other, a setting chooses between them:

    * ``existing_answers``: creating a first-generation tenant under an id in use is answered as a success that changes
      nothing, or 409 (docs/services/cortex.md 4).
    * ``empty_stats``: the first generation's statistics of a tenant without documents are zero, or 404 (4).
    * ``id_suffix``: is appended to the id that a program asks for; the first generation's sample answer carries
      another id than the one asked for, so clients must keep the id they are given (4).
    * ``stats_before_ready``: v2's statistics during provisioning are 422 ``TENANT_INFRA_NOT_READY``, or zero (1.5).
    * ``max_databases``: what the plan allows in v2, ``None`` for no limit (5).
    * ``fail_provisioning``: a regular expression of the database ids whose provisioning fails; "" matches none.
    """

    provisioning_seconds: float = 0.0
    deletion_seconds: float = 0.0
    existing_answers: Existing = "success"
    empty_stats: EmptyStats = "success"
    id_suffix: str = ""
    fail_provisioning: str = ""
    stats_before_ready: StatsBeforeReady = "not_ready"
    max_databases: int | None = None

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for invalid settings."""
        for name in ("provisioning_seconds", "deletion_seconds"):
            seconds = getattr(self, name)
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
                raise ValueError(f"{name} is a number of seconds, not {seconds!r}")
        choices = {
            "existing_answers": get_args(Existing),
            "empty_stats": get_args(EmptyStats),
            "stats_before_ready": get_args(StatsBeforeReady),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} is one of {', '.join(allowed)}")
        if not isinstance(self.id_suffix, str):
            raise ValueError("id_suffix is a string")
        limit = self.max_databases
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
            raise ValueError("max_databases is a whole number, or null for no limit")
        try:
            re.compile(self.fail_provisioning)
        except (re.error, TypeError):
            raise ValueError(f"fail_provisioning is a regular expression, not {self.fail_provisioning!r}") from None

    def provisioning_fails(self, database: str) -> bool:
        """Whether the provisioning of a database that is created now will fail."""
        return bool(self.fail_provisioning) and re.search(self.fail_provisioning, database) is not None


def current_behaviour(store: Store, settings: CortexSettings) -> Behaviour:
    """Return the settings of this run with all changes applied."""
    given = Behaviour(
        provisioning_seconds=settings.provisioning_seconds,
        deletion_seconds=settings.deletion_seconds,
        existing_answers=settings.existing_answers,
        fail_provisioning=settings.fail_provisioning,
    )
    return replace(given, **json.loads(store.get(_CHANGES) or "{}"))


def change_settings(store: Store, changes: dict[str, object]) -> None:
    """Change some settings by name; raises ``ValueError`` for an unknown or invalid one."""
    known = {field.name for field in fields(Behaviour)}
    if unknown := sorted(set(changes) - known):
        raise ValueError(f"unknown Cortex setting: {', '.join(unknown)}; known settings: {', '.join(sorted(known))}")
    with store.transaction():
        merged = {**json.loads(store.get(_CHANGES) or "{}"), **changes}
        Behaviour(**merged)
        store.put(_CHANGES, json.dumps(merged))


def replace_settings(store: Store, changes: dict[str, object]) -> None:
    """Change these settings and reset all others to those of the start; raises ``ValueError`` like `change_settings`."""
    with store.transaction():
        forget_changes(store)
        change_settings(store, changes)


def forget_changes(store: Store) -> None:
    """Reset the settings to those of the start. The virtual time stays, because it must not run backwards."""
    store.put(_CHANGES, "{}")


def now(store: Store, settings: CortexSettings) -> float:
    """Return the virtual time of the emulated service, in seconds since the epoch."""
    return settings.clock() + float(store.get(_CLOCK_OFFSET) or 0)


def advance_clock(store: Store, seconds: float) -> None:
    """Advance the virtual time of the emulated service by ``seconds``."""
    with store.transaction():
        passed = float(store.get(_CLOCK_OFFSET) or 0)
        store.put(_CLOCK_OFFSET, repr(passed + seconds))


def current_settings(store: Store, settings: CortexSettings) -> dict[str, object]:
    """Return the present settings by name, as the control routes show them."""
    behaviour = current_behaviour(store, settings)
    return {field.name: cast(object, getattr(behaviour, field.name)) for field in fields(behaviour)}
