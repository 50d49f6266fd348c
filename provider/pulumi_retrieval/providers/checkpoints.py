"""The warning, before a run without checkpoints creates anything, about objects that a kill may leave behind.

Without checkpoints the state does not contain what a killed run has created. The next run finds objects with a natural key.
The kinds in this module have none (`docs/guides/without-checkpoints.md`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

VARIABLE = "PULUMI_SKIP_CHECKPOINTS"
MOST_NAMED = 20
"""Resources of one kind that the warning names."""


class Unsure(NamedTuple):
    """A kind of resource of which a killed run may leave an object behind that the next run does not adopt.

    :param plural: the name of the kind in messages.
    :param why: what the next run does, with the reason.
    :param given: the input that names an existing object, so that none is created.
    """

    plural: str
    why: str
    given: str = ""


UNSURE: Mapping[str, Unsure] = {
    "api_key": Unsure(
        "API keys", "the service returns a key once, so the next run creates another one and prints the id of the first"
    ),
    "organization": Unsure(
        "organizations",
        "names are not unique, so the next run adopts one only within 24 hours and while it holds no documents, and "
        "creates another one otherwise",
        given="organization_id",
    ),
    "crawl": Unsure(
        "crawls",
        "they have no natural key, so the next run adopts one only within 24 hours, and starts another one otherwise",
    ),
}
"""By the `kind` of the provider class."""


def skips_checkpoints(environ: Mapping[str, str]) -> bool:
    """Whether the engine of this environment writes the state only at the end of a run."""
    text = environ.get(VARIABLE, "")
    return text == "1" or text.lower() == "true"  # as the engine reads its variables


def is_unsure(kind: str, given: Collection[str]) -> bool:
    """Whether a killed create may leave an object behind that no run adopts. :param given: the names of the inputs that are set."""
    return kind in UNSURE and UNSURE[kind].given not in given


def warning(created: Mapping[str, Sequence[str]]) -> str:
    """The text of the warning.

    :param created: kind → names of the resources that would be created; empty if they are not known yet.
    """
    lines = [
        f"this run writes no checkpoints ({VARIABLE}). If it is killed, some of the objects that it creates may be left behind:"
    ]
    for kind, names in created.items():
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        named = f" {', '.join(names[:MOST_NAMED])}{more}" if names else ""
        lines.append(f"  {UNSURE[kind].plural}{named}: {UNSURE[kind].why}")
    return "\n".join([*lines, "  `pulumi-retrieval docs without-checkpoints` says more."])
