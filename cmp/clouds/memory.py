"""Keeps a cloud in memory: the twin of the real drivers, for programs and tests that need no real cloud."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from cmp.clouds import failures
from cmp.clouds.base import FoundResource, Mark, Noun, Resource, Wish
from cmp.clouds.failures import Call
from cmp.clouds.labels import IMAGE, ISA, STAND_IN, chip_trait, labels, ours
from cmp.clouds.memory_hosts import MemoryHosts, Stood

REFERENCES: Mapping[str, Mapping[str, str]] = {
    "subnet": {"network": "network", "vpc": "vpc"},
    "router": {"subnets": "subnet"},
    "security_group": {"vpc": "vpc"},
    "internet_gateway": {"vpc": "vpc"},
    "floating_address": {"server": "server"},
    "server": {
        "flavor": "flavor",
        "network": "network",
        "subnets": "subnet",
        "server_group": "server_group",
        "security_groups": "security_group",
    },
    "instance": {"subnet": "subnet", "security_groups": "security_group"},
}
"""Which fields of a noun hold ids of which other noun."""

_NOT_HELD = ("flavor", "server_group")
"""Servers keep what they were made with; these may go before them."""

NO_HOSTS: Mapping[str, int] = {}
_MACHINES = ("server", "instance")
_BLOCK = "2001:db8:{number:x}00::/56"


@dataclass(slots=True)
class Kept:
    """One resource that the twin holds."""

    noun: str
    wish: dict[str, Any]
    mark: Mark
    number: int
    outputs: dict[str, Any] = field(default_factory=dict)


class MemoryCloud:
    """A cloud without a cloud: ids are `<noun>-<number>`, and every server runs at once.

    `zones` says how many hosts stand in each availability zone; servers are made on the first.
    """

    def __init__(self, id: str, zones: Mapping[str, int] = NO_HOSTS) -> None:  # noqa: A002 - the port's own name
        self._id = id
        self.hosts = MemoryHosts(id, zones, self._stood)
        self._numbers = itertools.count(1)
        self.kept: dict[str, Kept] = {}

    @property
    def id(self) -> str:
        """The cloud's id in the estate."""
        return self._id

    def noun(self, name: str) -> Noun:
        """The verbs for one kind of resource."""
        return MemoryNoun(self, name)

    def list(self) -> tuple[Resource, ...]:
        """Everything that was made and not removed."""
        found = [self._resource(ref, kept) for ref, kept in self.kept.items()]
        return tuple(sorted(found, key=lambda resource: (resource.kind, resource.name, resource.id)))

    def next_number(self) -> int:
        """Count what is made."""
        return next(self._numbers)

    def users(self, ref: str) -> tuple[str, ...]:
        """Ids of what cannot do without a resource."""
        return tuple(
            other
            for other, kept in self.kept.items()
            for name, noun in REFERENCES.get(kept.noun, {}).items()
            if noun not in _NOT_HELD and ref in _refs(kept.wish.get(name))
        )

    def _stood(self) -> Iterator[Stood]:
        for ref, kept in self.kept.items():
            tags = ours(labels(kept.mark, kept.wish.get("tags", {})))
            yield Stood(ref, str(kept.wish.get("name", "")), kept.noun, kept.outputs, tags)

    def _resource(self, ref: str, kept: Kept) -> Resource:
        tags = labels(kept.mark, {**kept.wish.get("tags", {}), **_asked(kept)})
        name = str(kept.wish.get("name") or kept.outputs.get("address", ""))
        return Resource(
            self._id, kept.noun, ref, name, managed=True, tags=ours(tags), facts=self._facts(kept)
        )

    def _facts(self, kept: Kept) -> dict[str, Any]:
        """The wish and the outputs, lists as tuples, and what a machine stands on."""
        facts = {**kept.wish, **kept.outputs}
        for name in ("name", "tags", "user_data"):
            facts.pop(name, None)
        if kept.noun == "server" and kept.wish["flavor"] in self.kept:
            flavor = self.kept[kept.wish["flavor"]].wish
            facts["flavor"] = flavor["name"]
            facts["traits"] = (chip_trait(flavor["chip"]),) if flavor.get("chip") else ()
        return {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}


