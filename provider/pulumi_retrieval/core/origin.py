"""Finds out whether an answer comes from the service, or from a proxy, gateway or web server on the way.

A failure counts as an answer of the service only if it has the shape that the service documents for failures. Only then does its
status have the documented meaning. All other failures are shown as answers of another server.
"""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from .addresses import UNREADABLE, shown
from .errors import ServiceError, UnclearWriteError
from .messages import Answer, Peer
from .redaction import shorten

PROXY_WANTS_LOGIN = 407


def is_elsewhere(answer: Answer) -> bool:
    """Whether an answer is a redirect, or a status that only proxies send, whatever its body says."""
    return 300 <= answer.status < 400 or answer.status == PROXY_WANTS_LOGIN


def is_page(answer: Answer) -> bool:
    """Whether an answer is a web page."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    start = answer.raw[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return kind in ("text/html", "application/xhtml+xml") or start.startswith((b"<!doctype html", b"<html"))


def foreign(answer: Answer, *, hint: str = "") -> ServiceError:
    """The error for a failure that does not have the documented shape of the service.

    :param hint: what else may be wrong in the settings of the service.
    """
    request = answer.request
    if request.writes and (answer.status == 408 or answer.status >= 500):
        return UnclearWriteError(
            request.operation,
            message=_excerpt(answer),
            sent=True,
            hint=with_waiting(answer, stranger(answer)),
            status=answer.status,
            request_id=answer.request_id,
        )
    return ServiceError(
        request.operation,
        status=answer.status,
        message=_excerpt(answer),
        request_id=answer.request_id,
        hint=with_waiting(answer, " ".join(part for part in (stranger(answer), hint) if part)),
    )


def stranger(answer: Answer) -> str:
    """The hint for an answer that the service did not give: where it may come from, and what to do."""
    peer, status = answer.peer, answer.status
    if 300 <= status < 400:
        target = _target(answer)
        said = f"it redirects to {target}" if target != UNREADABLE else "it redirects without saying where to"
        return f"{_none(peer)}; {said}, and no redirect is followed. {_remedy(peer)}"
    if status == PROXY_WANTS_LOGIN:
        return f"{_none(peer)}; a proxy asks for a user name and a password. {_remedy(peer)}"
    return f"{_none(peer)}. {_remedy(peer)}"


def with_waiting(answer: Answer, hint: str) -> str:
    """A hint, preceded by the time that the service asked to wait, if that is longer than this package waits."""
    if answer.unwaited is None:
        return hint
    asked = f"{answer.unwaited:g}" if answer.unwaited < 1e9 else "more than 1000000000"
    told = f"It asks to wait {asked} s (Retry-After), which is longer than a run waits; run the same command again then"
    return f"{told}. {hint}" if hint else told


def proxy_remedy(peer: Peer) -> str:
    """What to do if a proxy prevents requests."""
    variable = peer.proxy.partition("=")[0]
    return f"Correct or unset {variable}, or add {urlsplit(peer.base_url).hostname} to NO_PROXY"


def _none(peer: Peer) -> str:
    between = f"; the request goes through {peer.proxy}" if peer.proxy else ""
    return f"This answer does not come from {peer.service}{between}"


def _remedy(peer: Peer) -> str:
    if peer.proxy:
        return proxy_remedy(peer)
    return f"Is {peer.base_url or 'the base URL'} the API of {peer.service}, and is a proxy or gateway in between?"


def _target(answer: Answer) -> str:
    where = answer.headers.get("location", "")
    try:
        return shown(urljoin(f"{answer.peer.base_url}/", where)) if where else UNREADABLE
    except ValueError:
        return UNREADABLE


def _excerpt(answer: Answer) -> str:
    """The beginning of the body; empty for a redirect, whose body repeats the whole address, secrets included."""
    return "" if 300 <= answer.status < 400 else shorten(answer.text)
