"""Shares the verbs of everything that neutron keeps: marked by description at birth, tagged right after."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from cmp.clouds.base import FoundResource, Mark, Wish
from cmp.clouds.labels import PREFIX, from_strings, labels, to_strings, wished
from cmp.clouds.openstack.api import Api


def description(mark: Mark) -> str:
    """What marks a resource from its first moment: tags can only be set afterwards."""
    return f"tricenter {mark.key}"


class NeutronNoun(ABC):
    """The verbs over one of the SDK's nouns; what differs is its attributes, its state and its parts.

    `kind` is the noun in the SDK's method names; `plural` its list.
    """

    kind: ClassVar[str]
    plural: ClassVar[str]

    def __init__(self, api: Api) -> None:
        self.api = api

    @abstractmethod
    def attributes(self, wish: Wish) -> dict[str, Any]:
        """What the cloud is asked for when it is made."""

    @abstractmethod
    def state(self, made: Any) -> dict[str, Any]:
        """The fields and outputs of what the cloud shows."""

    def changes(self, wish: Wish) -> dict[str, Any]:
        """What the cloud is asked to set later."""
        return {"name": wish["name"]}

    def complete(self, made: Any, wish: Wish) -> None:  # noqa: B027 - most have no parts
        """Bring its parts (rules, interfaces) in line with the wish."""

    def empty(self, made: Any) -> None:  # noqa: B027 - most have no parts
        """Take its parts away before it is deleted."""

    def find(self, mark: Mark) -> FoundResource | None:
        """Look for it by its description; of several the oldest stays."""
        made = sorted(self._list(description(mark)), key=lambda item: (str(item.created_at), item.id))
        for spare in made[1:]:
            self.delete(spare.id)
        return self._found(made[0]) if made else None

    def create(self, wish: Wish, mark: Mark) -> FoundResource:
        """Make it, then tag and complete it."""
        attributes = {"description": description(mark), **self.attributes(wish)}
        made = self._call("create", **attributes)
        self._tag(made, labels(mark, wish.get("tags", {})))
        self.complete(made, wish)
        return self._found(self._get(made.id))

    def read(self, ref: str) -> FoundResource | None:
        """Describe it as it is."""
        made = self._get(ref)
        return self._found(made) if made is not None else None

    def update(self, ref: str, wish: Wish, changed: frozenset[str], mark: Mark) -> FoundResource:
        """Set the changed fields, its tags and parts."""
        if wanted := self.changes(wish):
            self._call("update", ref, **wanted)
        made = self._get(ref)
        wanted_tags = labels(mark, wish.get("tags", {}))
        if "tags" in changed or not wanted_tags.items() <= from_strings(made.tags or ()).items():
            self._tag(made, _foreign(made.tags) | wanted_tags)
        self.complete(made, wish)
        return self._found(self._get(ref))

    def delete(self, ref: str) -> None:
        """Remove it with its parts."""
        made = self._get(ref)
        if made is not None:
            self.empty(made)
            self._call("delete", ref, ignore_missing=True)

    def _found(self, made: Any) -> FoundResource:
        tags = wished(from_strings(made.tags or ()))
        return FoundResource(made.id, {**self.state(made), "tags": tags})

    def _call(self, verb: str, *arguments: Any, **attributes: Any) -> Any:
        return self.api.ask(
            f"{verb} {self.words}",
            lambda c: getattr(c.network, f"{verb}_{self.kind}")(*arguments, **attributes),
        )

    def _get(self, ref: str) -> Any:
        return self.api.look(f"read {self.words}", lambda c: getattr(c.network, f"get_{self.kind}")(ref))

    def _list(self, described: str) -> list[Any]:
        return self.api.ask(
            f"look for {self.words}",
            lambda c: list(getattr(c.network, self.plural)(description=described)),
        )

    def _tag(self, made: Any, tags: Mapping[str, str]) -> None:
        self.api.ask(f"tag {self.words}", lambda c: c.network.set_tags(made, to_strings(tags)))

    @property
    def words(self) -> str:
        """The noun for people."""
        return self.kind.replace("_", " ")


def _foreign(strings: list[str] | None) -> dict[str, str]:
    """Tags that others set; they stay."""
    return {name: value for name, value in from_strings(strings or ()).items() if not name.startswith(PREFIX)}
