"""The exceptions of this package, one tree.

::

    RetrievalError
    ├── ConfigurationError        a connection that cannot work: missing key, bad URL
    ├── RefusedError              a change of an immutable key, found where `check` could not see it
    ├── GuardError                a delete that would destroy documents
    ├── AdoptionError             an object with this natural key exists and may belong to somebody else
    ├── WaitError                 a wait that timed out
    ├── GoneError                 more objects are missing than is plausible
    ├── StateError                a stored state that this package did not write
    └── ServiceError              the service answered with a failure, or not at all
        ├── AuthenticationError   401
        ├── PermissionDenied      403
        ├── ObjectMissing         the service says that the object does not exist
        │   └── ParentMissing     … because what it belongs to does not exist
        ├── ObjectExists          the natural key is taken
        ├── MalformedAnswerError  an answer that is not the documented one, or is about another object
        └── NoAnswerError         no HTTP answer: refused, timed out, cut off
            └── UnclearWriteError a write without a clear answer, which a look-up could not settle

Every text is written for the person who reads it on a terminal: what was attempted, on which object, what the service
said, what to do next. Texts hold no secrets, because `core.redaction` cleans each one before it leaves the process.
Bodies of unknown shape, such as HTML pages of a proxy, are cut before they become part of a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .rejections import Rejection, Row, refused

if TYPE_CHECKING:
    from typing_extensions import Self


class RetrievalError(Exception):
    """The base of all errors that this package raises on purpose."""


class ConfigurationError(RetrievalError):
    """A connection that cannot work as it is configured."""


class RefusedError(RetrievalError):
    """A change of an immutable key; the text is the whole refusal (`core.refusal`).

    :param rows: the values that would change, as far as they are known.
    """

    def __init__(self, text: str, rows: tuple[Row, ...] = ()) -> None:
        super().__init__(text)
        self.rows = rows

    @property
    def rejection(self) -> Rejection:
        """The refusal as a preview collects it."""
        return refused(str(self), self.rows)


class GuardError(RetrievalError):
    """A delete was stopped because documents would be lost."""


class AdoptionError(RetrievalError):
    """An object with this natural key exists and may belong to somebody else."""


class WaitError(RetrievalError):
    """A wait timed out before its event happened."""


class GoneError(RetrievalError):
    """The service reports so many missing objects that a wrong connection is the likelier cause."""


class StateError(RetrievalError):
    """The stored state of a resource does not have the form that this package stores."""


class ServiceError(RetrievalError):
    """The service answered with a failure.

    :param operation: what was attempted, as a person would say it: ``"read dataset golden (3f7a…)"``.
    :param status: the HTTP status, or None where there was no answer.
    :param message: the service's own words, already cut to a bounded length.
    :param request_id: the service's id of the request, where it gave one.
    :param hint: what to do next.
    """

    def __init__(
        self,
        operation: str,
        *,
        status: int | None = None,
        message: str = "",
        request_id: str | None = None,
        hint: str = "",
    ) -> None:
        self.operation = operation
        self.status = status
        self.message = message
        self.request_id = request_id
        self.hint = hint
        parts = [f"could not {operation}"]
        if status is not None:
            parts.append(f": HTTP {status}")
        if message:
            parts.append(f": {message}")
        if request_id:
            parts.append(f" (request id {request_id})")
        if hint:
            parts.append(f". {hint}")
        super().__init__("".join(parts))

    def retold(self, *, hint: str, operation: str | None = None, message: str | None = None) -> Self:
        """A copy of this error with another hint, and optionally another operation or message."""
        new = type(self).__new__(type(self))
        new.__dict__.update(self.__dict__)
        ServiceError.__init__(
            new,
            operation or self.operation,
            status=self.status,
            message=self.message if message is None else message,
            request_id=self.request_id,
            hint=hint,
        )
        return new


class AuthenticationError(ServiceError):
    """The service rejects the key as unknown (401)."""


class PermissionDenied(ServiceError):
    """The key is known and not allowed to do this (403)."""


class ObjectMissing(ServiceError):
    """The service says that the object does not exist. This alone does not prove that it is gone."""


class ParentMissing(ObjectMissing):
    """The service says that what the object belongs to does not exist."""


class MalformedAnswerError(ServiceError):
    """An answer to a read that is not the documented one, or is about another object. Nothing is concluded from it."""


class ObjectExists(ServiceError):
    """The natural key is taken."""


class NoAnswerError(ServiceError):
    """There was no HTTP answer.

    :param sent: whether the request may have reached the service. False only for connections that were refused.
    """

    final: bool = False
    """Whether another try would fail in the same way."""

    def __init__(
        self,
        operation: str,
        *,
        message: str,
        sent: bool,
        hint: str = "",
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(operation, status=status, message=message, request_id=request_id, hint=hint)
        self.sent = sent


class UnclearWriteError(NoAnswerError):
    """A write without a clear answer: it may have been carried out, or may be carried out later."""

    repeatable: bool = True
    """Whether it may be sent again where nothing shows that it was carried out."""
