"""Answers of a service, parsed before anything is concluded from them.

An answer without the documented shape, or about another object, raises an error that shows the answer, cut and without
secrets. It never counts as an absence, an empty list or a success.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from .errors import MalformedAnswerError, ServiceError, UnclearWriteError
from .messages import Answer
from .mistakes import where
from .origin import is_page, stranger
from .redaction import MASK, shorten

T = TypeVar("T")

SECRET_NAME = re.compile(r"key$|token|secret|password", re.IGNORECASE)
"""Names in an answer whose values are never shown, because they may be secrets that this package does not know."""
_SECRET_TEXT = re.compile(r'("[^"]*(?:key|token|secret|password)[^"]*"\s*:\s*")[^"]*', re.IGNORECASE)
"""The same names and values in a body that is not valid JSON."""


class AnswerModel(BaseModel):
    """The base of every answer's model: types are exact, and fields that it does not know are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", defer_build=True)


class Documented(Generic[T]):
    """The documented shape of an answer. Its parser is built on first use, by one thread.

    :param shape: a model, or a list of one.
    """

    def __init__(self, shape: type[T]) -> None:
        self._shape = shape
        self._adapter: TypeAdapter[T] | None = None
        self._building = threading.Lock()

    def validate(self, value: Any) -> T:
        """Parse a value. :raises pydantic.ValidationError: it has another shape."""
        if self._adapter is None:
            with self._building:
                adapter = TypeAdapter(self._shape)
                adapter.rebuild(force=True)
                self._adapter = adapter
        return self._adapter.validate_python(value)


def parse(shape: Documented[T], answer: Answer, *, body: Any = None, hint: str = "", part: str = "") -> T:
    """Parse the content of a successful answer.

    :param shape: the documented one.
    :param body: the part of the body that has the shape; all of it by default.
    :param part: the name of that part in the body, for errors.
    :raises MalformedAnswerError: an answer to a read has another shape.
    :raises UnclearWriteError: an answer to a write has another shape, so it is unknown whether the write was carried out.
    """
    value = answer.body if body is None else body
    if not answer.parsed or answer.status == 204:
        raise malformed(answer, "it holds no JSON", hint=hint)
    try:
        return shape.validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = where((*((part,) if part else ()), *first["loc"]))
        raise malformed(answer, f"{place + ': ' if place else ''}{first['msg']}", hint=hint) from None


def expect_empty(answer: Answer) -> None:
    """Return if an answer is the documented empty success, 204.

    :raises UnclearWriteError: it is another one.
    """
    if answer.status != 204:
        raise malformed(answer, "the documented one is 204 and empty")


def expect_same(answer: Answer, name: str, *, expected: Any, told: Any) -> None:
    """Return if an answer is about the requested object.

    :param name: the field of the answer that identifies the object.
    :raises ServiceError: it is about another one. Such a create is not sent again, because it made an object.
    """
    if told != expected:
        error = malformed(answer, f"it is about another object: {name} is {_show(told)} and not {_show(expected)}")
        if isinstance(error, UnclearWriteError):
            error.repeatable = answer.request.method != "POST"
        raise error


def malformed(answer: Answer, why: str, *, hint: str = "") -> ServiceError:
    """The error for a successful answer that has not the documented shape."""
    message = f"the answer is not the documented one ({why}): {excerpt(answer)}"
    request = answer.request
    if is_page(answer) or (answer.raw and not answer.parsed):
        hint = f"{stranger(answer)}. {hint}" if hint else stranger(answer)
    if request.writes:
        return UnclearWriteError(
            request.operation,
            message=message,
            sent=True,
            hint=hint,
            status=answer.status,
            request_id=answer.request_id,
        )
    return MalformedAnswerError(
        request.operation, status=answer.status, message=message, request_id=answer.request_id, hint=hint
    )


def excerpt(answer: Answer) -> str:
    """The beginning of a body for people; values under names that may be secrets are masked."""
    if not answer.raw:
        return "it is empty"
    if answer.request.hides_answer:
        return answer.text
    if not answer.parsed:
        return shorten(_SECRET_TEXT.sub(rf"\1{MASK}", answer.text))
    return shorten(json.dumps(_masked(answer.body), ensure_ascii=False))


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: MASK if item and SECRET_NAME.search(str(key)) else _masked(item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value


def _show(value: Any) -> str:
    return shorten(json.dumps(value, ensure_ascii=False, default=repr), limit=80)
