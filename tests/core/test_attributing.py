"""Failures say for which resource a call was made."""

from __future__ import annotations

import pytest

from pulumi_retrieval.core.attributing import on_behalf_of
from pulumi_retrieval.core.errors import GuardError, ObjectMissing, ServiceError


def test_a_failure_about_something_else_names_the_resource() -> None:
    with pytest.raises(ObjectMissing) as caught, on_behalf_of("dataset golden", "6f8e"):
        raise ObjectMissing("list the datasets of Acme", status=404, message="Not Found", hint="Is the id right?")
    assert str(caught.value) == (
        "could not list the datasets of Acme for dataset golden: HTTP 404: Not Found. Is the id right?"
    )
    assert caught.value.status == 404


@pytest.mark.parametrize("operation", ["read dataset golden (6f8e)", "read tenant 6f8e", "create golden"])
def test_a_failure_that_names_it_stays_as_it_is(operation: str) -> None:
    failure = ServiceError(operation, status=500)
    with pytest.raises(ServiceError) as caught, on_behalf_of("dataset golden", "6f8e", None, "", "golden"):
        raise failure
    assert caught.value is failure


def test_other_errors_pass() -> None:
    with pytest.raises(GuardError, match=r"^it holds documents$"), on_behalf_of("dataset golden"):
        raise GuardError("it holds documents")
