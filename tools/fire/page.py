"""Writes the figures of the last run into the documentation."""

from __future__ import annotations


def write_page() -> None:
    """Write them."""
