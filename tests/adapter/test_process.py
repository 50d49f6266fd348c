"""What a program's process is set up to do: under Pulumi's exec script only."""

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


def run(script: Path, *, before: str = "gc.set_threshold(700, 10, 10)", error: str = "KeyboardInterrupt") -> list[str]:
    script.write_text(PROGRAM.format(before=before, error=error))
    return subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    ).stdout.splitlines()


def test_under_the_exec_script_interrupts_are_quiet_and_old_objects_left_alone(tmp_path: Path) -> None:
    assert run(tmp_path / EXEC_SCRIPT) == ["(700, 10, 1000)"]


def test_importing_a_resource_class_is_enough(tmp_path: Path) -> None:
    script = tmp_path / EXEC_SCRIPT
    script.write_text("from pulumi_retrieval import trieve\nraise KeyboardInterrupt")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode != 0, done.stderr) == (True, "")


def test_other_exceptions_are_shown_as_ever(tmp_path: Path) -> None:
    assert run(tmp_path / EXEC_SCRIPT, error="ValueError") == ["(700, 10, 1000)", "hook: ValueError"]


@pytest.mark.parametrize("thresholds", [(700, 10, 25), (0, 10, 50)])
def test_thresholds_of_the_program_stay(tmp_path: Path, thresholds: tuple[int, int, int]) -> None:
    assert run(tmp_path / EXEC_SCRIPT, before=f"gc.set_threshold{thresholds}") == [str(thresholds)]


def test_other_programs_are_left_alone(tmp_path: Path) -> None:
    assert run(tmp_path / "program.py") == ["(700, 10, 10)", "hook: KeyboardInterrupt"]
