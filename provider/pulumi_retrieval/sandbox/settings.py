"""The settings of a sandbox that its command line chooses for one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Clock = Callable[[], float]
"""Seconds since the epoch (UTC)."""


@dataclass(frozen=True, kw_only=True)
class TrieveSettings:
    """The settings of the Trieve emulator.

    ``dataset_limit`` is the number of datasets that the built-in plan allows; ``None`` emulates a server with
    ``UNLIMITED=true`` (docs/services/trieve.md 5.3). In the real service the workers are separate processes, which an
    installation may lack (docs/services/trieve.md 3 and 4).
    """

    admin_key: str
    dataset_limit: int | None = None
    clone_worker: bool = True
    clone_chunks_per_second: float = 1000.0
    delete_worker: bool = True
    delete_seconds: float = 0.0
    openai_base_url: str = "https://api.openai.example.test/v1"
    clock: Clock = time.time


@dataclass(frozen=True, kw_only=True)
class CortexSettings:
    """The settings of the Cortex emulator.

    ``fail_provisioning`` is a regular expression of tenant ids whose provisioning fails ("" matches none).
    """

    api_key: str
    provisioning_seconds: float = 0.0
    deletion_seconds: float = 0.0
    existing_answers: Literal["success", "conflict"] = "success"
    fail_provisioning: str = ""
    clock: Clock = time.time
