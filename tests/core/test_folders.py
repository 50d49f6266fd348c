"""Where files lie that processes of one user share."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from pulumi_retrieval.core.folders import NAME, runtime_place

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions and owners are those of POSIX")
UNWRITABLE = f"/proc/{os.getpid()}"
"""A folder of ours in which no user can make anything, root included."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_the_folder_is_in_the_runtime_folder_and_private(runtime: Path, cache: Path) -> None:
    assert runtime_place().folder == runtime / NAME
    assert mode(runtime / NAME) == 0o700
    assert not cache.exists()


def test_the_folder_does_not_depend_on_tmpdir(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = runtime_place().folder
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert runtime_place().folder == before


def test_a_folder_of_ours_that_is_open_to_others_is_closed(runtime: Path) -> None:
    (runtime / NAME).mkdir()
    (runtime / NAME).chmod(0o755)
    assert runtime_place().folder == runtime / NAME
    assert mode(runtime / NAME) == 0o700


@pytest.mark.parametrize("named", ["", "relative", "missing", "file", "link", "unwritable"])
def test_without_a_runtime_folder_of_our_own_it_lies_in_the_cache(
    named: str, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "relative").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pulumi_retrieval.core.folders.DEFAULT", str(tmp_path / "no such folder"))
    plain = {"": "", "relative": "relative", "unwritable": UNWRITABLE}
    place = plain.get(named, str(tmp_path / named))
    monkeypatch.setenv("XDG_RUNTIME_DIR", place)
    assert runtime_place().folder == cache / NAME
    assert mode(cache / NAME) == 0o700
    assert [*(tmp_path / "real").iterdir(), *(tmp_path / "relative").iterdir()] == []


def test_without_a_name_it_is_the_folder_of_the_operating_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / str(os.getuid())).mkdir()
    monkeypatch.setattr("pulumi_retrieval.core.folders.DEFAULT", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert runtime_place().folder == tmp_path / str(os.getuid()) / NAME


def test_a_runtime_folder_of_somebody_else_is_not_used(
    runtime: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: runtime.stat().st_uid + 1)
    place = runtime_place()
    assert list(runtime.iterdir()) == []
    assert place.folder is None
    assert place.reason == f"there is no private folder for this user: {cache / NAME} belongs to somebody else"


def test_an_error_names_the_file_at_the_path_of_the_folder(runtime: Path, cache: Path, tmp_path: Path) -> None:
    (runtime / NAME).symlink_to(tmp_path)
    cache.mkdir()
    (cache / NAME).touch()
    assert runtime_place() == (
        None,
        f"there is no private folder for this user: {runtime / NAME} is a symbolic link; {cache / NAME}: File exists",
    )
    assert runtime_place().folder is None


def test_a_folder_that_cannot_be_written_to_is_not_used(
    runtime: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, _wanted: Path(path) != runtime / NAME)
    assert runtime_place().folder == cache / NAME


def test_without_a_home_the_folder_is_not_in_the_project(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", UNWRITABLE)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda: Path("~/.cache"))
    monkeypatch.chdir(runtime)
    assert runtime_place().reason.endswith("; ~/.cache is no absolute path")
    assert list(runtime.iterdir()) == []
