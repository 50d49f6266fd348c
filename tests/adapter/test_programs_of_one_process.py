"""One process may run many programs, one after the other, as the Automation API does with inline programs."""

from __future__ import annotations

import subprocess
import sys

PROGRAMS = """
import asyncio
import contextvars
import gc

import pulumi
from pulumi.runtime import run_in_stack, settings
from pulumi.runtime.mocks import MockMonitor
from pulumi_retrieval import trieve

class Answers(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, dict(args.inputs)
    def call(self, args):
        return {}

class Monitor:
    # It is no mock for this package: what the resources of one program declare is compared.
    def __init__(self):
        self.answers = MockMonitor(Answers())
    def __getattr__(self, name):
        return getattr(self.answers, name)

def program():
    organization = "0f5e9a30-2a55-4c5c-8c5e-1f9d7b3c2a10"
    trieve.FleetConfiguration("fleet", organization_id=organization, configuration={"MAX_LIMIT": 5})

def run():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    settings.configure(settings.Settings(project="p", stack="s", monitor=Monitor(), dry_run=False, organization="o"))
    loop.run_until_complete(run_in_stack(program))
    loop.close()

for _ in range(100):
    contextvars.copy_context().run(run)
    gc.collect()
print("done")
"""


def test_a_program_is_not_compared_with_the_programs_that_ran_before_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAMS], capture_output=True, text=True, timeout=100)
    assert done.stdout == "done\n", done.stderr
