"""Translates what botocore raises into our error tree."""

from __future__ import annotations

from collections.abc import Callable

from botocore import exceptions as sdk

from cmp.clouds import failures
from cmp.clouds.failures import Call
from cmp.errors import CmpError

EXPECTED = (sdk.BotoCoreError, sdk.ClientError)
"""Everything that the client raises on purpose."""

_UNREACHABLE = (sdk.ConnectionError, sdk.HTTPClientError)
_NOT_CONFIGURED = (
    sdk.ProfileNotFound,
    sdk.ConfigNotFound,
    sdk.ConfigParseError,
    sdk.NoRegionError,
    sdk.NoCredentialsError,
    sdk.PartialCredentialsError,
    sdk.InvalidRegionError,
)
_WORDS: dict[str, Callable[[Call, str], CmpError]] = {
    "AuthFailure": failures.bad_credentials,
    "InvalidClientTokenId": failures.bad_credentials,
    "UnrecognizedClientException": failures.bad_credentials,
    "InvalidAccessKeyId": failures.bad_credentials,
    "SignatureDoesNotMatch": failures.bad_credentials,
    "RequestExpired": failures.clocks_differ,
    "RequestTimeTooSkewed": failures.clocks_differ,
    "ExpiredToken": failures.clocks_differ,
    "UnauthorizedOperation": failures.not_allowed,
    "AccessDenied": failures.not_allowed,
    "OptInRequired": failures.not_allowed,
    "InsufficientInstanceCapacity": failures.no_host,
    "InsufficientHostCapacity": failures.no_host,
    "RequestLimitExceeded": failures.busy,
    "Throttling": failures.busy,
    "Unavailable": failures.busy,
    "ServiceUnavailable": failures.busy,
    "InternalError": failures.busy,
    "InternalFailure": failures.busy,
    "DependencyViolation": failures.in_use,
    "IncorrectState": failures.in_use,
    "IncorrectInstanceState": failures.in_use,
}
_NOT_YET = ("not yet current", "expired")
"""What a wrong signature says when it is a wrong clock."""


def translate(cloud: str, asked: str, error: Exception) -> CmpError:
    """Say what an exception of the client means, with cloud, call and request id."""
    if isinstance(error, sdk.ClientError):
        return _answered(Call(cloud, asked, request_id(error)), error)
    call = Call(cloud, asked)
    if isinstance(error, _NOT_CONFIGURED):
        return failures.not_configured(call, str(error))
    if isinstance(error, _UNREACHABLE):
        return failures.unreachable(call, str(error))
    return failures.busy(call, f"the answer was not understood: {error}")


def _answered(call: Call, error: sdk.ClientError) -> CmpError:
    code, message = code_of(error), str(error.response.get("Error", {}).get("Message", ""))
    what = f"{message} ({code})"
    if code == "SignatureDoesNotMatch" and any(word in message for word in _NOT_YET):
        return failures.clocks_differ(call, what)
    if code.endswith("LimitExceeded") and code not in _WORDS:
        return failures.over_quota(call, what)
    if code.endswith(".Duplicate"):
        return failures.taken(call, what)
    if code.endswith(".NotFound"):
        return failures.missing(call, what)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    fallback = failures.busy if status >= 500 else failures.not_understood  # noqa: PLR2004 - HTTP's number
    return _WORDS.get(code, fallback)(call, what)


def code_of(error: sdk.ClientError) -> str:
    """The cloud's name for what went wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))


def request_id(error: sdk.ClientError) -> str:
    """The request's id, from the header where it is there: some endpoints answer a constant in the body."""
    metadata = error.response.get("ResponseMetadata", {})
    headers = metadata.get("HTTPHeaders", {})
    return str(headers.get("x-amzn-requestid") or metadata.get("RequestId") or "")
