"""Asks one cluster through lightkube: typed, in pages, and every failure in words."""

from __future__ import annotations

import json
import ssl
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import httpx2
from lightkube import Client, KubeConfig
from lightkube.core.exceptions import ApiError, ConfigError, LoadResourceError
from lightkube.core.resource import NamespacedResource

from cmp.clouds.binding import Binding
from cmp.clouds.kubernetes.access import Access, own_file, read_access
from cmp.clouds.kubernetes.failures import translate
from cmp.clouds.patience import patiently

T = TypeVar("T")

PAGE: Final = 500
"""Objects a page: a list of thousands is asked in parts, and is whole or an error."""

EXPECTED: Final = (ApiError, httpx2.HTTPError, ConfigError, LoadResourceError, ssl.SSLError, ValueError)
_MANAGER: Final = "tricenter"
_TIMEOUT: Final = httpx2.Timeout(60.0, connect=5.0)


class Api:
    """A lazily made client, which threads share; every call through it fails in words."""

    def __init__(self, binding: Binding) -> None:
        self.cloud = binding.cloud
        self._binding = binding
        self._client: Client | None = None
        self._lock = threading.Lock()

    def ask(self, asked: str, action: Callable[[Client], T]) -> T:
        """Run a call on the client; `asked` says in words what it is for. It may be repeated.

        Raises:
            CmpError: what the client raised, translated.
        """

        def once() -> T:
            try:
                return action(self._connected())
            except EXPECTED as error:
                raise translate(self.cloud, asked, error) from error

        return patiently(once)

    def listed(self, asked: str, kind: type[Any], keep: Callable[[Any], T]) -> tuple[T, ...]:
        """What `keep` takes of each object of a kind, in all namespaces, page by page.

        Raises:
            CmpError: a page could not be had, and so the whole list: half of it would be taken for all.
        """
        return self.ask(asked, lambda client: tuple(keep(each) for each in _pages(client, kind)))

    def is_ready(self) -> None:
        """Make sure that the cluster says it is ready.

        Raises:
            TryLater: it does not answer, or is not ready.
            Refused: it does not accept the credentials.
        """
        self.ask("ask whether it is ready", _ready)

    def _connected(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = connect(read_access(self._binding))
                weakref.finalize(self, self._client.close)
            return self._client


def connect(access: Access) -> Client:
    """A client from values alone: no variable, proxy or home folder of the shell adds anything to it."""
    config = KubeConfig.from_dict(json.loads(own_file(access)))
    client = Client(config=config, timeout=_TIMEOUT, trust_env=False, field_manager=_MANAGER)
    http_of(client).headers["User-Agent"] = _MANAGER  # audit logs tell by it who asked
    return client


def http_of(client: Client) -> httpx2.Client:
    """The HTTP client below, for what lightkube has no word for."""
    found: httpx2.Client = client._client._client  # noqa: SLF001 - see above
    return found


def _pages(client: Client, kind: type[Any]) -> Iterator[Any]:
    if issubclass(kind, NamespacedResource):
        return iter(client.list(kind, namespace="*", chunk_size=PAGE))
    return iter(client.list(kind, chunk_size=PAGE))


def _ready(client: Client) -> None:
    """Ask the plain page, for which lightkube has no call."""
    http_of(client).get("/readyz").raise_for_status()
