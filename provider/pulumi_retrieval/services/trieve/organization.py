"""The organization: its definition and its calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from ...core.beliefs import Absent
from ...core.definition import Definition
from ...core.errors import GoneError
from ...core.fields import field_specs
from ...core.looking import Looks
from ...core.objects import Capabilities, Contents, Objects, Observation, Part, Ref, Template, Write
from ...core.values import Path
from .answers import OrganizationAnswer
from .connection import TrieveConnection
from .inputs import OrganizationInputs
from .shapes import age_hours, created_at, same_name
from .wire import TrieveWire

PARTNER = "partner_configuration"
NEEDS_ADMIN = (
    "creating an organization needs trieve:adminKey (or TRIEVE_ADMIN_KEY): an organization key cannot do it, and each "
    "try would leave an organization without an owner behind. To manage one that exists, set organization_id"
)


def known_to_admin(organization: str, *, wire: TrieveWire, connection: TrieveConnection) -> bool:
    """Whether the admin key's list of organizations shows one that two reads did not find.

    :raises GoneError: the key belongs to the organization, so it cannot prove that the organization is gone.
    """
    if not connection.uses_admin(organization):
        raise GoneError(
            f"organization {organization} does not exist, says {connection.base_url}. An organization key "
            "cannot distinguish a deleted organization from a wrong setting, so nothing is removed from the state. Is "
            "trieve:organizationId right? If the organization was deleted, remove it and what was in it from the "
            f"state: {connection.words.forget_each}"
        )
    return any(item.id == organization for item in wire.my_organizations())


def organization_absent(
    organization: str, *, wire: TrieveWire, looks: Looks, connection: TrieveConnection
) -> str | None:
    """The name of the organization for people, if it is certainly gone; None if it exists.

    :raises GoneError: it seems gone, but the key belongs to it, so this cannot be proved.
    """
    belief = looks.look(
        lambda: wire.get_organization(organization),
        known_elsewhere=lambda: known_to_admin(organization, wire=wire, connection=connection),
    )
    return f"organization {organization}" if isinstance(belief, Absent) else None


class OrganizationDefinition(Definition):
    """Organizations: names are not unique, so there is no natural key."""

    noun: ClassVar[str] = "organization"
    model = OrganizationInputs
    of_others: ClassVar[str] = " that this stack does not manage"

    def __init__(self, *, connection: TrieveConnection) -> None:
        super().__init__(connection=connection)
        self._trieve = connection

    def name_of(self, values: Mapping[str, Any]) -> str:
        """The organization as a person would name it."""
        name = values.get("name")
        return f'organization "{name}"' if isinstance(name, str) else "organization"

    def names(self, values: Mapping[str, Any]) -> Sequence[str]:
        """Its name."""
        name = values.get("name")
        return (name,) if isinstance(name, str) else ()

    def identity(self, inputs: Mapping[str, Any]) -> str | None:
        """The given id of an existing organization; None for a new one, because names are not unique."""
        given = inputs.get("organization_id")
        return given if isinstance(given, str) else None

    def mistakes(self, inputs: Mapping[str, Any], *, new: bool) -> Sequence[str]:
        """A new organization needs a name and the admin key."""
        if inputs.get("organization_id") is not None:
            return ()
        found = []
        if inputs.get("name") is None:
            found.append("name: is required where organization_id is not given")
        if new and not self._trieve.admin_key and not self._trieve.pending and not self._trieve.problems:
            found.append(NEEDS_ADMIN)
        return found

    def creation_problem(self, inputs: Mapping[str, Any]) -> str | None:
        """Why the organization cannot be created: only the admin key can do that."""
        return None if inputs.get("organization_id") is not None or self._trieve.admin_key else NEEDS_ADMIN

    def unclear_hint(self, inputs: Mapping[str, Any]) -> str:
        """What to do after a create without a clear answer: the next run finds the new organization."""
        return (
            f'Run the same command again: it takes over an organization "{inputs.get("name")}" that is younger than 24 h and '
            "holds no documents, and names the ids where there are several"
        )

    def kept(self, outputs: Mapping[str, Any]) -> str | None:
        """An organization that this stack did not create is kept."""
        if outputs.get("created_here") is False:
            return " was not created by this stack: it is no longer managed, and stays in the service"
        return None


class OrganizationObjects(Objects):
    """The calls of organizations.

    :param now: seconds since the epoch.
    """

    can = Capabilities(keyed=False, refuses_duplicates=False, repeatable=False)
    side_effects = frozenset(path for path in field_specs(OrganizationInputs) if path[0] == PARTNER)
    """The first update fills in keys that were never set."""

    def __init__(self, wire: TrieveWire, *, connection: TrieveConnection, now: Callable[[], float]) -> None:
        self._wire = wire
        self._connection = connection
        self._now = now

    def group(self, values: Mapping[str, Any], object_id: str = "") -> str:
        """The organization itself, in which its datasets are counted."""
        return object_id

    def given_id(self, inputs: Mapping[str, Any]) -> str | None:
        """The existing organization that `organization_id` names."""
        given = inputs.get("organization_id")
        return str(given) if given is not None else None

    def find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        """Every organization of the admin key's user with this name."""
        name = inputs.get("name")
        listed = self._wire.my_organizations()
        return [self._observation(item, inputs) for item in listed if same_name(name, item.name)]

    def read(self, ref: Ref) -> Observation:
        """Read by id."""
        return self._observation(self._wire.get_organization(ref.id), ref.values)

    def known_elsewhere(self, ref: Ref) -> bool:
        """Whether the list of the admin key shows it; the organization's own key can prove nothing."""
        return known_to_admin(ref.id, wire=self._wire, connection=self._connection)

    def origin(self, inputs: Mapping[str, Any], template: Template | None) -> Mapping[str, Any]:
        """Whether this stack creates it; only then a delete deletes it."""
        return {"created_here": self.given_id(inputs) is None}

    def create(self, inputs: Mapping[str, Any], template: Template | None) -> Observation:
        """One POST with the admin key."""
        return self._observation(self._wire.create_organization(str(inputs["name"])), inputs)

    def writes(
        self, ref: Ref, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation
    ) -> Sequence[Write]:
        """One PUT. It replaces the whole partner configuration, so it repeats the keys that the program does not manage."""
        body: dict[str, Any] = {}
        if ("name",) in patch:
            body["name"] = patch[("name",)]
        if partner := {path[1]: value for path, value in patch.items() if path[0] == PARTNER}:
            body[PARTNER] = {**(before.values.get(PARTNER) or {}), **partner}

        def send() -> str:
            self._wire.update_organization(body, organization=ref.id)
            return ""

        return (Write(f"update {ref.what}", send, patch, ref),)

    def contents(self, ref: Ref) -> Contents:
        """Its datasets."""
        listed = self._wire.list_datasets(ref.id)
        parts = [
            Part(
                documents=item.dataset_usage.chunk_count,
                age_hours=age_hours(item.dataset.created_at, now=self._now()),
                keyed=item.dataset.tracking_id is not None,
            )
            for item in listed
        ]
        names = [str(item.dataset.tracking_id or item.dataset.name) for item in listed]
        return Contents(len(listed), "dataset", names, listed=True, parts=parts)

    def counted_elsewhere(self, ref: Ref) -> int:
        """The service's own count of its datasets; deleted ones count until a worker has removed them (trieve.md 3)."""
        return self._wire.count_datasets(ref.id)

    def delete(self, ref: Ref) -> None:
        """One DELETE, which also deletes its datasets."""
        self._wire.delete_organization(ref.id)

    def _observation(self, data: OrganizationAnswer, before: Mapping[str, Any]) -> Observation:
        partner = data.partner_configuration
        values = {
            "organization_id": data.id,
            # The service escapes names at the first update; both spellings are one name (trieve.md 5.2).
            "name": before.get("name") if same_name(before.get("name"), data.name) else data.name,
            PARTNER: partner if isinstance(partner, dict) else {},
        }
        return Observation(
            data.id,
            values,
            {"created_at": created_at(data.created_at)},
            age_hours=age_hours(data.created_at, now=self._now()),
        )
