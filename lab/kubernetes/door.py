"""Asks a cluster of the lab with its own keys: plain HTTP and JSON, so that nothing slow is imported."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from typing import Any

from cmp.errors import TryLater
from cmp.sentences import Sentence
from lab.kubernetes.layout import Place
from lab.ports import ADDRESS

MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
_PATIENCE = 20.0
_MANAGER = "tricenter-lab"

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Door:
    """The API of one cluster, as one of the users that have a certificate there."""

    place: Place
    user: str = "admin"
    patience: float = field(default=_PATIENCE)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        keys = self.place.keys
        trust = ssl.create_default_context(cafile=str(keys / "ca.crt"))
        trust.load_cert_chain(keys / f"{self.user}.crt", keys / f"{self.user}.key")
        return trust

    def ask(
        self, verb: str, path: str, body: Body | None = None, form: str = "application/json"
    ) -> tuple[int, Any]:
        """The status and what came with it: a JSON value, or text.

        Raises:
            OSError: nobody answers.
        """
        line = self._line(self.patience)
        try:
            headers = {"Content-Type": form, "Accept": "application/json"}
            line.request(verb, path, json.dumps(body) if body is not None else None, headers)
            answer = line.getresponse()
            text = answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, json.loads(text) if is_json else text.decode()
        except HTTPException as problem:
            raise OSError(f"{self.place.url}: {problem}") from problem
        finally:
            line.close()

    def must(self, verb: str, path: str, body: Body | None = None, form: str = "application/json") -> Any:
        """What `ask` answers, where it is no refusal.

        Raises:
            TryLater: the cluster does not answer, or refuses.
        """
        try:
            status, said = self.ask(verb, path, body, form)
        except OSError as problem:
            raise TryLater(
                Sentence("cluster {name} does not answer: {problem}", name=self.place.name, problem=problem)
            ) from problem
        if status >= HTTPStatus.BAD_REQUEST:
            why = said.get("message", "") if isinstance(said, dict) else said
            raise TryLater(
                Sentence(
                    "cluster {name} refuses {verb} {path}: {why}",
                    name=self.place.name,
                    verb=verb,
                    path=path,
                    why=why,
                )
            )
        return said

    def apply(self, path: str, body: Body) -> Any:
        """Make an object what it should be, whether it is there or not."""
        return self.must("PATCH", f"{path}?fieldManager={_MANAGER}&force=true", body, APPLY)

    def is_ready(self) -> bool:
        """True when its API says that it is ready."""
        try:
            return self.ask("GET", "/readyz")[0] == HTTPStatus.OK
        except OSError:
            return False

    def watch(self, path: str, version: str, seconds: int) -> Iterator[tuple[str, Any]]:
        """What changes from a version on, as pairs of a word and the object; ends after some seconds.

        Raises:
            OSError: the line broke.
        """
        line = self._line(seconds + self.patience)
        try:
            line.request("GET", f"{path}?watch=1&resourceVersion={version}&timeoutSeconds={seconds}")
            answer = line.getresponse()
            yield from _events(answer)
        except HTTPException as problem:
            raise OSError(f"{self.place.url}: {problem}") from problem
        finally:
            line.close()

    def _line(self, patience: float) -> HTTPSConnection:
        return HTTPSConnection(ADDRESS, self.place.port, context=self._trust, timeout=patience)


def _events(answer: HTTPResponse) -> Iterator[tuple[str, Any]]:
    if answer.status != HTTPStatus.OK:
        raise OSError(f"a watch was answered with {answer.status}")
    while text := answer.readline():
        event = json.loads(text)
        yield event["type"], event["object"]
