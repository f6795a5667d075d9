"""Makes an account's user with its own keys, after which the server asks everybody for keys."""

from __future__ import annotations

import configparser
import io
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection

import boto3
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config

from cmp.errors import TryLater
from cmp.sentences import Sentence
from lab.aws.serving import ASK_FOR_KEYS, SECRET_HEADER
from lab.aws.spec import ProfileSpec

USER = "tricenter"
_ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_TIMEOUT_SECONDS = 30
_PAST_PROXIES = Config(retries={"max_attempts": 3}, proxies={})
"""A proxy would carry the lab's secret elsewhere."""


@dataclass(frozen=True, slots=True)
class Keys:
    """An access key as the cloud's identity service issued it."""

    access_key: str
    secret_key: str = field(repr=False)


def make_user(endpoint: str, spec: ProfileSpec, secret: str) -> Keys:
    """Make a user who may do everything in the partition of the profile's region; `secret` is the lab's."""
    identity = boto3.session.Session(
        aws_access_key_id="first-administrator",
        aws_secret_access_key="none-is-checked-yet",  # noqa: S106
    ).client("iam", region_name=spec.region, endpoint_url=endpoint, config=_PAST_PROXIES)
    identity.meta.events.register("before-send.iam", lambda request, **_: _by_lab(request, secret))
    name = f"{USER}-{spec.profile}"
    identity.create_user(UserName=name)
    identity.put_user_policy(UserName=name, PolicyName="everything", PolicyDocument=json.dumps(_ALLOW_ALL))
    key = identity.create_access_key(UserName=name)["AccessKey"]
    return Keys(key["AccessKeyId"], key["SecretAccessKey"])


def _by_lab(request: AWSPreparedRequest, secret: str) -> None:
    request.headers[SECRET_HEADER] = secret


def ask_for_keys(endpoint: str, secret: str) -> None:
    """Have the server check signatures and rights from now on, as a real cloud does.

    Raises:
        TryLater: it does not.
    """
    server = HTTPConnection(endpoint.removeprefix("http://"), timeout=_TIMEOUT_SECONDS)
    headers = {"Content-Type": "text/plain", SECRET_HEADER: secret}
    server.request("POST", ASK_FOR_KEYS, body="0", headers=headers)
    answer = server.getresponse()
    server.close()
    if answer.status != HTTPStatus.OK:
        raise TryLater(
            Sentence("the AWS lab would not begin to ask for keys: {status}", status=answer.status),
            hint="start it again",
        )


def config_file(endpoint: str, specs: tuple[ProfileSpec, ...]) -> str:
    """Write the profiles as the cloud's ordinary clients read them."""
    return _ini(
        {
            f"profile {spec.profile}": {"region": spec.region, "endpoint_url": endpoint, "output": "json"}
            for spec in specs
        }
    )


def credentials_file(keys: dict[str, Keys]) -> str:
    """Write the keys by profile as the cloud's ordinary clients read them."""
    return _ini(
        {
            profile: {"aws_access_key_id": key.access_key, "aws_secret_access_key": key.secret_key}
            for profile, key in keys.items()
        }
    )


def _ini(sections: dict[str, dict[str, str]]) -> str:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_dict(sections)
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()
