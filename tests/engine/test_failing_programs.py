"""A program whose `apply` raises an exception ends at once, as with every other provider."""

from __future__ import annotations

import pytest

from support.engine import Project

FAILS_AT_FIRST = """
import pulumi
from pulumi_retrieval import trieve

def refuse(_):
    raise ValueError("not this one")

last = first = trieve.Dataset("first")
first.tracking_id.apply(refuse)
for number in range(8):
    last = trieve.Dataset(f"later{number}", opts=pulumi.ResourceOptions(depends_on=[last]))
"""

WAITS_FOR_EVER = """
import asyncio

import pulumi
from pulumi_retrieval import trieve

ready = asyncio.get_event_loop().create_future()

def refuse(_):
    raise ValueError("not this one")
    ready.set_result("name")

{first}
trieve.Dataset("waiting", dataset_name=pulumi.Output.from_input(ready))
"""

FIRST = {
    "of a resource": 'trieve.Dataset("first").tracking_id.apply(refuse)',
    "of a resource that an apply creates": (
        'trieve.Dataset("first").tracking_id.apply(lambda _: trieve.Dataset("second").tracking_id.apply(refuse))'
    ),
    "of a value that is older than every resource": (
        "known = asyncio.get_event_loop().create_future()\n"
        "pulumi.Output.from_input(known).apply(refuse)\n"
        'trieve.Dataset("first").tracking_id.apply(known.set_result)'
    ),
}


def test_an_exception_in_apply_keeps_later_resources_from_being_created(project: Project) -> None:
    project.program = FAILS_AT_FIRST
    project.up().expect_failure("ValueError: not this one")
    created = {one["urn"].rpartition("::")[2] for one in project.resources()}
    assert "first" in created
    assert created <= {"first", "later0"}  # the registration of the next one may be on its way


@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
def test_an_exception_in_apply_ends_a_program_in_which_another_registration_waits_for_its_result(
    project: Project, first: str
) -> None:
    project.program = WAITS_FOR_EVER.format(first=first)
    project.up(seconds=60).expect_failure("ValueError: not this one")
