"""Says what every cloud can do: a few verbs per noun, and a list of what is really there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cmp.clouds.hosts import Hosts

Wish = Mapping[str, Any]
"""What a resource should be: checked fields by name, plain JSON values."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose a resource is: the environment and stack it belongs to, and the key that finds it again.

    `key` is derived from the resource's URN, so a run that was killed after a create finds what it left.
    """

    environment: str
    stack: str
    key: str


@dataclass(frozen=True, slots=True)
class FoundResource:
    """A resource as its cloud describes it.

    `state` holds the fields of a wish as they really are, and what else the cloud tells (outputs). What a
    cloud does not tell is left out. `usable` is false for one that failed while it was made and has to go.
    """

    id: str
    state: Mapping[str, Any]
    usable: bool = True


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that a cloud's own API lists.

    `managed` is true when it carries our marks. `tags` are those of ours, without the prefix `tricenter:`,
    with `environment`, `stack` and `urn` among them. `facts` depend on the kind; one that the account may not
    see is left out, never given as empty.
    """

    cloud: str
    kind: str
    id: str
    name: str
    managed: bool
    tags: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


class Noun(Protocol):
    """The verbs for one kind of resource in one cloud; each may be repeated. `ref` is the cloud's own id."""

    def find(self, mark: Mark) -> FoundResource | None:
        """Look for what an earlier run made under this mark; spare copies of it are removed."""
        ...

    def create(self, wish: Wish, mark: Mark) -> FoundResource:
        """Make it, marked from its first moment, and wait until it can be used."""
        ...

    def read(self, ref: str) -> FoundResource | None:
        """Describe it as it is; None when it is gone."""
        ...

    def update(self, ref: str, wish: Wish, changed: frozenset[str], mark: Mark) -> FoundResource:
        """Bring the named fields in line with the wish, in place."""
        ...

    def delete(self, ref: str) -> None:
        """Remove it and wait until it is gone; one that is gone already is fine."""
        ...


class Cloud(Protocol):
    """One cloud that an account of ours may use.

    Every method raises what `cmp.errors` draws, with cloud, call and request id in the sentence: TryLater
    when it is unreachable or busy, Refused for credentials, rights and quotas, NothingFits where no host
    takes a server, Conflict when something is in use, Invalid for what it does not understand.
    """

    @property
    def id(self) -> str:
        """The cloud's id in the estate."""
        ...

    @property
    def hosts(self) -> Hosts | None:
        """Its hosts; None where they are the provider's, who moves servers and switches hosts by himself."""
        ...

    def noun(self, name: str) -> Noun:
        """The verbs for one kind of resource: network, server, vpc and so on."""
        ...

    def list(self) -> tuple[Resource, ...]:
        """Everything of the account, ours or not, in a fixed order.

        Raises:
            Refused: the account lacks a right without which the list would be wrongly empty.
        """
        ...
