"""What the calls of a life cycle give back, and what is stored for every resource besides its inputs.

Outputs mirror the inputs of a resource under the same names and add a few facts:

- ``endpoint``: where the object lives;
- ``observed_immutable``: dotted path → what the service holds of each immutable key, managed or not;
- ``drifted``: dotted path → what the service holds, for managed immutable keys that somebody else changed;
- ``secret_inputs``: dotted paths of the immutable inputs that the program calls secret, where there are any; what the
  service holds of them is not stored;
- whatever `Fetched.facts` has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ENDPOINT, OBSERVED, DRIFTED, SECRETS = "endpoint", "observed_immutable", "drifted", "secret_inputs"


@dataclass(frozen=True)
class Checked:
    """What `check` found. :param inputs: what the engine shall store. :param failures: one text each."""

    inputs: dict[str, Any]
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What `diff` found. :param replaces: top-level names of the inputs that force a replacement."""

    changes: bool
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fetched:
    """What the service holds of one object.

    :param id: the service's id.
    :param values: in the shape of the inputs; what the service does not return is absent.
    :param facts: outputs that are no inputs: ``created_at``, ….
    """

    id: str
    values: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """What is stored for a resource. :param inputs: None where the inputs stay as the program gave them."""

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any] | None = None
