"""The API key: its definition and its calls.

`docs/services/trieve.md` 1.2: the answer to a create is the key alone, without its id. The list shows names, roles and datasets;
it does not show keys, scopes and expiry. A key cannot be changed, and the answer to a delete does not say whether there was one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, ClassVar

from ...core.declaration import Declaration
from ...core.definition import Definition
from ...core.errors import AuthenticationError
from ...core.looking import Looks
from ...core.objects import Capabilities, Objects, Observation, Ref, Template
from ...core.plan import Plan
from .answers import ApiKeyAnswer
from .api_key_wire import ApiKeyWire
from .connection import TrieveConnection
from .inputs import MOMENT, ApiKeyInputs
from .organization import organization_absent
from .shapes import age_hours, created_at
from .wire import TrieveWire

API_KEY = "api_key"
SENT = ("name", "role", "scopes", "dataset_ids", "expires_at")
REMOVE = "DELETE /api/organization/api_key/ID, or Trieve's dashboard"


class ApiKeyDefinition(Definition):
    """API keys: names are not unique, so there is no natural key; every change replaces the key.

    :param now: seconds since the epoch.
    """

    noun: ClassVar[str] = "API key"
    model = ApiKeyInputs
    known_by_id_alone: ClassVar[bool] = False
    replaces_freely: ClassVar[bool] = True
    deletes_first: ClassVar[bool] = False
    secret_outputs: ClassVar[Sequence[str]] = (API_KEY,)

    def __init__(self, *, connection: TrieveConnection, now: Callable[[], float]) -> None:
        super().__init__(connection=connection)
        self._trieve = connection
        self._now = now

    def name_of(self, values: Mapping[str, Any]) -> str:
        """The key as a person would name it."""
        name = values.get("name")
        return f'API key "{name}"' if isinstance(name, str) else "API key"

    def fill(self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration) -> None:
        """Fill in the organization of the connection, and a derived name that is unique to the stack and resource."""
        self._trieve.fill_organization(inputs, old)
        if inputs.get("name") is None and (name := old.get("name") or declaration.candidate):
            inputs["name"] = name

    def scope(self, inputs: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The organization."""
        organization = inputs.get("organization_id")
        return (self.endpoint, organization) if isinstance(organization, str) else None

    def identity(self, inputs: Mapping[str, Any]) -> str | None:
        """The name, by which a new key is recognized in the list."""
        name = inputs.get("name")
        return name if isinstance(name, str) else None

    def duplicate_text(self, identity: str, one: str, other: str) -> str:
        """The text of the mistake that two keys of a program have the same name."""
        return (
            f'name: "{identity}" is the name of two API keys of this program, "{one}" and "{other}"; a new key is recognized '
            "by its name, so give each one its own"
        )

    def mistakes(self, inputs: Mapping[str, Any], *, new: bool) -> Sequence[str]:
        """A new key must not have expired."""
        return [problem] if new and (problem := self._ended(inputs)) else []

    def objections(self, old: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Sequence[str]:
        """A key that replaces another must not have expired."""
        return [problem] if change.replacements and (problem := self._ended(inputs)) else []

    def creation_problem(self, inputs: Mapping[str, Any]) -> str | None:
        """A key whose expiry was not known in the preview must not have expired."""
        return self._ended(inputs)

    def advice(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        """A warning about an existing key that has expired."""
        return [problem] if (problem := self._ended(inputs)) else []

    def _ended(self, inputs: Mapping[str, Any]) -> str | None:
        end = inputs.get("expires_at")
        try:
            over = isinstance(end, str) and _seconds(end) <= self._now()
        except ValueError:
            return None  # the model reports the mistake
        return (
            f"expires_at: {end} is in the past, and the service would refuse the key; choose a later time"
            if over
            else None
        )

    def left_over_text(self, ids: str) -> str:
        """The warning about keys that equal a new one: an interrupted run may have left them, or somebody may use them."""
        return (
            f"there are keys of the same name, role and datasets that this run does not know: {ids}. They are left alone. A run "
            "that was cut off may have left them, and then the key itself is lost: if no stack manages the id and nobody "
            f"uses it, delete it ({REMOVE})"
        )

    def unclear_hint(self, inputs: Mapping[str, Any]) -> str:
        """What to do after a create without a clear answer: the next run creates another key, and names this one."""
        return (
            "Run the same command again: it makes another key, because this one cannot be read any more, and names the id of "
            f"one that was left behind, to be deleted by {REMOVE}"
        )


class ApiKeyObjects(Objects):
    """The calls of API keys.

    :param now: seconds since the epoch.
    """

    can = Capabilities(keyed=False, refuses_duplicates=False, repeatable=False, told_once=True, deletes_blindly=True)

    def __init__(
        self,
        keys: ApiKeyWire,
        *,
        wire: TrieveWire,
        connection: TrieveConnection,
        looks: Looks,
        now: Callable[[], float],
    ) -> None:
        self._keys = keys
        self._wire = wire
        self._connection = connection
        self._looks = looks
        self._now = now

    def group(self, values: Mapping[str, Any], object_id: str = "") -> str:
        """A group for the keys of one organization, which are independent of its datasets."""
        return f"API keys of {values.get('organization_id')}"

    def parent_key(self, inputs: Mapping[str, Any]) -> str | None:
        """The organization."""
        return _organization(inputs)

    def find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        """Every key of the organization."""
        return [self._observation(key, inputs) for key in self._keys.every(_organization(inputs))]

    def read(self, ref: Ref) -> Observation:
        """Read the key from the list of its organization."""
        found = self._keys.get(ref.id, organization=_organization(ref.values), what=ref.what)
        return self._observation(found, ref.values)

    def known_elsewhere(self, ref: Ref) -> bool:
        """Whether the whole list shows the key, or the service still accepts the key that is in the state."""
        organization, key = _organization(ref.values), ref.values.get(API_KEY)
        if any(one.id == ref.id for one in self._keys.every(organization)):
            return True
        if not isinstance(key, str):
            return False
        try:
            self._keys.try_key(key, organization=organization, what=ref.what)
        except AuthenticationError:
            return False
        return True

    def parent_absent(self, ref: Ref) -> str | None:
        """The organization, if it is gone; only the admin key can find that out."""
        return organization_absent(
            _organization(ref.values), wire=self._wire, looks=self._looks, connection=self._connection
        )

    def create(self, inputs: Mapping[str, Any], template: Template | None) -> Observation:
        """One POST; its answer is the key alone."""
        body = {name: inputs[name] for name in SENT if inputs.get(name) is not None}
        what = f'API key "{inputs["name"]}"'
        key = self._keys.create(body, organization=_organization(inputs), what=what)
        return Observation("", {}, {API_KEY: key})

    def prove(self, issued: Observation, inputs: Mapping[str, Any]) -> None:
        """One GET with the new key."""
        what = f'the new API key "{inputs["name"]}"'
        self._keys.try_key(issued.facts[API_KEY], organization=_organization(inputs), what=what)

    def delete(self, ref: Ref) -> None:
        """One DELETE; the answer does not say whether there was a key."""
        self._keys.delete(ref.id, organization=_organization(ref.values), what=ref.what)

    def _observation(self, data: ApiKeyAnswer, before: Mapping[str, Any]) -> Observation:
        wanted, held = before.get("dataset_ids"), data.dataset_ids
        same_datasets = sorted(wanted or ()) == sorted(held or ())
        differing = [name for name in ("name", "role") if getattr(data, name) != before.get(name)]
        differing += [] if same_datasets else ["dataset_ids"]
        values = {
            "organization_id": data.organization_id,
            "name": data.name,
            "role": data.role,
            "dataset_ids": wanted if same_datasets else held,
        }
        return Observation(
            data.id,
            {name: value for name, value in values.items() if value is not None},
            {"created_at": created_at(data.created_at)},
            age_hours=age_hours(data.created_at, now=self._now()),
            unlike=f"it has another {', '.join(differing)}" if differing else "",
        )


def _organization(values: Mapping[str, Any]) -> str:
    return str(values["organization_id"])


def _seconds(moment: str) -> float:
    """A time in seconds since the epoch. :raises ValueError: it has another format."""
    return datetime.strptime(moment, MOMENT).replace(tzinfo=timezone.utc).timestamp()
