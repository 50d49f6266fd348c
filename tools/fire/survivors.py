"""Mutants that no test can tell from the code, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

SURVIVORS: Mapping[str, str] = {}
"""Key of a mutant → why no test can tell it from the code."""
