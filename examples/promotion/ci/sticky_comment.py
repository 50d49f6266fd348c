"""Write a file into the comment of a pull request that begins with the file's first line; create it if there is none.

    python3 ci/sticky_comment.py FILE

On GitHub Actions: GITHUB_TOKEN and PULL_REQUEST (its number). On GitLab CI: GITLAB_TOKEN, with the scope `api`.
Everything else is set by them.
"""

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = 100
SECONDS = 30


class GitHub:
    """The comments of a pull request."""

    update = "PATCH"

    def __init__(self) -> None:
        repository = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
        self.comments = f"{repository}/issues/{os.environ['PULL_REQUEST']}/comments"
        self.comment = f"{repository}/issues/comments"
        self.headers = {
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Accept": "application/vnd.github+json",
        }


class GitLab:
    """The notes of a merge request."""

    update = "PUT"

    def __init__(self) -> None:
        project = f"{os.environ['CI_API_V4_URL']}/projects/{os.environ['CI_PROJECT_ID']}"
        self.comments = self.comment = f"{project}/merge_requests/{os.environ['CI_MERGE_REQUEST_IID']}/notes"
        self.headers = {"PRIVATE-TOKEN": os.environ["GITLAB_TOKEN"]}


def call(place: GitHub | GitLab, method: str, url: str, body: dict[str, str] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {**place.headers, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=SECONDS) as answer:
        return json.load(answer)


def existing(place: GitHub | GitLab) -> Iterator[dict[str, Any]]:
    """All comments, page by page."""
    page = 0
    while True:
        page += 1
        found = call(place, "GET", f"{place.comments}?per_page={PAGE}&page={page}")
        yield from found
        if len(found) < PAGE:
            return


def main() -> None:
    text = Path(sys.argv[1]).read_text("utf-8")
    marker = text.partition("\n")[0]
    if not marker.startswith("<!--"):
        sys.exit(f"{sys.argv[1]}: the first line must be an HTML comment, by which this comment is found again")
    place = GitHub() if "GITHUB_API_URL" in os.environ else GitLab()
    for comment in existing(place):
        if comment["body"].partition("\n")[0].strip() == marker.strip():
            call(place, place.update, f"{place.comment}/{comment['id']}", {"body": text})
            print(f"updated comment {comment['id']}")
            return
    print(f"made comment {call(place, 'POST', place.comments, {'body': text})['id']}")


if __name__ == "__main__":
    main()
