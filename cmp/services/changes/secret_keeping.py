"""Keeps a secret where references to it are answered from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cmp.means import Means


@dataclass(frozen=True, slots=True)
class SecretKept:
    """That a secret is kept now; never the secret."""

    reference: str

    @property
    def document(self) -> dict[str, Any]:
        """The reference."""
        return {"kept": self.reference}


def keep(means: Means, reference: str, secret: str) -> SecretKept:
    """Keep a secret under a reference, in place of the one before.

    Args:
        means: what the use case works with.
        reference: `secret://SCOPE/NAME`, as environments have it.
        secret: the secret; it is told to nobody.

    Raises:
        Invalid: it is no reference, or there is no secret.
        Refused: whoever keeps secrets does not let us.
        TryLater: it cannot be kept; the one before is unchanged.
    """
    means.ports.secrets.keep(reference, secret)
    return SecretKept(reference)
