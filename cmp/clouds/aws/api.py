"""Holds the one EC2 client that all drivers and threads of a process share."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.request import getproxies

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from cmp.clouds.aws.access import Access, read_access
from cmp.clouds.aws.failures import EXPECTED, code_of, translate
from cmp.clouds.binding import Binding
from cmp.clouds.transport import is_this_machine, refuse_plain

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

T = TypeVar("T")

_BY_FILES_ALONE: Mapping[str, Any] = {"ignore_configured_endpoint_urls": True}
"""The address is given, or the provider's own: variables that name another are not looked at."""

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 2},
    user_agent_extra="tricenter",
    max_pool_connections=48,
    **_BY_FILES_ALONE,
)


class Api:
    """A lazily made client, which is thread-safe; every call through it fails in words."""

    def __init__(self, binding: Binding) -> None:
        self.cloud = binding.cloud
        self._binding = binding
        self._client: EC2Client | None = None
        self._lock = threading.Lock()

    def ask(self, asked: str, action: Callable[[EC2Client], T]) -> T:
        """Run a call on the client; `asked` says in words what it is for.

        Raises:
            CmpError: what the client raised, translated.
        """
        try:
            return action(self._connected())
        except EXPECTED as error:
            raise translate(self.cloud, asked, error) from error

    def drop(self, asked: str, action: Callable[[EC2Client], object]) -> None:
        """Run a call that removes something: what is gone already is fine."""

        def tolerant(client: EC2Client) -> None:
            try:
                action(client)
            except ClientError as error:
                if not code_of(error).endswith((".NotFound", "NotAttached", "NotFound")):
                    raise

        self.ask(asked, tolerant)

    def _connected(self) -> EC2Client:
        with self._lock:
            if self._client is None:
                self._client = _client(self._binding)
            return self._client


def _client(binding: Binding) -> EC2Client:
    """Make the client from what the binding's files say; variables of the shell add nothing to it."""
    access = read_access(binding)
    boto = boto3.Session(
        access.access_key,
        access.secret_key,
        access.session_token or None,
        access.region or None,
        botocore_session=_deaf_session(),
    )
    config = _CONFIG.merge(Config(**access.variants)) if access.variants else _CONFIG
    client = _made(boto, access, config)
    if getproxies() and is_this_machine(client.meta.endpoint_url):
        client = _made(boto, access, config.merge(Config(proxies={})))
    client.meta.events.register("before-send", lambda request, **_: refuse_plain(binding.cloud, request.url))
    return client


def _made(boto: boto3.Session, access: Access, config: Config) -> EC2Client:
    return boto.client(
        "ec2", endpoint_url=access.endpoint or None, verify=access.authorities or True, config=config
    )


def _deaf_session() -> Session:
    """A session that knows the client's defaults alone, and hears neither variables nor files."""
    known = {name: (None, None, *rest) for name, (_, _, *rest) in Session.SESSION_VARIABLES.items()}
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    return Session(session_vars=known | files)
