"""Says what each role may do: rights are rows of account, role and environment; no one administers alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cmp.errors import Refused
from cmp.model.actors import Actor
from cmp.sentences import Sentence

EVERYWHERE: Final = "*"


class Role(StrEnum):
    """What somebody is to an environment, or to the service."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    SYSTEM = "system"
    """Administers the service itself: looks at all of it, and changes no environment."""
    SECURITY = "security"
    """Administers accounts, tokens and rights."""
    AUDIT = "audit"
    """Reads the audit."""


ADMINISTRATORS: Final = frozenset({Role.SYSTEM, Role.SECURITY, Role.AUDIT})
"""Apart from each other: no account holds two (separation of the three administrators)."""

ACTIONS: Final[Mapping[Role, frozenset[str]]] = {
    Role.VIEWER: frozenset({"read"}),
    Role.OPERATOR: frozenset({"read", "push", "plan", "apply"}),
    Role.APPROVER: frozenset({"read", "approve"}),
    Role.SYSTEM: frozenset({"read", "serve"}),
    Role.SECURITY: frozenset({"accounts"}),
    Role.AUDIT: frozenset({"audit"}),
}


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """A role in an environment, or in all of them (`*`)."""

    role: Role
    environment: str = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever a token stands for, with the rights that they have at this moment."""

    actor: Actor
    rights: frozenset[Right]

    def may(self, action: str, environment: str = EVERYWHERE) -> bool:
        """True where a right of theirs allows it there."""
        return any(
            action in ACTIONS[right.role] and right.environment in {EVERYWHERE, environment}
            for right in self.rights
        )

    def may_anywhere(self, action: str) -> bool:
        """True where a right of theirs allows it in some environment."""
        return any(action in ACTIONS[right.role] for right in self.rights)


def refuse_mixed(rights: Iterable[Right]) -> None:
    """Refuse an account that would administer alone what two should, or work where it administers security.

    Raises:
        Refused: the roles exclude each other.
    """
    roles = {right.role for right in rights}
    mixed = sorted(roles & ADMINISTRATORS)
    if len(mixed) > 1:
        raise Refused(
            Sentence("no account is {names} administrator", names=" and ".join(mixed)),
            hint="use two accounts",
        )
    if {Role.SECURITY, Role.AUDIT} & roles and roles - ADMINISTRATORS:
        raise Refused(
            Sentence("who administers {mixed} holds no other role", mixed=mixed[0]),
            hint="use an account of its own for that",
        )
