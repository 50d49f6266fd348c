"""The tree of exceptions, and what a failure of a service says."""

from __future__ import annotations

import inspect
import re

import pytest

from pulumi_retrieval.core import errors
from pulumi_retrieval.core.errors import NoAnswerError, RetrievalError, ServiceError


def test_the_drawn_tree_is_the_tree() -> None:
    drawn = re.findall(r"^\W*([A-Z]\w+(?:Error|Denied|Missing|Exists))\b", errors.__doc__ or "", re.MULTILINE)
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, RetrievalError)]
    assert sorted(drawn) == sorted(c.__name__ for c in classes)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ServiceError("read dataset golden (3f7a)"), "could not read dataset golden (3f7a)"),
        (
            ServiceError("update tenant a", status=409, message="clash", request_id="r-1", hint="Try again"),
            "could not update tenant a: HTTP 409: clash (request id r-1). Try again",
        ),
        (ServiceError("read x", status=502), "could not read x: HTTP 502"),
        (NoAnswerError("read x", message="no answer", sent=True, hint="Wait"), "could not read x: no answer. Wait"),
    ],
)
def test_the_text_of_a_failure(error: ServiceError, text: str) -> None:
    assert str(error) == text
