"""Keeps consents: one document each, in a folder an environment, or in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from cmp.errors import Invalid
from cmp.model.base import Document
from cmp.model.consent import Consent, Demand
from cmp.model.sealing import canonical
from cmp.sentences import Sentence
from cmp.store.files import read, read_if_there, write_atomically

D = TypeVar("D", bound=Document)

DEMANDED: Final = "demanded.json"
WHAT: Final = "the consent"


@dataclass(frozen=True, slots=True)
class FileConsents:
    """Consents in a folder an environment."""

    folder: Path

    def keep(self, consent: Consent) -> None:
        """Keep a consent whole."""
        write_atomically(self.folder / consent.environment / f"{consent.id}.json", bytes_of(consent))

    def of(self, environment: str) -> tuple[Consent, ...]:
        """Every consent of an environment, the oldest first."""
        paths = [each for each in (self.folder / environment).glob("*.json") if each.name != DEMANDED]
        return in_order(consent_of(read(path, WHAT), str(path)) for path in paths)

    def demand(self, environment: str) -> Demand | None:
        """Whether an environment asks for consent."""
        path = self.folder / environment / DEMANDED
        content = read_if_there(path, WHAT)
        return None if content is None else parsed(Demand, content, str(path))

    def keep_demand(self, demand: Demand) -> None:
        """Keep whether an environment asks for consent."""
        write_atomically(self.folder / demand.environment / DEMANDED, bytes_of(demand))


@dataclass(frozen=True, slots=True)
class MemoryConsents:
    """Consents by id, and demands by environment."""

    known: dict[str, Consent] = field(default_factory=dict)
    demanded: dict[str, Demand] = field(default_factory=dict)

    def keep(self, consent: Consent) -> None:
        """Keep a consent whole."""
        self.known[consent.id] = consent

    def of(self, environment: str) -> tuple[Consent, ...]:
        """Every consent of an environment, the oldest first."""
        return in_order(each for each in self.known.values() if each.environment == environment)

    def demand(self, environment: str) -> Demand | None:
        """Whether an environment asks for consent."""
        return self.demanded.get(environment)

    def keep_demand(self, demand: Demand) -> None:
        """Keep whether an environment asks for consent."""
        self.demanded[demand.environment] = demand


def bytes_of(document: Document) -> bytes:
    """What is kept of a document."""
    return canonical(document.model_dump(mode="json")) + b"\n"


def in_order(found: Iterable[Consent]) -> tuple[Consent, ...]:
    """The oldest first."""
    return tuple(sorted(found, key=lambda each: (each.at, each.id)))


def consent_of(content: bytes, name: str) -> Consent:
    """The consent that some bytes are.

    Raises:
        Invalid: they are none, or were changed.
    """
    found = parsed(Consent, content, name)
    if found.hash != found.digest():
        raise Invalid(
            Sentence("{name} was changed after it was given: its hash does not match", name=name),
            hint="give it again",
        )
    return found


def parsed(kind: type[D], content: bytes, name: str) -> D:
    """The document of a kind that some bytes are.

    Raises:
        Invalid: they are none.
    """
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise Invalid(
            Sentence("{name} is no consent that this version reads", name=name), hint="give it again"
        ) from error
