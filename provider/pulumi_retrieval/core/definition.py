"""What a resource says of itself: its input model, and the rules that only it has. It asks no service.

`core.planner` and `core.reconciler` do the rest for every resource alike. Every method here has a default, and each is one
place where a resource may differ.
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

    :param connection: the service as it is configured.
    """

    noun: ClassVar[str]
    """What people call the object: ``"dataset"``."""
    model: type[BaseModel]
    """The input model; its annotations say what a change of each input means."""
    natural_key: ClassVar[str | None] = None
    """The input that identifies the object in the service before its id is known."""
    id_is_natural_key: ClassVar[bool] = False
    """Whether the service knows the object by its natural key only, so that a new one is a new id."""
    known_by_id_alone: ClassVar[bool] = True
    """Whether the service can be asked for an object of which nothing but its id is known."""
    replaces_freely: ClassVar[bool] = False
    """Whether a replacement loses nothing, so that a change of an immutable key simply makes one."""
    deletes_first: ClassVar[bool] = True
    """Whether a replacement deletes the old object first, because a create would take it for its own."""
    secret_outputs: ClassVar[Sequence[str]] = ()
    """Outputs that are no inputs and are secrets: `Observation.facts` has them, and no read shows them again."""

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
        """The id that the service knows an object of the state by: it may have been renamed since it was created."""
        return object_id

    @property
    def account(self) -> str:
        """What tells two accounts of one endpoint apart where natural keys are unique in each; no secret."""
        return ""

    def run_key(self, object_id: str) -> str:
        """The name under which `core.run.Run` remembers an object. Ids that are no uuids need their endpoint."""
        return object_id

    def made_key(self, object_id: str) -> str:
        """The same for what a run created: another account may have an object of the same name."""
        return f"{self.run_key(object_id)} {self.account}".rstrip()

    # Check and diff.

    def fill(self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration) -> None:
        """Fill inputs that the program leaves out. Must be deterministic."""

    def mistakes(self, inputs: Mapping[str, Any], *, new: bool) -> Sequence[Mistake | str]:
        """Local rules beyond the model: one mistake for each broken one. Inputs may hold unknowns.

        A `Mistake` knows its place, and an object that exists with that value may keep it; a text holds for all.

        :param new: there is no object yet.
        """
        return ()

    def advice(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        """What the service accepts and advises against, one text each."""
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
        """What two resources of one program must not share, within `scope`; None where nothing, or not known yet."""
        key = inputs.get(self.natural_key) if self.natural_key else None
        return key if isinstance(key, str) else None

    def completed(self, change: Plan, old: Mapping[str, Any], new: Mapping[str, Any]) -> Plan:
        """A plan with what only this resource has to do besides.

        :param old: inputs or outputs as last stored.
        :param new: inputs as `fill` left them.
        """
        return change

    def duplicate_text(self, identity: str, one: str, other: str) -> str:
        """The mistake of two resources of a program that share an identity. :param one: the name of a resource."""
        shared = f'{self.natural_key}: "{identity}"' if self.natural_key else "the same object"
        return f'{shared} is declared by two resources of this program, "{one}" and "{other}"; one object can have one owner only'

    def remedies(self, changes: Sequence[ImmutableChange], declaration: Declaration) -> list[Remedy]:
        """The ways out of a refusal."""
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
        """Why this connection cannot create the object; None where it can."""
        return None

    def wait_seconds(self, values: Mapping[str, Any]) -> float:
        """How long to wait for what the service does in its own time, in seconds; 0: not at all."""
        return 0.0

    def waiting_hint(self, observation: Observation) -> str:
        """What to know when a wait has ended before its event."""
        return "Run the same command again: it goes on from there"

    def unclear_hint(self, inputs: Mapping[str, Any]) -> str:
        """What to do about a create that may still be carried out."""
        return "Run the same command again: it takes over what the service made"

    def left_over_text(self, ids: str) -> str:
        """What to know of objects that look like a new one and that no resource is known to hold."""
        return f"equal ones exist and are left alone: {ids}"

    def secret_facts(self, observation: Observation) -> dict[str, Any]:
        """Outputs that say when secrets were sent."""
        return {}

    def lost(self, outputs: Mapping[str, Any], observation: Observation) -> str | None:
        """Why an object that is there has to be created again, for people; None where it has not."""
        return None

    def was_ready(self, outputs: Mapping[str, Any]) -> bool:
        """Whether the object was once seen ready, so that it may hold documents although none can be counted."""
        return True

    @property
    def deletes(self) -> bool:
        """Whether the service can delete the object; where it cannot, a delete lets go of it at most."""
        return True

    def names(self, values: Mapping[str, Any]) -> Sequence[str]:
        """The names under which people may confirm the delete of an object, the natural key first."""
        key = values.get(self.natural_key) if self.natural_key else None
        return (key,) if isinstance(key, str) else ()

    def refused_text(self, what: str, contents: Contents) -> str:
        """The first line of the refusal of a delete that would lose what the object holds."""
        names = f" ({', '.join(contents.names[:5])}{', …' if contents.count > 5 else ''})" if contents.names else ""
        return f"{what} holds {contents.told}{self.of_others}{names} and is not deleted."

    def deleted_text(self, what: str, contents: Contents) -> str:
        """What the run says of a delete that took along what the object held, without the reason."""
        return f"{what} was deleted with {contents.told}{self.of_others}"

    def guard_remedies(self) -> Sequence[Remedy]:
        """The ways out of the refusal of a delete for which the program must be applied before the delete."""
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
    """Whose the contents are, behind their unit."""

    def unclear_delete(self, ref: Ref, error: ServiceError) -> str | None:
        """What to know of a delete without a clear answer after which the object is gone; None for nothing."""
        return None

    def kept(self, outputs: Mapping[str, Any]) -> str | None:
        """Why a delete leaves the object alone, as the rest of a sentence about it; None where it deletes."""
        return None

    def guards_contents(self, outputs: Mapping[str, Any]) -> bool:
        """Whether a delete must not take what the object holds along."""
        return outputs.get("force_destroy") is not True

    def managed_elsewhere(
        self, object_id: str, outputs: Mapping[str, Any], observation: Observation
    ) -> Iterable[tuple[str, str, str]]:
        """Every key that this resource manages and another resource may manage too.

        :returns: the id of the object, its name for people, and the key.
        """
        return ()
