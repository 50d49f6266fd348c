"""`prepare_process` changes the process of a program under Pulumi's exec script, and no other process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_retrieval.program_process import EXEC_SCRIPT

PROGRAM = """
import gc, sys
from pulumi_retrieval.program_process import prepare_process

sys.excepthook = lambda kind, *_: print("hook:", kind.__name__)
{before}
prepare_process()
prepare_process()
print(gc.get_threshold())
raise {error}
"""

FIRST_RESOURCE = """
import gc, sys

import pulumi

before = (sys.excepthook, gc.get_threshold())
from pulumi_retrieval import trieve

print((sys.excepthook, gc.get_threshold()) == before)


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, args.inputs

    def call(self, args):
        return {}


pulumi.runtime.set_mocks(Mocks())


@pulumi.runtime.test
def test():
    trieve.Dataset("golden")


test()
print(sys.excepthook == before[0])
raise KeyboardInterrupt
"""


def run(script: Path, *, before: str = "gc.set_threshold(700, 10, 10)", error: str = "KeyboardInterrupt") -> list[str]:
    script.write_text(PROGRAM.format(before=before, error=error))
    return subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    ).stdout.splitlines()


def test_under_the_exec_script_interrupts_print_nothing_and_the_oldest_generation_waits(tmp_path: Path) -> None:
    assert run(tmp_path / EXEC_SCRIPT) == ["(700, 10, 1000)"]


def test_the_first_resource_prepares_the_process_and_an_import_does_not(tmp_path: Path) -> None:
    script = tmp_path / EXEC_SCRIPT
    script.write_text(FIRST_RESOURCE)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode != 0, done.stderr) == (True, "")
    assert done.stdout.splitlines() == ["True", "False"]


def test_other_exceptions_reach_the_hook_of_the_program(tmp_path: Path) -> None:
    assert run(tmp_path / EXEC_SCRIPT, error="ValueError") == ["(700, 10, 1000)", "hook: ValueError"]


@pytest.mark.parametrize("thresholds", [(700, 10, 25), (0, 10, 50)])
def test_thresholds_set_by_the_program_are_kept(tmp_path: Path, thresholds: tuple[int, int, int]) -> None:
    assert run(tmp_path / EXEC_SCRIPT, before=f"gc.set_threshold{thresholds}") == [str(thresholds)]


def test_other_processes_are_not_changed(tmp_path: Path) -> None:
    assert run(tmp_path / "program.py") == ["(700, 10, 10)", "hook: KeyboardInterrupt"]
