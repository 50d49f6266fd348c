"""The life of an organization."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ...core.declaration import Declaration
from ...core.errors import (
    AuthenticationError,
    ConfigurationError,
    GuardError,
    ObjectMissing,
    ServiceError,
    UnclearWriteError,
)
from ...core.fields import flatten
from ...core.lifecycle import LifeCycle
from ...core.plan import Plan
from ...core.records import Checked, Fetched
from ...core.run import Run
from ...core.values import dotted, get_path
from .connection import TrieveConnection
from .inputs import OrganizationInputs
from .presence import Presence
from .shapes import created_at, same_name
from .updating import SETTLE_PAUSES
from .wire import HINT_WRITTEN, Json, TrieveWire

PARTNER = "partner_configuration"
DELETES = 3
"""Tries of a delete whose answer was no proof."""
NEEDS_ADMIN = (
    "creating an organization needs trieve:adminKey (or TRIEVE_ADMIN_KEY): an organization key cannot do it, and each "
    "try would leave an organization without an owner behind. To manage one that exists, set organization_id"
)


class OrganizationLifeCycle(LifeCycle):
    """Organizations: names are not unique, so there is no natural key."""

    noun: ClassVar[str] = "organization"
    model = OrganizationInputs

    def __init__(
        self,
        *,
        connection: TrieveConnection,
        run: Run,
        wire: TrieveWire,
        presence: Presence,
        sleep: Callable[[float], None],
    ) -> None:
        super().__init__(connection=connection, run=run)
        self._trieve = connection
        self._wire = wire
        self._presence = presence
        self._sleep = sleep

    def name_of(self, values: Mapping[str, Any]) -> str:
        """The organization as a person would name it."""
        name = values.get("name")
        return f'organization "{name}"' if isinstance(name, str) else "organization"

    def check(self, old: Mapping[str, Any], program: Mapping[str, Any], declaration: Declaration) -> Checked:
        """As everywhere; a new organization needs a name and the admin key."""
        checked = super().check(old, program, declaration)
        failures = list(checked.failures)
        if program.get("organization_id") is None:
            if program.get("name") is None:
                failures.append("name: is required where organization_id is not given")
            if not old and not self._trieve.admin_key and not self._trieve.pending and not self._trieve.problems:
                failures.append(NEEDS_ADMIN)
        return Checked(checked.inputs, tuple(failures))

    def create_object(self, inputs: Mapping[str, Any]) -> Fetched:
        """Create one with the admin key, or take the given one under management."""
        given = inputs.get("organization_id")
        if given is not None:
            data = self._presence.organization(str(given))
            if data is None:
                raise ServiceError(
                    f"manage organization {given}", message="it does not exist", hint="Is organization_id right?"
                )
            created = False
        else:
            if not self._trieve.admin_key:
                raise ConfigurationError(NEEDS_ADMIN)
            data, created = self._create(str(inputs["name"])), True
        patch = self._wanted(inputs, data)
        if patch:
            try:
                data = self._put(str(data["id"]), patch, data)
            except ServiceError as error:
                if not created:
                    raise
                # It exists, and nothing but its id tells it from others: to fail here would be to lose it.
                self.run.warn(f"organization {data['id']} was created, and then {error}")
        self.run.made(str(data["id"]))
        return self._fetched(data, inputs, created=created)

    def _create(self, name: str) -> Json:
        """Organizations have no natural key: an unclear create is settled by what is there before and after."""
        before = {item["id"] for item in self._wire.my_organizations()}
        try:
            return self._wire.create_organization(name)
        except UnclearWriteError as error:
            for pause in SETTLE_PAUSES:
                self._sleep(pause)
                fresh = [
                    item
                    for item in self._wire.my_organizations()
                    if item["id"] not in before and item.get("name") == name and not self.run.made_here(item["id"])
                ]
                if len(fresh) == 1:
                    return self._presence.organization(str(fresh[0]["id"])) or fresh[0]
                if fresh:
                    break
            raise UnclearWriteError(
                error.operation,
                message=f"{error.message}; it may still be carried out",
                sent=True,
                hint=f'Before you run again, look for an organization "{name}" (GET /api/auth/me with the admin key) and '
                "put its id into organization_id",
            ) from None

    def fetch(self, object_id: str, outputs: Mapping[str, Any]) -> Fetched | None:
        """Read it; absence is believed with an admin key only, after a second look."""
        data = self._presence.organization(object_id)
        if data is None:
            self.run.record_absence(
                "trieve", object_id, what=f"{self.name_of(outputs)} ({object_id})", most=self._trieve.max_gone
            )
            return None
        return self._fetched(data, outputs, created=bool(outputs.get("created_here")))

    def apply(self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Fetched:
        """Read, PUT, read. The partner configuration is replaced whole, so what is not managed is sent back."""
        with self.run.lock(object_id):
            before = self._presence.organization(object_id)
            if before is None:
                raise ObjectMissing(
                    f"update {self.name_of(outputs)} ({object_id})",
                    message="it is gone",
                    hint="Run `pulumi up --refresh`",
                )
            data = self._put(object_id, change.patch, before)
        return self._fetched(data, {**outputs, **inputs}, created=bool(outputs.get("created_here")))

    def delete_object(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        """Delete it, unless it was not created here, or holds datasets that this stack does not manage."""
        what = f"{self.name_of(outputs)} ({object_id})"
        if outputs.get("created_here") is False:
            self.run.say(f"{what} was not created by this stack: it is no longer managed, and lives on")
            return
        last: ServiceError | None = None
        for _ in range(DELETES):
            try:
                # Looked at again before every try: a list that failed for a moment is no leave to delete.
                if outputs.get("force_destroy") is not True:
                    self._guard(object_id, what)
                self._wire.delete_organization(object_id)
                return
            except (ObjectMissing, AuthenticationError) as error:
                last = error
            except UnclearWriteError as error:
                last = error
                self._sleep(SETTLE_PAUSES[-1])
            if self._presence.organization(object_id) is None:
                return
        assert last is not None
        raise last

    def _guard(self, object_id: str, what: str) -> None:
        names = [
            str((item.get("dataset") or {}).get("tracking_id") or (item.get("dataset") or {}).get("name"))
            for item in self._wire.list_datasets(object_id)
        ]
        if names:
            shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
            raise GuardError(
                f"{what} holds {len(names)} dataset{'' if len(names) == 1 else 's'} that this stack does not manage "
                f"({shown}) and is not deleted, because they would go with it. Set force_destroy=True on the organization "
                "and run `pulumi up` once, then remove or destroy it; or let it live on: "
                "ResourceOptions(retain_on_delete=True)"
            )

    def _put(self, object_id: str, patch: Mapping[tuple[str, ...], Any], before: Json) -> Json:
        body: Json = {}
        if ("name",) in patch:
            body["name"] = patch[("name",)]
        partner = {path[1]: value for path, value in patch.items() if path[0] == PARTNER}
        if partner:
            body[PARTNER] = {**(before.get(PARTNER) or {}), **partner}
        try:
            self._send(body, object_id)
        except UnclearWriteError as error:
            self._sleep(SETTLE_PAUSES[-1])
            after = self._read_back(object_id)
            if self._missing(patch, after):
                raise UnclearWriteError(
                    error.operation,
                    message=f"{error.message}; it may still be carried out",
                    sent=True,
                    hint=HINT_WRITTEN,
                ) from None
            return after
        after = self._read_back(object_id)
        missing = self._missing(patch, after)
        if missing:
            raise ServiceError(
                f"update organization {object_id}",
                message=f"the service answered that it did, and did not take {', '.join(missing)}",
                hint=HINT_WRITTEN,
            )
        return after

    def _send(self, body: Json, object_id: str) -> None:
        try:
            self._wire.update_organization(body, organization=object_id)
        except ObjectMissing:
            # The service answers so when its query fails; the organization was there a moment ago.
            if self._presence.organization(object_id) is None:
                raise
            self._wire.update_organization(body, organization=object_id)

    def _read_back(self, object_id: str) -> Json:
        after = self._presence.organization(object_id)
        if after is None:
            raise ObjectMissing(
                f"read back organization {object_id} after an update", message="it is gone", hint=HINT_WRITTEN
            )
        return after

    def _missing(self, patch: Mapping[tuple[str, ...], Any], data: Json) -> list[str]:
        return [dotted(path) for path, value in patch.items() if not self._holds(path, value, data)]

    def _holds(self, path: tuple[str, ...], value: Any, data: Json) -> bool:
        held = get_path(data, path)
        return same_name(value, held) if path == ("name",) else value == held

    def _wanted(self, inputs: Mapping[str, Any], data: Json) -> dict[tuple[str, ...], Any]:
        flat = flatten(self.model, {k: inputs.get(k) for k in ("name", PARTNER)})
        return {path: value for path, value in flat.items() if not self._holds(path, value, data)}

    def _fetched(self, data: Json, before: Mapping[str, Any], *, created: bool) -> Fetched:
        values = {
            "organization_id": data.get("id"),
            # The service escapes names at the first update; both spellings are one name (trieve.md 5.2).
            "name": before.get("name") if same_name(before.get("name"), data.get("name")) else data.get("name"),
            PARTNER: data.get(PARTNER) or {},
        }
        return Fetched(str(data["id"]), values, {"created_at": created_at(data), "created_here": created})
