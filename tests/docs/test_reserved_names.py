"""docs/reference/tenant.md lists the names that are reserved, all of them and no others."""

from __future__ import annotations

import re

from pulumi_retrieval.services.cortex.schema import RESERVED_FIELDS, RESERVED_KEYS
from support.guides import GUIDES

PAGE = " ".join((GUIDES / "../reference/tenant.md").read_text().split())


def listed_after(words: str) -> set[str]:
    sentence = re.split(r"[.;]", PAGE.partition(words)[2])[0]
    return set(re.findall(r"`(\w+)`", sentence))


def test_the_reserved_metadata_keys_are_those_of_the_page() -> None:
    assert listed_after(f"{len(RESERVED_KEYS)} names are reserved: ") == RESERVED_KEYS


def test_the_reserved_metadata_fields_are_those_of_the_page() -> None:
    assert listed_after("Names known to be reserved, in any case: ") == RESERVED_FIELDS
