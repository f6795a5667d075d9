"""What OpenStack's clients raise becomes one sentence with cloud, call and request id."""

from __future__ import annotations

from typing import Any

import pytest
from keystoneauth1 import exceptions as auth
from openstack import exceptions as sdk

from cmp.clouds.openstack.failures import translate
from cmp.errors import CmpError, Conflict, Invalid, Refused, TryLater


class Answer:
    """What the SDK keeps of an HTTP answer."""

    def __init__(self, status: int, url: str = "http://192.0.2.1/v2.1/servers") -> None:
        self.status_code = status
        self.url = url
        self.reason = "because"
        self.headers = {"x-openstack-request-id": "req-7", "Date": "Mon, 23 Nov 2026 15:00:00 GMT"}


def http(status: int, details: str, kind: type[Any] = sdk.HttpException) -> Any:
    """An exception of the SDK as a service's answer gives it."""
    answer: Any = Answer(status)
    return kind("Client Error", response=answer, details=details, request_id="req-7", http_status=status)


CASES: list[tuple[Exception, type[CmpError], str]] = [
    (auth.ConnectFailure("refused"), TryLater, "cannot be reached: refused"),
    (auth.ConnectTimeout("timed out"), TryLater, "cannot be reached: timed out"),
    (sdk.ConfigException("Cloud x was not found."), Invalid, "Cloud x was not found"),
    (auth.EndpointNotFound("no network"), Refused, "the account's catalog has no such service"),
    (sdk.NotSupported("exists but has no supported versions"), TryLater, "cannot be reached"),
    (auth.DiscoveryFailure("no versions"), TryLater, "cannot be reached"),
    (http(400, "bad name", sdk.BadRequestException), Invalid, "bad name (request req-7)"),
    (
        http(403, "not by policy", sdk.ForbiddenException),
        Refused,
        "the account may not do this: not by policy",
    ),
    (http(403, "Quota exceeded for cores"), Refused, "Quota exceeded for cores"),
    (http(409, "Quota exceeded for resources: ['port']"), Refused, "Quota exceeded"),
    (http(409, "in use", sdk.ConflictException), Conflict, "in use (request req-7)"),
    (http(409, "Flavor with name f already exists.", sdk.ConflictException), Refused, "already exists"),
    (http(404, "no flavor f", sdk.NotFoundException), Invalid, "no flavor f"),
    (http(429, "slow down"), TryLater, "slow down"),
    (http(503, "<h1>down</h1>"), TryLater, "the service failed with 503: down"),
    (http(401, "unauthorized"), Refused, "its clock says Mon, 23 Nov 2026 15:00:00 GMT"),
    (auth.Unauthorized("wrong password"), Refused, "the credentials are not accepted: wrong password"),
]


@pytest.mark.parametrize(("error", "kind", "sentence"), CASES, ids=[case[2][:30] for case in CASES])
def test_each_failure_has_its_kind_and_sentence(
    error: Exception, kind: type[CmpError], sentence: str
) -> None:
    said = translate("bj-a-gov", "create server", error)

    assert isinstance(said, kind)
    assert str(said).startswith("cloud bj-a-gov: create server: ")
    assert sentence in str(said)
    assert said.hint
