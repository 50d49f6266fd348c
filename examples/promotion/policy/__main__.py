"""Policies of this project: `pulumi preview --policy-pack policy`. Every violation of a preview is shown at once."""

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

GUARDED = ("pulumi-python:dynamic/trieve:Dataset", "pulumi-python:dynamic/cortex:Tenant")


def keep_guards(resource: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report a production object that could be deleted together with its documents."""
    stack = resource.urn.split("::")[0].removeprefix("urn:pulumi:")
    if stack == "production" and resource.resource_type in GUARDED and resource.props.get("force_destroy") is True:
        report(
            f"{resource.name} has force_destroy=True in production, which allows Pulumi to delete its documents: "
            "remove the argument",
            resource.urn,
        )


PolicyPack(
    name="promotion-policies",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy(
            name="guards-stay-on",
            description="In production no dataset and no tenant has force_destroy=True.",
            validate=keep_guards,
        )
    ],
)
