"""Translates what lightkube raises into our error tree, with the API server's own sentence."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

import httpx2
from lightkube.core.exceptions import ApiError, ConfigError

from cmp.clouds import failures
from cmp.clouds.failures import Call
from cmp.errors import CmpError

_QUOTA: Final = "exceeded quota"
_WORDS: Final[Mapping[int, Callable[[Call, str], CmpError]]] = {
    HTTPStatus.UNAUTHORIZED: failures.bad_credentials,
    HTTPStatus.FORBIDDEN: failures.not_allowed,
    HTTPStatus.NOT_FOUND: failures.missing,
    HTTPStatus.GONE: failures.busy,
    HTTPStatus.TOO_MANY_REQUESTS: failures.busy,
}
_EXISTS: Final = "AlreadyExists"


def translate(cloud: str, asked: str, error: Exception) -> CmpError:
    """Say what an exception of the client means, with cloud and call."""
    call = Call(cloud, asked)
    if isinstance(error, ApiError):
        return _answered(call, int(error.status.code or 0), str(error.status.reason or ""), str(error))
    if isinstance(error, httpx2.HTTPStatusError):
        return _answered(call, error.response.status_code, "", f"answered {error.response.status_code}")
    if _is_of_another_authority(error):
        return failures.bad_credentials(
            call, "its certificate is not of the authority that the access file names"
        )
    if isinstance(error, httpx2.HTTPError):
        return failures.unreachable(call, str(error) or type(error).__name__)
    if isinstance(error, ConfigError):
        return failures.not_configured(call, str(error))
    return failures.busy(call, f"the answer was not understood: {error}")


def _answered(call: Call, status: int, reason: str, said: str) -> CmpError:
    if _QUOTA in said:
        return failures.over_quota(call, said)
    if status == HTTPStatus.CONFLICT:
        return (failures.taken if reason == _EXISTS else failures.in_use)(call, said)
    fallback = failures.busy if status >= HTTPStatus.INTERNAL_SERVER_ERROR else failures.not_understood
    return _WORDS.get(status, fallback)(call, said)


def _is_of_another_authority(error: BaseException | None) -> bool:
    """True where somewhere below the failure a certificate was not accepted."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
