"""A hook of mkdocs: adds files of the repository to the site as pages, and adapts the links between pages.

Documents link to each other by their paths in the repository, so that the links work there. On the site, a link to a file that is
a page leads to that page, and a link to any other file becomes plain text.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
ADDED = {
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    **{
        path.relative_to(ROOT).as_posix(): f"examples/{path.parent.name}.md"
        for path in sorted(ROOT.glob("examples/*/README.md"))
    },
}
"""File of the repository → page of the site. The start page replaces the README."""
LINK = re.compile(r"(?<!\!)\[((?:[^\[\]]|\[[^\]]*\])+)\]\(([^)\s]+)\)")
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages whose files are outside of docs."""
    for source, uri in ADDED.items():
        if files.get_file_from_path(uri) is None:
            files.append(File.generated(config, uri, content=_content(source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace links between files of the repository by links between pages."""
    uri = page.file.src_uri
    source = {added: source for source, added in ADDED.items() if added != "index.md"}.get(uri, f"docs/{uri}")
    return "".join(
        part if part.startswith("```") else LINK.sub(lambda match: _link(match, source, uri, files), part)
        for part in FENCE.split(markdown)
    )


def _content(source: str) -> str:
    """The text of a file; for the README of an example, followed by its program."""
    text = (ROOT / source).read_text()
    program = (ROOT / source).with_name("__main__.py")
    if source.startswith("examples/") and program.is_file():
        text += f"\n## The program\n\n```python\n{program.read_text()}```\n"
    return text


def _link(match: re.Match[str], source: str, uri: str, files: Files) -> str:
    text, target = match[1], match[2]
    path, _, anchor = target.partition("#")
    if "://" in target or not path:
        return match[0]
    file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    folder = f"{file}/README.md"
    led = ADDED.get(file) or ADDED.get(folder) or (file.removeprefix("docs/") if file.startswith("docs/") else None)
    if led is None:
        return text if (ROOT / file).exists() else match[0]
    relative = posixpath.relpath(led, posixpath.dirname(uri) or ".")
    return f"[{text}]({relative}{'#' if anchor else ''}{anchor})"
