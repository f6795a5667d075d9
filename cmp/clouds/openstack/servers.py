"""Makes servers and waits until they are ACTIVE with an address in each family."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from cmp.clouds import failures
from cmp.clouds.base import FoundResource, Mark, Wish
from cmp.clouds.failures import Call
from cmp.clouds.labels import IMAGE, ISA, PREFIX, STAND_IN, labels, ours, wished
from cmp.clouds.openstack.api import Api
from cmp.clouds.openstack.board import Board
from cmp.clouds.openstack.images import Image, find_image
from cmp.clouds.openstack.places import Places
from cmp.clouds.patience import Pace, pause, until
from cmp.errors import CmpError, NothingFits, Refused

BOOT = Pace(within=600, every=1.5)
"""A server that is not ACTIVE by then counts as failed."""

GONE = Pace(within=300, every=0.7)
_NO_HOST = "no valid host"


class Servers:
    """Servers of the account's project, each on one network; found by a nova tag that holds the key."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._board = Board(api)
        self._places = Places(api)

    def find(self, mark: Mark) -> FoundResource | None:
        """Look for it by its tag; of several the oldest that runs stays, and one being deleted is none."""
        made = self._only(mark)
        if made is None:
            return None
        found = made if made.status != "BUILD" else self._settled(made.id)
        return self._found(found, self._ports(found.id))

    def create(self, wish: Wish, mark: Mark) -> FoundResource:
        """Start it, on the host that the Plan gave it if that takes it, else on one that the cloud chooses.

        One that ends in ERROR is removed again, and the reason is raised. A look afterwards finds the server
        of a killed run whose request was still under way before.
        """
        image = find_image(self._api, wish["image"], wish["isa"])
        request = _request(wish, mark, image)
        host = self._places.host_of(wish)
        server = (host and self._started_on(host, request)) or self._started(request)
        kept = self._only(mark) or server
        return FoundResource(kept.id, _state(kept, []))

    def read(self, ref: str) -> FoundResource | None:
        """Describe it as it is."""
        server = self._get(ref)
        return self._found(server, self._ports(ref)) if server is not None else None

    def update(self, ref: str, wish: Wish, changed: frozenset[str], mark: Mark) -> FoundResource:
        """Set its name, tags and security groups."""
        if "name" in changed:
            self._api.ask("rename server", lambda c: c.compute.update_server(ref, name=wish["name"]))
        if "tags" in changed:
            self._set_tags(ref, wish, mark)
        if "security_groups" in changed:
            for port in self._ports(ref):
                self._set_groups(port.id, wish.get("security_groups", []))
        server = self._api.ask("read server", lambda c: c.compute.get_server(ref))
        return self._found(server, self._ports(ref))

    def delete(self, ref: str) -> None:
        """Remove it and wait until it and its port are gone."""
        self._api.ask("delete server", lambda c: c.compute.delete_server(ref, ignore_missing=True))
        self._wait_until_gone(ref)

    def _started_on(self, host: str, request: Mapping[str, Any]) -> Any:
        """The server, running on the named host; None where that is refused, or has no room for it."""
        try:
            return self._started({**request, "host": host})
        except (NothingFits, Refused):
            return None

    def _started(self, request: Mapping[str, Any]) -> Any:
        """The server, running.

        Raises:
            CmpError: it ended in ERROR, and is gone again.
        """
        made = self._api.ask("create server", lambda c: c.compute.create_server(**request))
        server = self._settled(made.id)
        if server.status == "ERROR":
            error = self._fault(server)
            self.delete(server.id)
            raise error
        return server

    def _only(self, mark: Mark) -> Any:
        """The one server under the mark: the oldest that runs, or the oldest; spare ones are removed."""
        made: list[Any] = []
        for server in self._api.ask("look for server", lambda c: list(c.compute.servers(tags=_tag(mark)))):
            if server.task_state == "deleting":
                self._wait_until_gone(server.id)
            else:
                made.append(server)
        made.sort(key=lambda server: (server.status != "ACTIVE", str(server.created_at), server.id))
        for spare in made[1:]:
            self.delete(spare.id)
        return made[0] if made else None

    def _settled(self, ref: str) -> Any:
        """The server once it is not being built any more; it may have failed."""

        def ask() -> Any:
            if self._board.is_building(ref):
                return None
            server = self._get(ref)
            if server is None:
                raise failures.missing(Call(self._api.cloud, "wait for server"), f"server {ref} vanished")
            return server if server.status != "BUILD" else None

        def late() -> CmpError:
            return failures.busy(
                Call(self._api.cloud, "wait for server"),
                f"server {ref} is still being built after {BOOT.within:.0f} s",
            )

        pause(BOOT.every)
        return until(ask, BOOT, late)

    def _wait_until_gone(self, ref: str) -> None:
        def late() -> CmpError:
            return failures.busy(Call(self._api.cloud, "delete server"), f"server {ref} is still there")

        until(lambda: True if self._get(ref) is None else None, GONE, late)

    def _fault(self, server: Any) -> CmpError:
        text = str((server.fault or {}).get("message") or "the cloud gives no reason")
        call = Call(self._api.cloud, f"create server {server.name}")
        if _NO_HOST in text.lower():
            return failures.no_host(call, text)
        return failures.broken(call, f"the server ended in ERROR: {text}")

    def _get(self, ref: str) -> Any:
        return self._api.look("read server", lambda c: c.compute.get_server(ref))

    def _ports(self, ref: str) -> list[Any]:
        return self._api.ask("list server ports", lambda c: list(c.network.ports(device_id=ref)))

    def _set_groups(self, port: str, groups: list[str]) -> None:
        self._api.ask("set security groups", lambda c: c.network.update_port(port, security_groups=groups))

    def _set_tags(self, ref: str, wish: Wish, mark: Mark) -> None:
        server = self._api.ask("read server", lambda c: c.compute.get_server(ref))
        have = dict(server.metadata or {})
        wanted = labels(mark, wish.get("tags", {}))
        own = {PREFIX + name for name in wished(have)}
        if gone := sorted(own - set(wanted)):
            self._api.ask("drop server tags", lambda c: c.compute.delete_server_metadata(server, gone))
        self._api.ask("set server tags", lambda c: c.compute.set_server_metadata(server, **wanted))

    def _found(self, server: Any, ports: Iterable[Any]) -> FoundResource:
        state = _state(server, list(ports))
        flavor = self._flavor(server)
        return FoundResource(
            server.id, state | ({"flavor": flavor} if flavor else {}), server.status != "ERROR"
        )

    def _flavor(self, server: Any) -> str | None:
        """The flavor's id; a server shows only the name of the flavor it was made with."""
        return self._api.recall("flavors", self._flavors).get(server.flavor.original_name)

    def _flavors(self) -> dict[str, str]:
        known = self._api.ask(
            "list flavors", lambda c: list(c.compute.flavors(details=False, is_public=None))
        )
        return {flavor.name: flavor.id for flavor in known}


