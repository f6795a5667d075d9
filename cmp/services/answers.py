"""Says what every use case answers with: one frozen value, and one document of it for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class UseCaseAnswer(Protocol):
    """What a use case found or did: all that is shown of it, to whomever, in whatever language."""

    @property
    def document(self) -> Mapping[str, Any]:
        """The same for programs, of what JSON knows alone."""
        ...
