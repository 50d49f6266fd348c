"""Interprets the failures of Trieve (`docs/services/trieve.md` 1 and 6, and observed 2).

A 404, a 401 and a 500 `Not Found` may all come from a momentary failure of its database, and a write that was answered 408 may
still be carried out.
"""

from __future__ import annotations

from ...core.errors import (
    AuthenticationError,
    ObjectExists,
    ObjectMissing,
    ParentMissing,
    PermissionDenied,
    ServiceError,
    UnclearWriteError,
)
from ...core.messages import Answer, Request
from ...core.origin import foreign, is_elsewhere, is_page, with_waiting
from ...core.redaction import shorten
from ...core.words import Words, sentence

NO_CONNECTION = "Could not get database connection"
DUPLICATE = "a dataset with the same tracking_id already exists"
LOCKED = "Cannot delete a locked dataset"
NOT_ALL_DELETED = "Error deleting dataset"

HINT_426 = "The plan's limit is reached; deleted datasets count until the service's worker has removed them"


def retryable(request: Request, answer: Answer) -> bool:
    """Whether to retry: always after 429 and the transient 400; for reads also after 5xx, except those that mean absence."""
    message = _words(answer)
    if answer.status == 429 or (answer.status == 400 and message == NO_CONNECTION):
        return True
    if request.writes:
        return False
    if answer.status == 500 and message == "Not Found":
        return False
    return answer.status >= 500 or answer.status == 408 or answer.garbled


def is_own(answer: Answer) -> bool:
    """Whether a failure comes from the service, and not from a web server on the way, which has a "Not Found" page too.

    The service answers ``{"message": …}``; an empty body for an unknown path or method (trieve.md 1.1); and one line of plain
    text for a request that it cannot parse (observed 3).
    """
    if is_elsewhere(answer):
        return False
    if isinstance(answer.body, dict):
        return isinstance(answer.body.get("message"), str)
    if not answer.raw:
        return answer.status in (404, 405)
    return answer.status == 400 and not answer.parsed and not is_page(answer)


def message_of(answer: Answer) -> str:
    """The message of a failure; a body of unknown shape is cut."""
    if isinstance(answer.body, dict) and isinstance(answer.body.get("message"), str):
        return shorten(answer.body["message"])
    return shorten(answer.text)


def _words(answer: Answer) -> str:
    """The message of the service in JSON, whose meaning is documented; empty for other answers."""
    return message_of(answer) if isinstance(answer.body, dict) and is_own(answer) else ""


def failure(answer: Answer, words: Words) -> ServiceError:
    """The exception for a failure. :param words: how it names remedies."""
    if not is_own(answer):
        return foreign(answer)
    request, message, told = answer.request, message_of(answer), _words(answer)

    def make(kind: type[ServiceError], hint: str = "") -> ServiceError:
        return kind(
            request.operation,
            status=answer.status,
            message=message,
            request_id=answer.request_id,
            hint=with_waiting(answer, hint),
        )

    if answer.status == 401:
        return make(AuthenticationError, f"Is the key right? {sentence(words.stored_credentials)}")
    if answer.status == 403:
        return make(PermissionDenied, "The key is known but may not do this; it needs the role of an owner")
    if answer.status == 404 and "Organization not found" in told:
        return make(ParentMissing, "Is trieve:organizationId right?")
    if answer.status == 404 and told.startswith("Not Found"):
        return make(ObjectMissing)
    if answer.status == 500 and told == "Not Found":
        return make(ObjectMissing)
    if answer.status == 400 and DUPLICATE in told:
        hint = (
            "If another dataset of this program gives the tracking id up, it must do so before: "
            f"{words.depend_on_other} (pulumi-retrieval docs migrate-dataset)"
        )
        return make(ObjectExists, hint if request.method == "PUT" else "")
    if answer.status == 400 and told == LOCKED:
        return make(
            ServiceError,
            f"Set LOCKED to false in server_configuration, {words.apply}, then remove the dataset. A confirmed delete "
            "(trieve:confirmDeletes) also removes a lock that the program has set: pulumi-retrieval docs off-boarding",
        )
    if answer.status == 400 and told == NOT_ALL_DELETED:
        return make(
            ServiceError,
            "A dataset in it may have LOCKED set. The service deletes datasets one by one and stops at the first that it "
            "cannot delete, so others may be gone already",
        )
    if answer.status == 426:
        return make(ServiceError, HINT_426)
    if request.writes and (answer.status == 408 or answer.status >= 500):
        return UnclearWriteError(
            request.operation,
            message=message,
            sent=True,
            hint=with_waiting(answer, ""),
            status=answer.status,
            request_id=answer.request_id,
        )
    return make(ServiceError)
