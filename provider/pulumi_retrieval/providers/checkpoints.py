"""What a run without checkpoints cannot promise, and how it is told before anything is created.

Without checkpoints the state learns of nothing that a killed run has created. The next run finds what has a natural key.
The kinds named here have none (`docs/guides/without-checkpoints.md`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

VARIABLE = "PULUMI_SKIP_CHECKPOINTS"
MOST_NAMED = 20
"""Resources of one kind that the warning names."""


class Unsure(NamedTuple):
    """A kind of which a killed run may leave an object that the next run does not take over.

    :param plural: the kind for people.
    :param why: what the next run does, and the reason.
    :param given: the input that says that an object exists already, and so none is created.
    """

    plural: str
    why: str
    given: str = ""


UNSURE: Mapping[str, Unsure] = {
    "api_key": Unsure(
        "API keys", "the service tells a key once, so the next run makes another one and names the id of the first"
    ),
    "organization": Unsure(
        "organizations",
        "names are not unique, so the next run takes one over only within 24 hours and while it holds no documents, and "
        "creates another one otherwise",
        given="organization_id",
    ),
    "crawl": Unsure(
        "crawls",
        "they have no key of their own, so the next run takes one over only within 24 hours, and starts another one "
        "otherwise",
    ),
}
"""By the `kind` of the provider class."""


def skips_checkpoints(environ: Mapping[str, str]) -> bool:
    """Whether the engine of this environment writes the state only at the end of a run."""
    text = environ.get(VARIABLE, "")
    return text == "1" or text.lower() == "true"  # as the engine reads its variables


def is_unsure(kind: str, given: Collection[str]) -> bool:
    """Whether creating a resource may leave an object that nobody takes over. :param given: names of its inputs."""
    return kind in UNSURE and UNSURE[kind].given not in given


def warning(created: Mapping[str, Sequence[str]]) -> str:
    """What people are told.

    :param created: kind → names of the resources that would be created; no names where they are not known yet.
    """
    lines = [f"this run writes no checkpoints ({VARIABLE}). If it is killed, some of what it creates may be left over:"]
    for kind, names in created.items():
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        named = f" {', '.join(names[:MOST_NAMED])}{more}" if names else ""
        lines.append(f"  {UNSURE[kind].plural}{named}: {UNSURE[kind].why}")
    return "\n".join([*lines, "  `pulumi-retrieval docs without-checkpoints` says more."])
