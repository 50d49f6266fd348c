"""The comment that shows the review of a stack is one comment, however often the review runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "promotion" / "ci" / "sticky_comment.py"
TOKEN = "token-of-the-pipeline"
STAGING, PRODUCTION = (f"<!-- pulumi-retrieval review {stack} -->\n" for stack in ("staging", "production"))
GITHUB = {
    "GITHUB_API_URL": "{url}",
    "GITHUB_REPOSITORY": "acme/customers",
    "GITHUB_TOKEN": TOKEN,
    "PULL_REQUEST": "7",
}
GITLAB = {"CI_API_V4_URL": "{url}", "CI_PROJECT_ID": "12", "CI_MERGE_REQUEST_IID": "7", "GITLAB_TOKEN": TOKEN}
LISTED = {"github": "/repos/acme/customers/issues/7/comments", "gitlab": "/projects/12/merge_requests/7/notes"}
ONE = {"github": "/repos/acme/customers/issues/comments/{}", "gitlab": "/projects/12/merge_requests/7/notes/{}"}
UPDATE = {"github": "PATCH", "gitlab": "PUT"}


class Comments(ThreadingHTTPServer):
    """The comments of one pull request, as both services keep them."""

    daemon_threads = True

    def __init__(self, service: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.service = service
        self.bodies: dict[int, str] = {}
        self.writes: list[str] = []

    def environment(self) -> dict[str, str]:
        """What the service sets in a job, and nothing that another one would."""
        url = f"http://127.0.0.1:{self.server_port}"
        own = GITHUB if self.service == "github" else GITLAB
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI_"))}
        return {**inherited, "NO_PROXY": "*", **{name: value.format(url=url) for name, value in own.items()}}


class Handler(BaseHTTPRequestHandler):
    server: Comments

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        assert parts.path == LISTED[self.server.service]
        query = {name: int(value[0]) for name, value in parse_qs(parts.query).items()}
        start = (query["page"] - 1) * query["per_page"]
        found = [{"id": number, "body": body} for number, body in self.server.bodies.items()]
        self.answer(found[start : start + query["per_page"]])

    def do_POST(self) -> None:
        assert self.path == LISTED[self.server.service]
        self.write(len(self.server.bodies) + 1)

    def do_PATCH(self) -> None:
        self.update()

    def do_PUT(self) -> None:
        self.update()

    def update(self) -> None:
        assert self.command == UPDATE[self.server.service]
        [number] = [one for one in self.server.bodies if self.path == ONE[self.server.service].format(one)]
        self.write(number)

    def write(self, number: int) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        self.server.bodies[number] = body
        self.server.writes.append(self.command)
        self.answer({"id": number, "body": body})

    def answer(self, value: Any) -> None:
        allowed = TOKEN in (self.headers.get("PRIVATE-TOKEN"), (self.headers.get("Authorization") or "")[7:])
        self.send_response(200 if allowed else 401)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(params=["github", "gitlab"])
def comments(request: pytest.FixtureRequest) -> Iterator[Comments]:
    with Comments(request.param) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def post(comments: Comments, path: Path, text: str) -> subprocess.CompletedProcess[str]:
    path.write_text(text)
    command = [sys.executable, SCRIPT, path]
    return subprocess.run(command, env=comments.environment(), capture_output=True, text=True, timeout=30)


def test_each_stack_has_one_comment_in_a_pull_request(comments: Comments, tmp_path: Path) -> None:
    comments.bodies = {number: f"remark {number}\n{PRODUCTION}" for number in range(1, 131)}  # more than a page
    for text in (f"{STAGING}first", f"{PRODUCTION}first", f"{STAGING}second", f"{PRODUCTION}second: ä"):
        done = post(comments, tmp_path / "comment.md", text)
        assert done.returncode == 0, done.stderr
        assert TOKEN not in done.stdout + done.stderr
    assert comments.writes == ["POST", "POST", UPDATE[comments.service], UPDATE[comments.service]]
    assert [comments.bodies[131], comments.bodies[132]] == [f"{STAGING}second", f"{PRODUCTION}second: ä"]
    assert len(comments.bodies) == 132


def test_a_text_that_could_not_be_found_again_is_not_posted(comments: Comments, tmp_path: Path) -> None:
    done = post(comments, tmp_path / "comment.md", "no marker")
    assert done.returncode == 1
    assert "the first line must be an HTML comment" in done.stderr
    assert comments.writes == []
