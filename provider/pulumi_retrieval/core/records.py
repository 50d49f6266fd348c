"""The results of the life-cycle calls, and the outputs that are stored for every resource besides its inputs.

Outputs mirror the inputs of a resource under the same names and add a few facts:

- ``endpoint``: where the object lives;
- ``observed_immutable``: dotted path → the value of each immutable key in the service, managed or not;
- ``drifted``: dotted path → the value in the service, for managed immutable keys that somebody else changed;
- ``secret_inputs``: dotted paths of the immutable inputs that the program marks as secret, if there are any; their
  values in the service are not stored;
- ``unverified``: the keys of ``drifted`` whose applied value was never read from the service;
- ``compared_secrets``: dotted paths of the inputs in ``secret_inputs`` whose applied value was read from the service;
- ``unrepaired``: dotted paths of the keys of ``drifted`` that no update can restore, from a refresh until the next update
  of the state; they make the resource appear as changed in a preview;
- ``forgettable``: dotted paths of keys that the program no longer manages and that the next update erases in the service;
- ``retired_at``: when the object was retired, UTC, as long as it is retired;
- everything in `Observation.facts`.

"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .rejections import Rejection

ENDPOINT, OBSERVED, DRIFTED, SECRETS = "endpoint", "observed_immutable", "drifted", "secret_inputs"
UNVERIFIED, UNREPAIRED, FORGETTABLE, COMPARED = "unverified", "unrepaired", "forgettable", "compared_secrets"
RETIRED_AT = "retired_at"
OURS_IN_INPUTS = (ENDPOINT, OBSERVED, DRIFTED, SECRETS, UNVERIFIED, UNREPAIRED, FORGETTABLE, COMPARED)
"""The records that a check may find among the inputs, because an earlier check stored them there."""
OURS = (*OURS_IN_INPUTS, RETIRED_AT)
"""All records of this package; every other output that is not an input is a fact of the service."""


@dataclass(frozen=True)
class Checked:
    """The result of `check`. :param inputs: the inputs that the engine stores."""

    inputs: dict[str, Any]
    rejections: tuple[Rejection, ...] = ()

    @property
    def failures(self) -> tuple[str, ...]:
        """The texts of the rejections."""
        return tuple(rejection.text for rejection in self.rejections)


@dataclass(frozen=True)
class Difference:
    """The result of `diff`.

    :param replaces: top-level names of the inputs that force a replacement.
    :param deletes_first: whether a replacement deletes the old object before it creates the new one.
    """

    changes: bool
    replaces: tuple[str, ...] = ()
    deletes_first: bool = True


@dataclass(frozen=True)
class ResourceState:
    """The stored values of a resource. :param inputs: None if the inputs stay as the program gave them."""

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any] | None = None
