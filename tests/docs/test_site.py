"""The site: it builds strictly, fetches nothing, and its search works from a file."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.guides import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
LOADED = re.compile(
    r"""<(?:script|img|iframe|link)\b[^>]*?(?:src|href)="?(https?://[^">\s]+)|url\(["']?(https?:[^)]+)\)"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_loads_no_external_resources(site: Path) -> None:
    files = [path for path in site.rglob("*") if path.suffix in (".html", ".css")]
    assert len(files) > 40
    assert {
        found for path in files for match in LOADED.finditer(path.read_text()) for found in match.groups() if found
    } == set()
    start = (site / "index.html").read_text()
    assert 'src="assets/iframe-worker.js"' in start
    assert (site / "assets" / "iframe-worker.js").is_file()
    assert (site / "search" / "search_index.js").read_text().startswith("var __index = ")


def test_every_page_of_the_repository_is_a_page_of_the_site(site: Path) -> None:
    pages = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    sources = {path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert sources <= pages
    assert {"architecture", "changelog", "contributing"} <= pages
    assert {f"examples/{path.parent.name}" for path in ROOT.glob("examples/*/README.md")} <= pages


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_search_answers_from_a_file(site: Path, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    address = f"{(site / 'index.html').as_uri()}?q=reranker"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"]
    done = subprocess.run(
        [CHROMIUM, *flags, f"--user-data-dir={tmp_path}", address],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "matching documents" in done.stdout
    assert "configuration-keys.html" in done.stdout.partition("matching documents")[2]
