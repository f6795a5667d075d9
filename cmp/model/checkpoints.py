"""Defines a checkpoint of the audit: how far it reached at a moment, signed, to be kept somewhere else."""

from __future__ import annotations

from typing import Literal

from cmp.model.base import Document
from cmp.model.sealing import canonical


class Checkpoint(Document):
    """The newest entry at a moment; `key` is the fingerprint of who signed, `signature` is in hex (Ed25519).

    The chain alone shows what was changed in its middle. Whoever cuts its end off, or replaces all of it, is
    found by a checkpoint that was kept where they do not reach.
    """

    version: Literal[1] = 1
    number: int
    hash: str
    at: str
    key: str
    signature: str = ""

    @property
    def signed(self) -> bytes:
        """What the signature is over: all but itself."""
        return canonical(self.model_dump(mode="json", exclude={"signature"}))
