"""Programs of a few resources, and what the request log says of them."""

from __future__ import annotations

import json
from typing import Any

from support.engine import Project
from support.sandbox import Sandbox

IMPORTS = "import os\nimport pulumi\nfrom pulumi_retrieval import Provider, cortex, trieve\n"


def program(*declarations: str) -> str:
    """The text of a program."""
    return IMPORTS + "\n".join(declarations) + "\n"


def declare(kind: str, resource_name: str, /, *, opts: str = "", **arguments: Any) -> str:
    """A declaration: `declare("trieve.Dataset", "golden", adopt=True, opts="protect=True")`.

    :param opts: arguments of `pulumi.ResourceOptions`, as text.
    :param arguments: values, or with `Code` expressions.
    """
    texts = [json.dumps(resource_name), *(f"{key}={value!r}" for key, value in arguments.items())]
    if opts:
        texts.append(f"opts=pulumi.ResourceOptions({opts})")
    return f"{kind}({', '.join(texts)})"


def dataset(
    resource_name: str = "golden", /, *, opts: str = "", config: dict[str, Any] | None = None, **arguments: Any
) -> str:
    """A dataset; its tracking id is `golden` unless it is given, None derives it. :param config: its configuration."""
    arguments = {"tracking_id": "golden", **arguments}
    if config is not None:
        arguments["server_configuration"] = config
    return declare("trieve.Dataset", resource_name, opts=opts, **arguments)


def explicit_provider(name: str) -> str:
    """A variable `name` that holds an explicit provider with the connection of the environment."""
    return f"""{name} = Provider(
    {name!r},
    trieve={{
        "baseUrl": os.environ["TRIEVE_BASE_URL"],
        "apiKey": pulumi.Output.secret(os.environ["TRIEVE_API_KEY"]),
        "organizationId": os.environ["TRIEVE_ORGANIZATION_ID"],
    }},
)"""


class Code:
    """An expression of a program."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def urn(project: Project, name: str) -> str:
    """The URN of a resource of the stack."""
    [found] = [one["urn"] for one in project.resources() if one["urn"].endswith(f"::{name}")]
    return str(found)


def id_of(project: Project, name: str) -> str:
    """The id of a resource of the stack."""
    [found] = [one["id"] for one in project.resources() if one["urn"].endswith(f"::{name}")]
    return str(found)


def asked(sandbox: Sandbox) -> list[str]:
    """Every request since the log was emptied, as `METHOD path`; empties it."""
    found = [f"{one['method']} {one['path']}" for one in sandbox.requests()]
    sandbox.reset_requests()
    return found


def written(sandbox: Sandbox) -> list[tuple[str, str, str]]:
    """Method, path and raw body of every request that writes; empties the log."""
    asking = "/api/organization/usage/"  # a POST that changes nothing
    requests = [one for one in sandbox.requests() if one["method"] != "GET" and not one["path"].startswith(asking)]
    found = [(one["method"], one["path"], one["raw"]) for one in requests]
    sandbox.reset_requests()
    return found


def living(sandbox: Sandbox) -> dict[str, str]:
    """Tracking id → id of every dataset."""
    return {one["tracking_id"]: one["id"] for one in sandbox.state()["trieve"]["datasets"]}


def chunks(sandbox: Sandbox) -> dict[str, int]:
    """Tracking id → number of documents of every dataset."""
    return {one["tracking_id"]: one["chunk_count"] for one in sandbox.state()["trieve"]["datasets"]}
