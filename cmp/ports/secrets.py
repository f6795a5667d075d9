"""Says what is asked of whatever keeps secrets: an environment names them by reference alone."""

from __future__ import annotations

from typing import Final, Protocol

from cmp.errors import Invalid
from cmp.sentences import Sentence

SCHEME: Final = "secret://"
SUDO: Final = f"{SCHEME}sudo/"
"""References of passwords that sudo asks for on hosts."""
TSIG: Final = f"{SCHEME}tsig/"
"""References of keys of name servers, as `tsig-keygen` writes them."""


class Secrets(Protocol):
    """Answers references such as `secret://service/database-password`, in the moment before they are used.

    No sentence and no error repeats a secret, nor a part of one.
    """

    def reveal(self, reference: str) -> str:
        """The secret.

        Raises:
            Invalid: there is none of that reference, or it is no text.
            NotOurs: somebody else may have put it there.
            Refused: whoever keeps it does not let us have it.
            TryLater: whoever keeps it cannot be asked.
        """
        ...

    def keep(self, reference: str, secret: str) -> None:
        """Keep a secret under a reference, in place of the one before.

        Raises:
            Invalid: it is no reference, or an empty secret.
            Refused: whoever keeps it does not let us.
            TryLater: it cannot be kept; the one before is unchanged.
        """
        ...


def none_kept(reference: str) -> str:
    """Answers no reference: for work that names no secret.

    Raises:
        Invalid: always.
    """
    raise Invalid(Sentence("there is no secret {reference}", reference=reference))
