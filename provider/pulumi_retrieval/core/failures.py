"""Turns a failed request without an answer into an error for people. Imported with httpx, when the first request fails."""

from __future__ import annotations

import httpx

from .errors import NoAnswerError, UnclearWriteError
from .messages import Peer, Request
from .origin import proxy_remedy
from .transport import DeadlineError, TooLargeError

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
RUNNING = "Is the service running, and is the base URL right?"
OWN_AUTHORITY = (
    "If the certificate comes from a private authority, name the certificate of that authority: "
    "SSL_CERT_FILE=/path/to/ca.pem"
)


def no_answer(
    error: Exception,
    request: Request,
    peer: Peer,
    *,
    timeout: float,
    whole: float,
    largest: int,
    silence_hint: str,
) -> NoAnswerError:
    """The error for a request without an answer. For a write that the service may have received it is an `UnclearWriteError`.

    :param timeout: seconds for each phase.
    :param whole: seconds for the request as a whole.
    :param largest: bytes of the largest answer.
    """
    through = f" through {peer.proxy}" if peer.proxy else ""
    where = f"{peer.base_url}{through}"
    sent, final, hint = True, False, ""
    if isinstance(error, httpx.ProxyError):
        # The proxy answered to the request for a tunnel: the service got nothing.
        message = (
            f"no answer from {peer.service}; the request goes through {peer.proxy}, which refused it: {_reason(error)}"
        )
        sent, final, hint = False, str(error)[:1] == "4", proxy_remedy(peer)
    elif isinstance(error, _NEVER_LEFT):
        message, sent = f"no connection to {where}: {_reason(error)}", False
        unverified = "CERTIFICATE_VERIFY_FAILED" in str(error)
        hint, final = OWN_AUTHORITY if unverified else RUNNING, unverified
        if peer.proxy and not unverified:
            hint = f"{RUNNING} {proxy_remedy(peer)}"
    elif isinstance(error, DeadlineError):
        message = f"the answer of {where} was not complete within {whole:g} s"
        hint = f"{silence_hint}. " if silence_hint else ""
        hint += "The bound is twice the setting `timeout`"
    elif isinstance(error, TooLargeError):
        message = f"the answer of {where} is larger than {largest >> 20} MiB or a million values, so it was not read"
        final, hint = True, "The service has no answer of that size; is the base URL right?"
    elif isinstance(error, httpx.DecodingError):
        message = f"the answer of {where} cannot be read: {_reason(error)}"
    elif isinstance(error, httpx.TimeoutException):
        message, hint = f"{where} did not answer within {timeout:g} s", silence_hint
    else:
        message = f"the connection to {where} was cut: {_reason(error)}"
    kind = UnclearWriteError if sent and request.writes else NoAnswerError
    made = kind(request.operation, message=message, sent=sent, hint=hint)
    made.final = final
    return made


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
