"""What the calls of a life cycle give back, and what is stored for every resource besides its inputs.

Outputs mirror the inputs of a resource under the same names and add a few facts:

- ``endpoint``: where the object lives;
- ``observed_immutable``: dotted path → what the service holds of each immutable key, managed or not;
- ``drifted``: dotted path → what the service holds, for managed immutable keys that somebody else changed;
- ``secret_inputs``: dotted paths of the immutable inputs that the program calls secret, where there are any; what the
  service holds of them is not stored;
- ``unverified``: those of ``drifted`` whose applied value the service was never seen to hold;
- ``compared_secrets``: dotted paths of the managed inputs under ``secret_inputs`` that the service was seen to hold as applied;
- ``unrepaired``: dotted paths of those of ``drifted`` that nothing can put back, after a refresh and until the next update
  of the state: a step that people see, and that ends `--expect-no-changes`;
- ``forgettable``: dotted paths of keys that the program no longer manages and that the next update erases in the service;
- ``retired_at``: when the object was retired, UTC, while it is;
- whatever `Observation.facts` has.

"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .rejections import Rejection

ENDPOINT, OBSERVED, DRIFTED, SECRETS = "endpoint", "observed_immutable", "drifted", "secret_inputs"
UNVERIFIED, UNREPAIRED, FORGETTABLE, COMPARED = "unverified", "unrepaired", "forgettable", "compared_secrets"
RETIRED_AT = "retired_at"
OURS_IN_INPUTS = (ENDPOINT, OBSERVED, DRIFTED, SECRETS, UNVERIFIED, UNREPAIRED, FORGETTABLE, COMPARED)
"""Those that a check may find in the inputs of a program, because it has put some there before."""
OURS = (*OURS_IN_INPUTS, RETIRED_AT)
"""Outputs that this package keeps for itself; everything else that is no input is a fact of the service."""


@dataclass(frozen=True)
class Checked:
    """What `check` found. :param inputs: what the engine shall store."""

    inputs: dict[str, Any]
    rejections: tuple[Rejection, ...] = ()

    @property
    def failures(self) -> tuple[str, ...]:
        """The text of each rejection."""
        return tuple(rejection.text for rejection in self.rejections)


@dataclass(frozen=True)
class Difference:
    """What `diff` found.

    :param replaces: top-level names of the inputs that force a replacement.
    :param deletes_first: whether a replacement deletes the old object before it creates the new one.
    """

    changes: bool
    replaces: tuple[str, ...] = ()
    deletes_first: bool = True


@dataclass(frozen=True)
class ResourceState:
    """What is stored for a resource. :param inputs: None where the inputs stay as the program gave them."""

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any] | None = None
