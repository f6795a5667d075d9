"""Seals documents that are reviewed before they are carried out: canonical bytes, and a hash over them."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Self

from cmp.model.base import Document


class Sealed(Document):
    """A document whose `hash` is over everything else in it."""

    hash: str = ""

    def sealed(self) -> Self:
        """The same document with its own hash filled in."""
        return self.model_copy(update={"hash": self.digest()})

    def digest(self) -> str:
        """SHA-256, in hex, over the whole canonical document but the hash itself."""
        document = self.model_dump(mode="json")
        del document["hash"]
        return hashlib.sha256(canonical(document)).hexdigest()

    def to_json(self) -> bytes:
        """The canonical bytes: sorted keys, no spaces but one line end, UTF-8."""
        return canonical(self.model_dump(mode="json")) + b"\n"


def canonical(document: Any) -> bytes:
    """Write a document so that equal values give equal bytes.

    Raises:
        ValueError: it holds a number that JSON cannot hold (NaN, infinity).
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()
