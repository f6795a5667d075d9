"""Translates what openstacksdk and keystoneauth raise into our error tree."""

from __future__ import annotations

import re
from typing import Any

import requests.exceptions
from keystoneauth1 import exceptions as auth
from openstack import exceptions as sdk

from cmp.clouds import failures
from cmp.clouds.failures import Call
from cmp.errors import CmpError

_UNREACHABLE = (
    auth.ConnectFailure,
    auth.ConnectTimeout,
    auth.UnknownConnectionError,
    auth.RetriableConnectionFailure,
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    # an endpoint that the catalog names and that says no version of itself: it is down, or just going down
    auth.DiscoveryFailure,
    sdk.NotSupported,
)
_NOT_CONFIGURED = (sdk.ConfigException, auth.MissingRequiredOptions, auth.NoMatchingPlugin)
_NOT_SERVED = (auth.EndpointNotFound, sdk.EndpointNotFound)

EXPECTED = (sdk.SDKException, auth.ClientException, requests.exceptions.RequestException)
"""Everything that the clients raise on purpose."""

_MARKUP = re.compile(r"</?\w+ ?/?>")

_BY_STATUS = {
    400: failures.not_understood,
    403: failures.not_allowed,
    404: failures.missing,
    409: failures.in_use,
    413: failures.busy,
    429: failures.busy,
}


def translate(cloud: str, asked: str, error: Exception) -> CmpError:
    """Say what an exception of the clients means, with cloud, call and request id."""
    call = Call(cloud, asked, str(getattr(error, "request_id", None) or ""))
    if isinstance(error, _UNREACHABLE):
        return failures.unreachable(call, _short(error))
    if isinstance(error, _NOT_CONFIGURED):
        return failures.not_configured(call, _short(error))
    if isinstance(error, _NOT_SERVED):
        return failures.not_allowed(call, f"the account's catalog has no such service ({_short(error)})")
    return _answered(call, error, _status(error))


def _answered(call: Call, error: Exception, status: int | None) -> CmpError:
    """Translate what a service answered with an HTTP status."""
    if status == 401:  # noqa: PLR2004 - HTTP's number
        return _unauthorized(call, error)
    if "quota" in _short(error).lower() and status in {403, 409, 413}:
        return failures.over_quota(call, _short(error))
    if status == 409 and "already exists" in _short(error):  # noqa: PLR2004 - HTTP's number
        return failures.taken(call, _short(error))
    if status is not None and status >= 500:  # noqa: PLR2004 - HTTP's number
        return failures.busy(call, f"the service failed with {status}: {_short(error)}")
    word = _BY_STATUS.get(status or 0, failures.broken)
    return word(call, _short(error))


def _unauthorized(call: Call, error: Exception) -> CmpError:
    """A 401 of the identity service is about the secret; one of another service comes after a fresh token."""
    url = str(getattr(error, "url", None) or getattr(getattr(error, "response", None), "url", ""))
    if "/auth/tokens" in url or isinstance(error, auth.Unauthorized):
        return failures.bad_credentials(call, _short(error))
    stamp = _date(error)
    return failures.clocks_differ(call, f"its clock says {stamp}" if stamp else _short(error))


def _status(error: Exception) -> int | None:
    for name in ("status_code", "http_status"):
        value = getattr(error, name, None)
        if isinstance(value, int) and value:
            return value
    return None


def _date(error: Exception) -> str:
    response: Any = getattr(error, "response", None)
    return str(response.headers.get("Date", "")) if response is not None else ""


def _short(error: Exception) -> str:
    """The cloud's own sentence, on one line."""
    text = str(getattr(error, "details", None) or getattr(error, "message", None) or error)
    return " ".join(_MARKUP.sub(" ", text).split()) or type(error).__name__
