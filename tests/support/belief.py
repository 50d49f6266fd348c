"""Which lies a refresh believes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from support.engine import Project
from support.lying_proxy import Lie, LyingProxy

Lies = Mapping[str, Lie]
"""Path of a read, as a regular expression → what it answers."""


def believed(project: Project, proxy: LyingProxy, lies: Mapping[str, Lies], *, noun: str) -> dict[str, str]:
    """Refresh once under each of these lies, and give those that were believed, with what they led to.

    A lie is not believed where the refresh fails by a failure of ours that names the object and the state stays as it
    was. After one that was believed, the state is put back.

    :param noun: how the failure has to name the object.
    """
    exported, before = project.export(), project.stored()
    found: dict[str, str] = {}
    for name, told in lies.items():
        for path, lie in told.items():
            proxy.lie("GET", path, lie)
        run = project.refresh()
        proxy.tell_the_truth()
        changed = project.stored() != before
        if run.exit_code == 0:
            found[name] = "the refresh worked" + (", and the state changed" if changed else "")
        elif not run.failed_as_meant or not any(noun in text for text in run.texts):
            found[name] = f"the refresh failed in a way that nobody meant: {run}"
        elif changed:
            found[name] = "the state changed"
        if changed:
            project.pulumi("stack", "import", stdin=json.dumps(exported)).expect_success()
    return found