class MemoryNoun:
    """The verbs over one kind in memory."""

    def __init__(self, cloud: MemoryCloud, name: str) -> None:
        self._cloud = cloud
        self._name = name

    def find(self, mark: Mark) -> FoundResource | None:
        """Look for it by its key."""
        for ref, kept in self._cloud.kept.items():
            if kept.noun == self._name and kept.mark.key == mark.key:
                return self._found(ref)
        return None

    def create(self, wish: Wish, mark: Mark) -> FoundResource:
        """Keep it, once all that it refers to is there."""
        for name, noun in REFERENCES.get(self._name, {}).items():
            for ref in _refs(wish.get(name)):
                if ref not in self._cloud.kept:
                    call = Call(self._cloud.id, f"create {self._name}")
                    raise failures.missing(call, f"there is no {noun} {ref}")
        number = self._cloud.next_number()
        kept = Kept(self._name, dict(wish), mark, number)
        kept.outputs = _outputs(kept, self._cloud.kept)
        ref = f"{self._name}-{number}"
        self._cloud.kept[ref] = kept
        return self._found(ref)

    def read(self, ref: str) -> FoundResource | None:
        """Describe it; None when it is gone."""
        return self._found(ref) if ref in self._cloud.kept else None

    def update(self, ref: str, wish: Wish, changed: frozenset[str], mark: Mark) -> FoundResource:  # noqa: ARG002
        """Take the wish over."""
        if ref not in self._cloud.kept:
            raise failures.missing(Call(self._cloud.id, f"update {self._name}"), f"{ref} is gone")
        self._cloud.kept[ref].wish = dict(wish)
        return self._found(ref)

    def delete(self, ref: str) -> None:
        """Forget it, unless something needs it."""
        if users := self._cloud.users(ref):
            call = Call(self._cloud.id, f"delete {self._name}")
            raise failures.in_use(call, f"{ref} is used by {', '.join(users)}")
        self._cloud.kept.pop(ref, None)

    def _found(self, ref: str) -> FoundResource:
        kept = self._cloud.kept[ref]
        return FoundResource(ref, {**kept.wish, **kept.outputs})


def _refs(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _asked(kept: Kept) -> dict[str, str]:
    if kept.noun not in _MACHINES:
        return {}
    return {IMAGE: kept.wish["image"], ISA: kept.wish["isa"], STAND_IN: "yes"}


def _outputs(kept: Kept, others: Mapping[str, Kept]) -> dict[str, Any]:
    """What the cloud would choose and tell."""
    number, wish = kept.number, kept.wish
    match kept.noun:
        case "vpc":
            return {"ipv6_cidr": _BLOCK.format(number=number)}
        case "subnet":
            return _subnet(wish, others)
        case "router":
            return {"external_addresses": []}
        case "floating_address":
            return {"address": f"198.51.100.{number % 256}"}
        case "server" | "instance":
            return _machine(kept, others)
        case _:
            return {}


def _subnet(wish: Wish, others: Mapping[str, Kept]) -> dict[str, Any]:
    if "vpc" in wish:
        block = ip_network(others[wish["vpc"]].outputs["ipv6_cidr"])
        prefixes = itertools.islice(block.subnets(new_prefix=64), wish.get("ipv6_index", 0), None)
        return {"ipv6_cidr": str(next(prefixes)), "zone": "zone-1"}
    prefix = ip_network(wish["cidr"])
    gateway = str(prefix[1]) if wish.get("gateway", True) else ""
    return {"gateway_address": gateway, "family": prefix.version}


def _machine(kept: Kept, others: Mapping[str, Kept]) -> dict[str, Any]:
    prefixes = list(_prefixes(kept, others))
    zone = kept.wish.get("availability_zone") or "zone-1"
    told = {
        "zone": zone,
        "ipv4": [str(prefix[kept.number + 1]) for prefix in prefixes if prefix.version == 4],  # noqa: PLR2004
        "ipv6": [str(prefix[kept.number + 1]) for prefix in prefixes if prefix.version == 6],  # noqa: PLR2004
        "image_id": f"image-{kept.wish['isa']}",
        "stand_in": True,
    }
    if kept.noun == "server":
        return told | {"status": "ACTIVE", "host": f"{zone}-1"}
    architecture = {"amd64": "x86_64"}.get(kept.wish["isa"], kept.wish["isa"])
    size = f"v{kept.wish['vcpus']}m{kept.wish['memory_mib']}"
    return told | {"status": "running", "architecture": architecture, "instance_type": size}


def _prefixes(kept: Kept, others: Mapping[str, Kept]) -> Iterator[Any]:
    """The prefixes that a machine gets addresses from."""
    if kept.noun == "instance":
        subnet = others[kept.wish["subnet"]]
        yield ip_network(subnet.wish["cidr"])
        yield ip_network(subnet.outputs["ipv6_cidr"])
        return
    for other in others.values():
        if other.noun == "subnet" and other.wish.get("network") == kept.wish["network"]:
            yield ip_network(other.wish["cidr"])
