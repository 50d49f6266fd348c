"""What transformations, transforms and components change after a resource was constructed counts, and leaks nothing."""

from __future__ import annotations

import secrets
import textwrap
from typing import Any

import pytest

from support.engine import Project
from support.hand import Hand
from support.programs import Code, dataset, declare, id_of, program
from support.sandbox import Sandbox

PLACE = "server_configuration.EMBEDDING_BASE_URL"
KINDS = {
    "a transformation of the stack": "pulumi.runtime.register_stack_transformation(change)",
    "a transform of the stack": "pulumi.runtime.register_resource_transform(change)",
    "a transformation of the resource": "",
    "a transform of the resource": "",
}
OPTIONS = {
    "a transformation of the resource": "transformations=[change]",
    "a transform of the resource": "transforms=[change]",
}


def result(kind: str) -> str:
    return "pulumi.ResourceTransformationResult" if "transformation" in kind else "pulumi.ResourceTransformResult"


def changed(kind: str, *declarations: str, props: str = "args.props", opts: str = "args.opts") -> str:
    """A program whose datasets and tenants are changed behind their classes.

    :param props: what they become, as text; `configuration` is the server configuration, `url` the text of the URL.
    """
    return program(
        f"""
def change(args):
    kind = getattr(args, "type_")
    if ":Dataset" not in kind and ":Tenant" not in kind:
        return None
    configuration = args.props.get("server_configuration") or {{}}
    return {result(kind)}(props={props}, opts={opts})
""",
        KINDS[kind],
        *declarations,
    )


def canaries(project: Project) -> tuple[str, str]:
    """A key and a URL with a token, which must not show up anywhere from now on."""
    token = secrets.token_hex(8)
    found = f"key-canary-{token}", f"https://tok-canary-{token}.example.test/v1"
    project.secrets.update(found)
    return found


def outputs(project: Project, kind: str = "Dataset") -> dict[str, Any]:
    (found,) = [one["outputs"] for one in project.resources() if one["type"].endswith(f":{kind}")]
    return dict(found)


@pytest.mark.parametrize("kind", KINDS)
def test_secrets_added_by_transforms_are_never_in_plain_text(project: Project, sandbox: Sandbox, kind: str) -> None:
    key, url = canaries(project)
    given = f'"LLM_API_KEY": {key!r}, "EMBEDDING_BASE_URL": pulumi.Output.secret({url!r})'
    injected = '{**args.props, "server_configuration": {**configuration, ' + given + "}}"

    def declared(limit: int) -> str:
        golden = dataset(config={"MAX_LIMIT": limit, "EMBEDDING_SIZE": 1536}, opts=OPTIONS.get(kind, ""))
        return changed(kind, golden, props=injected)

    project.program = declared(5)
    project.preview("--save-plan", str(project.folder / "plan.json")).expect_success()
    project.up().expect_success()
    assert Hand(sandbox).datasets()["golden"]["server_configuration"]["EMBEDDING_BASE_URL"] == url
    assert outputs(project)["secret_inputs"] == [PLACE]
    assert PLACE not in outputs(project)["observed_immutable"]
    assert outputs(project)["compared_secrets"] == [PLACE]
    assert outputs(project)["observed_immutable"]["server_configuration.EMBEDDING_SIZE"] == 1536
    project.up("--expect-no-changes", refresh=True).expect_success()
    project.program = declared(6)
    assert project.up().expect_success().summary == {"updated": 1, "unchanged": 1}
    project.refresh().expect_success()
    project.up("--expect-no-changes").expect_success()
    # What the program does not manage any more stays held back.
    project.program = program(dataset(config={"MAX_LIMIT": 6, "EMBEDDING_SIZE": 1536}))
    project.up().expect_success()
    project.up("--expect-no-changes", refresh=True).expect_success()


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_is_replaced_by_plain_text_is_stored_encrypted(project: Project, kind: str) -> None:
    key, _ = canaries(project)
    given = f'{{"MAX_LIMIT": 5, "LLM_API_KEY": {key!r}}}'
    replaced = '{**args.props, "server_configuration": ' + given + "}"
    golden = dataset(config={"MAX_LIMIT": 5, "LLM_API_KEY": Code("'first'")}, opts=OPTIONS.get(kind, ""))
    project.program = changed(kind, golden, props=replaced)
    project.up().expect_success()
    project.up("--expect-no-changes", refresh=True).expect_success()


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_a_transform_marks_as_secret_is_not_repeated_in_outputs(project: Project, kind: str) -> None:
    _, url = canaries(project)
    marked = (
        '{**args.props, "server_configuration": {**configuration, '
        '"EMBEDDING_BASE_URL": pulumi.Output.secret(configuration["EMBEDDING_BASE_URL"])}}'
    )
    golden = dataset(config={"MAX_LIMIT": 5, "EMBEDDING_BASE_URL": url}, opts=OPTIONS.get(kind, ""))
    project.program = changed(kind, golden, props=marked)
    project.up().expect_success()
    assert outputs(project)["secret_inputs"] == [PLACE]
    project.up("--expect-no-changes", refresh=True).expect_success()


