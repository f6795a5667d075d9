"""Posts notices to an address, signed so that whoever takes them knows that they are ours."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx

from cmp.couriers.words import both
from cmp.errors import Refused, TryLater
from cmp.model.notices import Notice
from cmp.model.sealing import canonical
from cmp.sentences import Sentence

PATIENCE: Final = 10.0
"""Seconds for all of it."""
SIGNED: Final = "Tricenter-Signature"
"""HMAC-SHA256 over the body, as `sha256=` and hex digits; whoever takes a notice recomputes it."""
KEY: Final = "Idempotency-Key"
"""The notice's id: one that comes twice is the same."""
LATER: Final = frozenset({408, 425, 429})
"""Refusals that say: not now (RFC 9110, 15.5.9; RFC 8470, 5.2; RFC 6585, 4)."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes JSON by POST; what its URL asks with `?` is never told."""

    url: str = field(repr=False)
    secret: Callable[[], str] | None = None
    """Answers the shared secret at the last moment; None: nothing is signed."""

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        parsed = httpx.URL(self.url)
        return f"{parsed.scheme}://{parsed.netloc.decode()}"

    def send(self, notice: Notice) -> None:
        """Post a notice; another address that it is sent on to is not followed.

        Raises:
            Refused: it is not wanted there (4xx but 408, 425 and 429).
            TryLater: it cannot be taken there now.
        """
        body = canonical({**notice.document, "text": both(notice)})
        headers = {"Content-Type": "application/json", KEY: notice.id}
        if self.secret is not None:
            digest = hmac.new(self.secret().encode(), body, hashlib.sha256).hexdigest()
            headers[SIGNED] = f"sha256={digest}"
        try:
            answered = httpx.post(self.url, content=body, headers=headers, timeout=PATIENCE)
        except httpx.HTTPError as error:
            raise TryLater(
                Sentence("{address} takes no notice: {why}", address=self.address, why=type(error).__name__)
            ) from error
        if answered.is_success:
            return
        sentence = Sentence(
            "{address} takes no notice: {why}", address=self.address, why=f"HTTP {answered.status_code}"
        )
        if answered.is_client_error and answered.status_code not in LATER:
            raise Refused(sentence)
        raise TryLater(sentence)
