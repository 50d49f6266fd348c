"""The command line of a review, where it is used wrongly: exit code 2, and what to do instead."""

from __future__ import annotations

import pytest

from pulumi_retrieval.cli import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--", "--stack", "other"], "--stack"),
        (["--", "--json"], "--json FILE"),
        (["--", "-r"], "--refresh"),
        (["--", "--refresh=true"], "--refresh"),
        (["--", "--config", "a=b"], "pulumi config set"),
        (["--", "-ca=b"], "pulumi config set"),
        (["--", "--show-secrets"], "no secret"),
        (["--check", "v.json", "--refresh"], "combined with --refresh"),
        (["--check", "v.json", "--json", "w.json"], "combined with --json"),
        (["--check", "v.json", "--", "--target", "x"], "combined with options after --"),
        (["--map", "a=b"], "--after"),
        (["--expect", "promotion.yaml"], "--after"),
        (["--annotations-file", "x"], "--annotations"),
    ],
)
def test_misuse(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--most-deletes", "-1"], ["--most-deletes", "many"], ["--annotations", "x"]])
def test_values_that_cannot_be(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["review", *arguments])
    assert ended.value.code == 2


def test_without_an_engine_there_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["review"]) == 1
    assert "no `pulumi` command" in capsys.readouterr().err