def addresses(server: Any, family: int) -> list[str]:
    """The fixed addresses of a server in one family."""
    shown = (server.addresses or {}).values()
    return sorted(
        item["addr"]
        for network in shown
        for item in network
        if item["version"] == family and item.get("OS-EXT-IPS:type", "fixed") == "fixed"
    )


def _tag(mark: Mark) -> str:
    return f"tricenter-{mark.key}"


def _request(wish: Wish, mark: Mark, image: Image) -> dict[str, Any]:
    tags = dict(wish.get("tags", {})) | {IMAGE: wish["image"], ISA: wish["isa"]}
    tags |= {STAND_IN: "yes"} if image.stand_in else {}
    asked: dict[str, Any] = {
        "name": wish["name"],
        "image_id": image.id,
        "flavor_id": wish["flavor"],
        "networks": [{"uuid": wish["network"]}],
        "security_groups": [{"name": group} for group in wish["security_groups"]],
        "metadata": labels(mark, tags),
        "tags": [_tag(mark)],
    }
    if wish.get("availability_zone"):
        asked["availability_zone"] = wish["availability_zone"]
    if wish.get("server_group"):
        asked["scheduler_hints"] = {"group": wish["server_group"]}
    if wish.get("user_data"):
        asked["user_data"] = base64.b64encode(wish["user_data"].encode()).decode()
    return asked


def _state(server: Any, ports: list[Any]) -> dict[str, Any]:
    said = ours(server.metadata or {})
    state = {
        "name": server.name,
        "tags": wished(server.metadata or {}),
        "status": server.status,
        "host": server.hypervisor_hostname or "",
        "zone": server.availability_zone or "",
        "availability_zone": server.availability_zone or None,
        "ipv4": addresses(server, 4),
        "ipv6": addresses(server, 6),
        "image_id": (server.image or {}).get("id") or "",
        "stand_in": said.get(STAND_IN) == "yes",
    }
    state |= {name: said[name] for name in (IMAGE, ISA) if name in said}
    if server.server_groups is not None:
        state["server_group"] = next(iter(server.server_groups), None)
    if server.user_data:
        state["user_data"] = base64.b64decode(server.user_data).decode(errors="replace")
    if ports:
        state["network"] = ports[0].network_id
        state["subnets"] = sorted({fixed["subnet_id"] for port in ports for fixed in port.fixed_ips})
        state["security_groups"] = sorted({group for port in ports for group in port.security_group_ids})
    return state
