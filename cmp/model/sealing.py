"""Seals documents that are reviewed before they are carried out: canonical bytes, and a hash over them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from cmp.model.base import Document


class Sealed(Document):
    """A document whose `hash` is over everything else in it, but for what only says where things lie."""

    # Fields that say where something lies: it may be moved, and the document stays the same.
    LYING: ClassVar[frozenset[str]] = frozenset()

    hash: str = ""

    def sealed(self) -> Self:
        """The same document with its own hash filled in."""
        return self.model_copy(update={"hash": self.digest()})

    def digest(self) -> str:
        """SHA-256, in hex, over the whole canonical document but the hash itself and where things lie."""
        return digest_of(self.model_dump(mode="json"), self.LYING)

    @property
    def is_sealed(self) -> bool:
        """True where its hash is right; older versions counted in where things lie."""
        return self.hash in {self.digest(), digest_of(self.model_dump(mode="json"))}

    def to_json(self) -> bytes:
        """The canonical bytes: sorted keys, no spaces but one line end, UTF-8."""
        return canonical(self.model_dump(mode="json")) + b"\n"


def digest_of(document: Mapping[str, Any], without: frozenset[str] = frozenset()) -> str:
    """SHA-256, in hex, over a sealed document as it was written: everything but its own `hash`.

    `without` names more that does not count.

    A document of an older version may lack fields that have defaults now; what it was sealed over is what is
    written, not what it reads as today.
    """
    counted = {key: document[key] for key in document if key != "hash" and key not in without}
    return hashlib.sha256(canonical(counted)).hexdigest()


def canonical(document: Any) -> bytes:
    """Write a document so that equal values give equal bytes.

    Raises:
        ValueError: it holds a number that JSON cannot hold (NaN, infinity).
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()
