"""Remembers, in a state folder, what this client is logged in with, what it pushed, and what it waits for."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cmp.errors import TryLater
from cmp.files.placing import read_own, remove_own, write_own
from cmp.model.sealing import canonical
from cmp.sentences import Sentence

TOKEN: Final = "TRICENTER_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one service, in files that nobody else can read."""

    folder: Path

    @classmethod
    def of(cls, state: Path, url: str) -> Memory:
        """The memory of the service at an address."""
        return cls(state / "services" / hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:16])

    @property
    def token(self) -> str:
        """The token that somebody logged in with; empty: nobody did."""
        return str(self._read("login").get("token", ""))

    def log_in(self, url: str, token: str) -> None:
        """Keep a token."""
        self._write("login", {"url": url, "token": token})

    def log_out(self) -> None:
        """Keep none."""
        remove_own(self.folder / "login.json")

    def pushed(self, environment: str) -> str:
        """The revision that was pushed or planned last from here; empty: none."""
        return str(self._read("revisions").get(environment, ""))

    def push(self, environment: str, revision: str) -> None:
        """Remember a revision."""
        self._write("revisions", {**self._read("revisions"), environment: revision})

    def key_of(self, request: Mapping[str, Any]) -> str:
        """The idempotency key of a request: the same as long as it is not finished."""
        name = hashlib.sha256(canonical(dict(request))).hexdigest()
        known = self._read("waiting")
        if name not in known:
            known = {**known, name: secrets.token_hex(16)}
            self._write("waiting", known)
        return str(known[name])

    def finish(self, request: Mapping[str, Any]) -> None:
        """Forget a request's key: asked again, it is another operation."""
        name = hashlib.sha256(canonical(dict(request))).hexdigest()
        self._write("waiting", {key: value for key, value in self._read("waiting").items() if key != name})

    def _read(self, name: str) -> dict[str, Any]:
        try:
            return dict(json.loads(read_own(self.folder / f"{name}.json")))
        except (FileNotFoundError, ValueError):
            return {}

    def _write(self, name: str, document: Mapping[str, Any]) -> None:
        try:
            write_own(self.folder / f"{name}.json", json.dumps(document).encode())
        except OSError as error:
            raise TryLater(
                Sentence(
                    "{folder} cannot be written: {strerror}", folder=self.folder, strerror=error.strerror
                )
            ) from error
