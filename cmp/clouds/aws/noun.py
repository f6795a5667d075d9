"""Shares the verbs of everything in EC2: tagged at birth, found by its tag, described by a filter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, cast

from cmp.clouds.aws.api import Api
from cmp.clouds.base import FoundResource, Mark, Wish
from cmp.clouds.labels import PREFIX, URN, labels, wished

NAME = "Name"


class Ec2Noun(ABC):
    """The verbs over one kind; what differs is how it is made, described and removed.

    `kind` is EC2's name of the resource type; `listing` its describe call, the key of the list in the
    answer, the key of the id and the filter by it.
    """

    kind: ClassVar[str]
    listing: ClassVar[tuple[str, str, str, str]]

    def __init__(self, api: Api) -> None:
        self.api = api

    @abstractmethod
    def make(self, wish: Wish, tagging: Any) -> str:
        """Make it with these tags and return its id."""

    @abstractmethod
    def state(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """The fields and outputs of what the cloud shows."""

    @abstractmethod
    def remove(self, made: Mapping[str, Any]) -> None:
        """Take away its parts and it."""

    def complete(self, made: Mapping[str, Any], wish: Wish) -> None:  # noqa: B027 - most have no parts
        """Bring its parts (rules, routes) in line with the wish."""

    def is_there(self, made: Mapping[str, Any]) -> bool:  # noqa: ARG002 - instances differ
        """False for what is listed but gone."""
        return True

    def is_usable(self, made: Mapping[str, Any]) -> bool:  # noqa: ARG002 - instances differ
        """False for what failed while it was made."""
        return True

    def find(self, mark: Mark) -> FoundResource | None:
        """Look for it by its tag; of several the first by age, then id, stays."""
        made = self.described({f"tag:{PREFIX}{URN}": mark.key})
        made.sort(key=lambda item: (str(item.get("LaunchTime", "")), self.id_of(item)))
        for spare in made[1:]:
            self.remove(spare)
        return self._found(made[0]) if made else None

    def create(self, wish: Wish, mark: Mark) -> FoundResource:
        """Make it, then complete it."""
        tags = labels(mark, self.tags(wish)) | {NAME: wish["name"]}
        ref = self.make(wish, [{"ResourceType": self.kind, "Tags": _pairs(tags)}])
        self.complete(self.described({self.listing[3]: ref})[0], wish)
        return self._found(self.described({self.listing[3]: ref})[0])

    def read(self, ref: str) -> FoundResource | None:
        """Describe it as it is."""
        made = self.described({self.listing[3]: ref})
        return self._found(made[0]) if made else None

    def update(self, ref: str, wish: Wish, changed: frozenset[str], mark: Mark) -> FoundResource:
        """Set its name, tags and parts."""
        made = self.described({self.listing[3]: ref})[0]
        wanted = labels(mark, self.tags(wish)) | {NAME: wish["name"]}
        have = tags_of(made)
        if "tags" in changed and (gone := sorted({PREFIX + name for name in wished(have)} - set(wanted))):
            keys = [{"Key": name} for name in gone]
            self.api.ask("drop tags", lambda c: c.delete_tags(Resources=[ref], Tags=cast("Any", keys)))
        if not wanted.items() <= have.items():
            pairs = cast("Any", _pairs(wanted))
            self.api.ask(f"tag {self.words}", lambda c: c.create_tags(Resources=[ref], Tags=pairs))
        self.complete(made, wish)
        return self._found(self.described({self.listing[3]: ref})[0])

    def delete(self, ref: str) -> None:
        """Remove it with its parts."""
        for made in self.described({self.listing[3]: ref}):
            self.remove(made)

    def tags(self, wish: Wish) -> dict[str, str]:
        """The tags besides the mark."""
        return dict(wish.get("tags", {}))

    def described(self, filters: Mapping[str, str] | None = None) -> list[Mapping[str, Any]]:
        """What the cloud shows under these filters, all pages."""
        call, key, _, _ = self.listing
        asked = [{"Name": name, "Values": [value]} for name, value in (filters or {}).items()]
        pages: Iterable[Mapping[str, Any]] = self.api.ask(
            f"describe {self.words}",
            lambda c: list(cast("Any", c).get_paginator(call).paginate(Filters=asked)),
        )
        return [item for page in pages for item in self.items(page.get(key, ())) if self.is_there(item)]

    def items(self, listed: Any) -> Iterable[Mapping[str, Any]]:
        """The resources in one page."""
        return cast("Iterable[Mapping[str, Any]]", listed)

    def id_of(self, made: Mapping[str, Any]) -> str:
        """The id of what the cloud shows."""
        return str(made[self.listing[2]])

    @property
    def words(self) -> str:
        """The noun for people."""
        return self.kind.replace("-", " ")

    def _found(self, made: Mapping[str, Any]) -> FoundResource:
        tags = tags_of(made)
        state = {"name": tags.get(NAME, ""), "tags": wished(tags), **self.state(made)}
        return FoundResource(self.id_of(made), state, self.is_usable(made))


def tags_of(made: Mapping[str, Any]) -> dict[str, str]:
    """The tags of what the cloud shows, by name."""
    return {tag["Key"]: tag["Value"] for tag in made.get("Tags", ())}


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in sorted(tags.items())]
