"""What AWS' client raises becomes one sentence with cloud, call and request id."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions as sdk

from cmp.clouds.aws.failures import translate
from cmp.errors import CmpError, Conflict, Invalid, NothingFits, Refused, TryLater


def answer(code: str, message: str = "said so", status: int = 400) -> sdk.ClientError:
    """An error as the cloud answers it."""
    document: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {
            "RequestId": "constant",
            "HTTPStatusCode": status,
            "HTTPHeaders": {"x-amzn-requestid": "req-7"},
        },
    }
    return sdk.ClientError(document, "RunInstances")


CASES: list[tuple[Exception, type[CmpError], str]] = [
    (sdk.EndpointConnectionError(endpoint_url="http://192.0.2.1"), TryLater, "cannot be reached"),
    (sdk.ProfileNotFound(profile="gy"), Invalid, "profile (gy)"),
    (sdk.NoCredentialsError(), Invalid, "Unable to locate credentials"),
    (
        answer("AuthFailure"),
        Refused,
        "the credentials are not accepted: said so (AuthFailure) (request req-7)",
    ),
    (
        answer("SignatureDoesNotMatch", "Signature expired: 1 is now earlier"),
        Refused,
        "fresh credentials are not valid",
    ),
    (answer("SignatureDoesNotMatch", "wrong secret"), Refused, "the credentials are not accepted"),
    (answer("RequestExpired"), Refused, "fresh credentials are not valid there"),
    (answer("UnauthorizedOperation", status=403), Refused, "the account may not do this"),
    (answer("VpcLimitExceeded"), Refused, "(VpcLimitExceeded)"),
    (answer("RequestLimitExceeded", status=503), TryLater, "said so"),
    (answer("SomethingNew", status=500), TryLater, "said so"),
    (answer("InsufficientInstanceCapacity"), NothingFits, "no host takes it"),
    (answer("DependencyViolation"), Conflict, "said so"),
    (answer("InvalidSubnetID.NotFound"), Invalid, "said so"),
    (answer("InvalidGroup.Duplicate"), Refused, "said so"),
    (answer("InvalidParameterValue"), Invalid, "said so"),
]


@pytest.mark.parametrize(("error", "kind", "sentence"), CASES, ids=range(len(CASES)))
def test_each_failure_has_its_kind_and_sentence(
    error: Exception, kind: type[CmpError], sentence: str
) -> None:
    said = translate("gy-c-pub", "run instance", error)

    assert isinstance(said, kind)
    assert str(said).startswith("cloud gy-c-pub: run instance: ")
    assert sentence in str(said)
    assert said.hint
