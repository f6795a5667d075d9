"""Lists the kinds of operations as data: what is asked, which steps answer, whether anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cmp.model.base import Document
from cmp.workflows.asks import (
    ApplyAsk,
    ExplainAsk,
    PlanAsk,
    PreviewAsk,
    ProveAsk,
    ValidateAsk,
    VerifyAsk,
)

CONSENT: Final = "consent"
"""The step that looks whether everybody agreed who has to, and waits where they did not."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of operation; the last step's answer is the operation's.

    `right` is what somebody needs who asks for it. What `changes` something is carried out on the newest
    revision alone.
    """

    ask: type[Document]
    steps: tuple[str, ...]
    right: str = "read"
    changes: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    "validate": Kind(ValidateAsk, ("validate",)),
    "plan": Kind(PlanAsk, ("plan",), right="plan"),
    "prove": Kind(ProveAsk, ("prove",)),
    "explain": Kind(ExplainAsk, ("explain",)),
    "preview": Kind(PreviewAsk, ("preview",), right="plan"),
    "apply": Kind(ApplyAsk, ("foresee", CONSENT, "apply", "verify"), right="apply", changes=True),
    "verify": Kind(VerifyAsk, ("look",)),
}