# What decides about a replacement.


def tenant(size: str, *, component: str = "", opts: str = "") -> str:
    return declare(
        "cortex.Tenant",
        "acme",
        tenant_id=size,
        on_immutable_change="replace",
        opts=", ".join(filter(None, [f"parent={component}" if component else "", opts])),
    )


def test_retain_on_delete_of_a_component_allows_the_replacement(project: Project, sandbox: Sandbox) -> None:
    component = (
        'all = pulumi.ComponentResource("test:index:All", "all", opts=pulumi.ResourceOptions(retain_on_delete=True))'
    )
    project.program = program(component, tenant("acme_one", component="all"))
    project.up().expect_success()
    project.program = program(component, tenant("acme_two", component="all"))
    assert project.preview().expect_success().summary["to replace"] == 1
    assert project.up().expect_success().summary["replaced"] == 1
    assert set(sandbox.state()["cortex"]["tenants"]) == {"acme_one", "acme_two"}
    assert id_of(project, "acme") == "acme_two"
    project.up("--expect-no-changes", refresh=True).expect_success()


def test_without_retain_on_delete_the_replacement_is_refused_in_preview(project: Project) -> None:
    component = 'all = pulumi.ComponentResource("test:index:All", "all")'
    project.program = program(component, tenant("acme_one", component="all"))
    project.up().expect_success()
    project.program = program(component, tenant("acme_two", component="all"))
    project.preview().expect_failure(
        "to replace it, choose another tenant_id and set ResourceOptions(retain_on_delete=True)"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_transform_may_set_retain_on_delete(project: Project, kind: str) -> None:
    retained = "pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(retain_on_delete=True))"
    for name in ("acme_one", "acme_two"):
        project.program = changed(kind, tenant(name, opts=OPTIONS.get(kind, "")), opts=retained)
        run = project.up().expect_success()
    assert run.summary["replaced"] == 1


def test_a_transform_that_is_registered_in_the_middle_of_a_program(project: Project) -> None:
    _, url = canaries(project)
    configuration = {"MAX_LIMIT": 5, "EMBEDDING_BASE_URL": url}
    marked = (
        '{**args.props, "server_configuration": {**configuration, '
        '"EMBEDDING_BASE_URL": pulumi.Output.secret(configuration["EMBEDDING_BASE_URL"])}}'
    )
    kind = "a transform of the stack"
    text = changed(kind, dataset(config=configuration), props=marked)
    before, register, after = text.partition(KINDS[kind])
    first = dataset("first", tracking_id="first", config={"MAX_LIMIT": 5})
    project.program = (
        f"{before}pulumi.runtime.register_resource_transform(lambda args: None)\n{first}\n{register}{after}"
    )
    project.up().expect_success()
    (golden,) = [one["outputs"] for one in project.resources() if one["urn"].endswith("::golden")]
    assert golden["secret_inputs"] == [PLACE]
    project.up("--expect-no-changes", refresh=True).expect_success()


def test_a_value_restored_by_ignore_changes_is_not_secret(project: Project) -> None:
    """The engine puts the stored value back, which is not what the program declares."""
    opts = 'ignore_changes=["server_configuration.EMBEDDING_SIZE"]'
    project.program = program(dataset(config={"EMBEDDING_SIZE": 1536}, opts=opts))
    project.up().expect_success()
    project.program = program(dataset(config={"EMBEDDING_SIZE": 512}, opts=opts))
    project.up("--expect-no-changes").expect_success()
    assert "secret_inputs" not in outputs(project)


NO_INPUTS = {
    "behind a transform of the stack": """
        pulumi.runtime.register_resource_transform(lambda args: None)
        trieve.Dataset("docs")
        cortex.Tenant("customers")
    """,
    "in a component": """
        component = pulumi.ComponentResource("test:index:Team", "team")
        cortex.Tenant("customers", opts=pulumi.ResourceOptions(parent=component))
    """,
}


@pytest.mark.parametrize("declarations", NO_INPUTS.values(), ids=NO_INPUTS)
def test_a_resource_without_inputs_does_not_change_in_the_second_run(project: Project, declarations: str) -> None:
    project.program = program(textwrap.dedent(declarations))
    project.up().expect_success()
    assert all("secret_inputs" not in one.get("inputs", {}) for one in project.resources())
    project.up("--expect-no-changes").expect_success()
