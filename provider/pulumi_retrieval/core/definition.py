"""The definition of a kind of resource: its input model, and the rules that only this kind has. It asks no service.

`core.planner` and `core.reconciler` do everything that is the same for all resources. Every method here has a default; a resource
overrides those in which it differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from .connection import Connection
from .declaration import Declaration
from .errors import ServiceError
from .mistakes import Mistake
from .objects import Contents, Observation, Ref
from .plan import ImmutableChange, Plan
from .refusal import Remedy, usual_remedies
from .words import Words


class Definition:
    """One kind of resource of one service.

    :param connection: the settings of the service.
    """

    noun: ClassVar[str]
    """The name of the kind, for texts: ``"dataset"``."""
    model: type[BaseModel]
    """The input model; its annotations define what a change of each input does."""
    natural_key: ClassVar[str | None] = None
    """The input that identifies the object in the service before its id is known."""
    id_is_natural_key: ClassVar[bool] = False
    """Whether the id of the object is its natural key, so that a rename gives it another id."""
    known_by_id_alone: ClassVar[bool] = True
    """Whether the id alone is enough to read an object."""
    replaces_freely: ClassVar[bool] = False
    """Whether a replacement loses no data, so that a change of an immutable key replaces the object without being refused."""
    deletes_first: ClassVar[bool] = True
    """Whether a replacement deletes the old object first, because a create would take it over."""
    secret_outputs: ClassVar[Sequence[str]] = ()
    """Secret outputs that are not inputs: they come in `Observation.facts` of a create, and no read shows them again."""

    def __init__(self, *, connection: Connection) -> None:
        self.connection = connection

    @property
    def words(self) -> Words:
        """How texts name remedies."""
        return self.connection.words

    @property
    def endpoint(self) -> str:
        """Where objects of this connection live, as stored."""
        return self.connection.base_url

    def name_of(self, values: Mapping[str, Any]) -> str:
        """The object as a person would name it: ``"dataset golden"``."""
        key = values.get(self.natural_key) if self.natural_key else None
        return f"{self.noun} {key}" if isinstance(key, str) else self.noun

    def current_id(self, object_id: str, outputs: Mapping[str, Any]) -> str:
        """The id under which the service knows an object of the state; it may have been renamed since it was created."""
        return object_id

    @property
    def account(self) -> str:
        """A text that distinguishes two accounts of one endpoint, where natural keys are unique for each account; not a secret."""
        return ""

    def run_key(self, object_id: str) -> str:
        """The name under which `core.run.Run` remembers an object. Ids that are not uuids are combined with their endpoint."""
        return object_id

    def made_key(self, object_id: str) -> str:
        """The name under which the run remembers an object that it created; includes the account, which may differ."""
        return f"{self.run_key(object_id)} {self.account}".rstrip()

    # Check and diff.

    def fill(self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration) -> None:
        """Add inputs that the program leaves out, in place. Must be deterministic."""

    def mistakes(self, inputs: Mapping[str, Any], *, new: bool) -> Sequence[Mistake | str]:
        """Check rules that the model cannot express: one mistake for each broken rule. Inputs may hold unknowns.

        An existing object may keep the value that a `Mistake` is about (`core.mistakes.kept_since_before`). A mistake that is
        only a text always rejects the inputs.

        :param new: whether there is no object yet.
        """
        return ()

    def advice(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        """Warnings about inputs that the service accepts but advises against, one text each."""
        return ()

    def objections(self, old: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Sequence[str]:
        """Why the service cannot make a planned change of an object that exists, one text each.

        :param old: inputs or outputs as last stored.
        """
        return ()

    def scope(self, inputs: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Scope in which the natural key is unique; None while it is not known."""
        return (self.endpoint,)

    def identity(self, inputs: Mapping[str, Any]) -> str | None:
        """A text that only one resource of a program may have within `scope`; None if there is none, or it is unknown."""
        key = inputs.get(self.natural_key) if self.natural_key else None
        return key if isinstance(key, str) else None

    def completed(self, change: Plan, old: Mapping[str, Any], new: Mapping[str, Any]) -> Plan:
        """Add changes to a plan that only this kind of resource needs.

        :param old: inputs or outputs as last stored.
        :param new: inputs as `fill` left them.
        """
        return change

    def duplicate_text(self, identity: str, one: str, other: str) -> str:
        """The text of the mistake that two resources share an identity. :param one: the name of the first resource."""
        shared = f'{self.natural_key}: "{identity}"' if self.natural_key else "the same object"
        return f'{shared} is declared by two resources of this program, "{one}" and "{other}"; one object can have one owner only'

    def remedies(self, changes: Sequence[ImmutableChange], declaration: Declaration) -> list[Remedy]:
        """The remedies that a refusal names."""
        return usual_remedies(changes, declaration, self.words)

    def replacement_objection(
        self, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> str | None:
        """Why the object cannot be replaced although the program allows it; None where it can."""
        return None

    # Create, read, update, delete.

    @property
    def adopt_hint(self) -> str:
        """What to write or set to adopt an existing object, for the refusal to adopt it."""
        return ""

    def creation_problem(self, inputs: Mapping[str, Any]) -> str | None:
        """Why this connection cannot create the object; None if it can."""
        return None

    def wait_seconds(self, values: Mapping[str, Any]) -> float:
        """How long to wait for asynchronous work of the service, in seconds; 0 does not wait."""
        return 0.0

    def waiting_hint(self, observation: Observation) -> str:
        """What to do after a wait that timed out."""
        return "Run the same command again: it continues from there"

    def unclear_hint(self, inputs: Mapping[str, Any]) -> str:
        """What to do after a create that may still be carried out."""
        return "Run the same command again: it takes over what the service made"

    def left_over_text(self, ids: str) -> str:
        """The warning about objects that equal a new one and that no resource is known to manage."""
        return f"equal objects exist and are left alone: {ids}"

    def secret_facts(self, observation: Observation) -> dict[str, Any]:
        """Outputs to store after secrets were sent, such as the time."""
        return {}

    def lost(self, outputs: Mapping[str, Any], observation: Observation) -> str | None:
        """Why an existing object has to be created again, for people; None if it need not."""
        return None

    def was_ready(self, outputs: Mapping[str, Any]) -> bool:
        """Whether the object was ready at some time, so that it may hold documents even if they cannot be counted now."""
        return True

    @property
    def deletes(self) -> bool:
        """Whether the service can delete the object. If not, a delete only removes it from the state."""
        return True

    def names(self, values: Mapping[str, Any]) -> Sequence[str]:
        """The names that confirm the delete of an object, the natural key first."""
        key = values.get(self.natural_key) if self.natural_key else None
        return (key,) if isinstance(key, str) else ()

    def refused_text(self, what: str, contents: Contents) -> str:
        """The first line of the refusal of a delete that would lose what the object holds."""
        names = f" ({', '.join(contents.names[:5])}{', …' if contents.count > 5 else ''})" if contents.names else ""
        return f"{what} holds {contents.told}{self.of_others}{names} and is not deleted."

    def deleted_text(self, what: str, contents: Contents) -> str:
        """The message after a delete of an object with its contents, without the reason why it was allowed."""
        return f"{what} was deleted with {contents.told}{self.of_others}"

    def guard_remedies(self) -> Sequence[Remedy]:
        """The remedies for a refused delete that take effect only after the program was applied."""
        words = self.words
        return (
            Remedy(
                "delete it later",
                f"set force_destroy=True on it, {words.apply} once, then remove, replace or destroy it; what it holds is lost\n"
                f"(before {words.update}, {words.cancel_replacement})",
            ),
            Remedy("keep it", f"{words.retain}, {words.apply} once, then remove or destroy it"),
        )

    of_others: ClassVar[str] = ""
    """Added behind the count of the contents, for example to say who manages them."""

    def unclear_delete(self, ref: Ref, error: ServiceError) -> str | None:
        """A warning after a delete that was not confirmed although the object is gone; None for no warning."""
        return None

    def kept(self, outputs: Mapping[str, Any]) -> str | None:
        """Why a delete keeps the object, as the rest of a sentence about it; None if it is deleted."""
        return None

    def guards_contents(self, outputs: Mapping[str, Any]) -> bool:
        """Whether the object may only be deleted while it is empty."""
        return outputs.get("force_destroy") is not True

    def managed_elsewhere(
        self, object_id: str, outputs: Mapping[str, Any], observation: Observation
    ) -> Iterable[tuple[str, str, str]]:
        """The keys that this resource manages and another resource could manage too.

        :returns: for each key the id of the object that has it, the name of that object, and the key.
        """
        return ()
