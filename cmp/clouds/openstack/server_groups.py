"""Makes server groups, which keep servers on different hosts or together."""

from __future__ import annotations

import re
from typing import Any

from cmp.clouds.base import FoundResource, Mark, Wish
from cmp.clouds.labels import ENVIRONMENT, PREFIX, STACK, URN
from cmp.clouds.openstack.api import Api

_NAME = re.compile(r"^(?P<name>.*) tricenter:(?P<environment>[^:]*):(?P<stack>[^:]*):(?P<urn>[0-9a-f]{32})$")


class ServerGroups:
    """Server groups of the account's project; they can hold no tags, so that their name holds the mark."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def find(self, mark: Mark) -> FoundResource | None:
        """Look for it by the key in its name; a spare copy without members goes."""
        known = self._api.ask("list server groups", lambda c: list(c.compute.server_groups()))
        made = [group for group in known if tags_of(group).get(PREFIX + URN) == mark.key]
        made.sort(key=lambda group: (-len(group.member_ids or ()), str(group.id)))
        for spare in made[1:]:
            if not spare.member_ids:
                self.delete(spare.id)
        return _found(made[0]) if made else None

    def create(self, wish: Wish, mark: Mark) -> FoundResource:
        """Make it with its policy."""
        limit = wish.get("max_per_host")
        rules = {"rules": {"max_server_per_host": limit}} if limit else {}
        name = f"{wish['name']} tricenter:{mark.environment}:{mark.stack}:{mark.key}"
        made = self._api.ask(
            "create server group",
            lambda c: c.compute.create_server_group(name=name, policy=wish["policy"], **rules),
        )
        return _found(made)

    def read(self, ref: str) -> FoundResource | None:
        """Describe it as it is."""
        made = self._api.look("read server group", lambda c: c.compute.get_server_group(ref))
        return _found(made) if made is not None else None

    def update(self, ref: str, wish: Wish, changed: frozenset[str], mark: Mark) -> FoundResource:  # noqa: ARG002
        """Nothing of a server group can be changed."""
        return FoundResource(ref, dict(wish))

    def delete(self, ref: str) -> None:
        """Remove it; its servers stay where they are."""
        self._api.ask(
            "delete server group", lambda c: c.compute.delete_server_group(ref, ignore_missing=True)
        )


def tags_of(made: Any) -> dict[str, str]:
    """The marks that the group's name holds, with our prefix."""
    match = _NAME.match(made.name)
    return {PREFIX + name: match[name] for name in (ENVIRONMENT, STACK, URN)} if match else {}


def name_of(made: Any) -> str:
    """The group's name without the mark."""
    match = _NAME.match(made.name)
    return match["name"] if match else str(made.name)


def policy_of(made: Any) -> str:
    """The group's one policy."""
    return str(made.policy or (made.policies or [""])[0])


def _found(made: Any) -> FoundResource:
    state = {"name": name_of(made), "policy": policy_of(made)}
    limit = (made.rules or {}).get("max_server_per_host")
    return FoundResource(made.id, state | ({"max_per_host": int(limit)} if limit else {}))
