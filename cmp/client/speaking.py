"""Speaks HTTP with a service: one connection, the token where nobody reads it, refusals as our own errors."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from cmp.errors import Invalid, Refused, TryLater
from cmp.model.operations import Failure
from cmp.sentences import Sentence
from cmp.workflows.failures import error_of

PATIENCE: Final = 30.0
"""Seconds to wait for an answer; a stream says something every 15 s."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """One service, as somebody known by a token."""

    url: str
    token: str = field(default="", repr=False)
    transport: httpx.BaseTransport | None = None
    """Where tests answer in the same process; None: the network."""

    def __post_init__(self) -> None:
        """Refuse what is no service, and a token in the clear."""
        parsed = httpx.URL(self.url)
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise Invalid(
                Sentence("{url} is no address of a service", url=f"{self.url!r:.80}"),
                hint="such as https://cmp.example:8443",
            )
        if parsed.scheme == "http" and not _is_loopback(parsed.host) and self.transport is None:
            raise Refused(
                Sentence("a token is never sent in the clear to {host}", host=parsed.host),
                hint="use https, or a service on loopback",
            )

    def get(self, path: str, **query: str) -> Any:
        """What lies there.

        Raises:
            CmpError: what the service refuses.
            TryLater: it does not answer.
        """
        return self._json(self._sent("GET", path, params=query))

    def raw(self, path: str) -> bytes:
        """The bytes that lie there."""
        return self._sent("GET", path).content

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """What the service answers to a change."""
        return self._json(self._sent("POST", path, json=body, headers=headers))

    def put(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
        """What the service answers to something that is put there."""
        return self._json(self._sent("PUT", path, json=body, headers=headers))

    def delete(self, path: str, headers: Mapping[str, str] | None = None) -> None:
        """Have something end."""
        self._sent("DELETE", path, headers=headers)

    def events(self, path: str, after: int) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
        """Number, name and data of what a stream tells, from the event after that one.

        Raises:
            Interrupted: the service has gone away.
        """
        headers = {**self._headers, "Last-Event-ID": str(after), "Accept": "text/event-stream"}
        with (
            self._client() as client,
            _reached(self.url),
            client.stream("GET", path, headers=headers) as told,
        ):
            if told.is_error:
                told.read()
                raise _refusal(told)
            yield from _events(told.iter_lines(), after)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=PATIENCE, transport=self.transport)

    def _sent(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        with self._client() as client, _reached(self.url):
            answered = client.request(method, path, headers={**self._headers, **(headers or {})}, **options)
        if answered.is_error:
            raise _refusal(answered)
        return answered

    def _json(self, answered: httpx.Response) -> Any:
        try:
            return answered.json() if answered.content else None
        except ValueError as error:
            raise TryLater(
                Sentence("{url} does not answer as a service does", url=self.url), hint="look at the address"
            ) from error


@contextmanager
def _reached(url: str) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise TryLater(
            Sentence("the service at {url} does not answer: {error}", url=url, error=error),
            hint="see that it runs",
        ) from error


def _events(lines: Iterator[str], after: int) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    number, name, data = after, "message", ""
    for line in lines:
        field_, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field_ == "id":
            number = int(value)
        elif field_ == "event":
            name = value
        elif field_ == "data":
            data += value
        elif not line and data:
            yield number, name, json.loads(data)
            name, data = "message", ""


def _refusal(answered: httpx.Response) -> Exception:
    try:
        found = answered.json()
        failure = Failure(
            code=found["code"],
            message=found["title"],
            hint=found.get("hint", ""),
            exit_code=found.get("exit_code", 3),
            status=answered.status_code,
            problems=tuple(found.get("problems", ())),
        )
    except (ValueError, KeyError, TypeError):
        return TryLater(
            Sentence("the service answered with {status_code}", status_code=answered.status_code),
            hint="look at its log",
        )
    return error_of(failure)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
