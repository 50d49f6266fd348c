"""What the scripts of the promotion example make of a verdict, without an engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CI = Path(__file__).resolve().parents[2] / "examples" / "promotion" / "ci"
TOOL = """\
#!/usr/bin/env bash
echo "$(basename "$0") $*" >> "$CALLS"
exit "${RESULT:-0}"
"""
"""Stands for a command that another test runs for real, and writes down how it was called."""


class Scripts:
    """A copy of the scripts, with commands that only write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        shutil.copytree(CI, folder / "ci")
        bin_folder = folder / "bin"
        bin_folder.mkdir()
        for name in ("pulumi", "pulumi-retrieval", "git"):
            (bin_folder / name).write_text(TOOL)
            (bin_folder / name).chmod(0o755)
        path = os.pathsep.join([str(bin_folder), str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {"PATH": path, "CALLS": str(self.calls)}

    def verdict(self, code: int) -> None:
        """Leave a verdict on production, as a review does."""
        place = self.folder / "verdicts" / "production"
        place.mkdir(parents=True)
        (place / "exit-code").write_text(f"{code}\n")

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [self.folder / "ci" / script, *arguments]
        return subprocess.run(
            command, env={**self.environment, **environment}, capture_output=True, text=True, timeout=30
        )

    def called(self) -> list[str]:
        """The commands that were called, in their order."""
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def scripts(tmp_path: Path) -> Scripts:
    return Scripts(tmp_path)


@pytest.mark.parametrize(
    ("code", "merge", "apply", "approved"),
    [
        (0, 0, 0, 0),
        (1, 1, 1, 1),
        (2, 2, 2, 2),
        (3, 3, 3, 3),
        (4, 0, 4, 0),
        (137, 137, 137, 137),
    ],
)
def test_the_gate_allows_the_next_step_by_the_verdict(
    scripts: Scripts, code: int, merge: int, apply: int, approved: int
) -> None:
    """A merge, an update that nobody approved, and one that somebody did."""
    scripts.verdict(code)
    assert scripts.run("gate.sh", "production").returncode == merge
    assert scripts.run("gate.sh", "production", "apply").returncode == apply
    assert scripts.run("gate.sh", "production", "apply", APPROVED="no").returncode == apply
    assert scripts.run("gate.sh", "production", "apply", APPROVED="yes").returncode == approved
    for script in ("apply.sh", "release.sh"):
        assert scripts.run(script, "production").returncode == apply
    assert bool(scripts.called()) == (apply == 0)


@pytest.mark.parametrize("script", ["gate.sh", "apply.sh", "release.sh"])
def test_nothing_is_applied_without_a_review(scripts: Scripts, script: str) -> None:
    assert scripts.run(script, "production", APPROVED="yes").returncode != 0
    assert scripts.called() == []


def test_apply_checks_the_verdict_before_the_update(scripts: Scripts) -> None:
    scripts.verdict(0)
    assert scripts.run("apply.sh", "production").returncode == 0
    check, up = scripts.called()
    assert check == "pulumi-retrieval review --check verdicts/production/verdict.json"
    assert up.startswith("pulumi up --stack production --yes ")
    assert "--refresh" not in up

    scripts.calls.unlink()
    assert scripts.run("apply.sh", "production", REFRESH="yes").returncode == 0
    assert scripts.called()[1].endswith(" --refresh")


@pytest.mark.parametrize("script", ["apply.sh", "release.sh"])
def test_an_outdated_verdict_stops_apply_and_release(scripts: Scripts, script: str) -> None:
    scripts.verdict(0)
    assert scripts.run(script, "production", RESULT="1").returncode == 1
    assert len(scripts.called()) == 1


def test_a_release_moves_the_branch_of_the_stack(scripts: Scripts) -> None:
    scripts.verdict(4)
    assert scripts.run("release.sh", "production", APPROVED="yes").returncode == 0
    assert scripts.called()[-1] == "git push origin HEAD:refs/heads/release/production"


@pytest.mark.parametrize("code", [0, 1, 3, 4])
def test_a_review_stores_its_exit_code_and_ends_with_0(scripts: Scripts, code: int, tmp_path: Path) -> None:
    output = tmp_path / "output"
    done = scripts.run("review.sh", "production", RESULT=str(code), GITHUB_OUTPUT=str(output))
    assert done.returncode == 0
    assert (scripts.folder / "verdicts" / "production" / "exit-code").read_text() == f"{code}\n"
    assert output.read_text() == f"code={code}\n"


def test_the_variables_of_review_become_options(scripts: Scripts) -> None:
    scripts.run("review.sh", "production")
    scripts.run("review.sh", "production", AFTER="staging", REFRESH="yes", ANNOTATIONS="github")
    (scripts.folder / "promotion.yaml").write_text("[]\n")
    scripts.run("review.sh", "production", ANNOTATIONS="gitlab")
    scripts.run("review.sh", "production", AFTER="staging")
    plain, whole, gitlab, expecting = scripts.called()
    files = "--json verdicts/production/verdict.json --markdown verdicts/production/comment.md"
    pack = " -- --policy-pack policy"
    assert plain == f"pulumi-retrieval review --stack production {files}{pack}"
    assert whole == plain.replace(pack, f" --after staging --refresh --annotations github{pack}")
    report = "--annotations gitlab --annotations-file verdicts/production/code-quality.json"
    assert gitlab == plain.replace(pack, f" {report}{pack}")
    assert expecting == plain.replace(pack, f" --after staging --expect promotion.yaml{pack}")


def test_a_review_deletes_the_previous_verdict(scripts: Scripts) -> None:
    scripts.verdict(0)
    left = scripts.folder / "verdicts" / "production" / "verdict.json"
    left.write_text("{}")
    scripts.run("review.sh", "production", RESULT="1")
    assert not left.exists()


def test_a_comment_says_if_the_review_wrote_no_report(scripts: Scripts) -> None:
    scripts.verdict(1)
    assert scripts.run("comment.sh", "production", COMMENT_COMMAND="git post").returncode == 0
    assert scripts.called() == ["git post verdicts/production/comment.md"]
    first, second = (scripts.folder / "verdicts" / "production" / "comment.md").read_text().splitlines()
    assert first == "<!-- pulumi-retrieval review production -->"
    assert "no verdict" in second


def test_a_failing_report_command_does_not_change_the_exit_code(scripts: Scripts) -> None:
    wrapper = scripts.folder / "bin" / "pulumi-retrieval"
    wrapper.write_text("#!/usr/bin/env bash\necho report > verdicts/production/comment.md\nexit 4\n")
    done = scripts.run("drift.sh", "production", RESULT="9", REPORT_COMMAND="pulumi report")
    assert done.returncode == 4
    assert "could not be sent" in done.stderr


@pytest.mark.parametrize(("code", "reports"), [(0, 0), (1, 1), (3, 1), (4, 1)])
def test_drift_sends_no_report_if_there_is_no_drift(scripts: Scripts, code: int, reports: int) -> None:
    wrapper = scripts.folder / "bin" / "pulumi-retrieval"
    wrapper.write_text(f"{TOOL.replace('exit', 'echo report > verdicts/production/comment.md; exit')}")
    done = scripts.run("drift.sh", "production", RESULT=str(code), AFTER="staging", REPORT_COMMAND="pulumi report")
    assert done.returncode == code
    review, *reported = scripts.called()
    assert "--refresh" in review
    assert "--after" not in review
    assert reported == ["pulumi report verdicts/production/comment.md"] * reports
