"""Makes security groups that allow exactly the declared flows in both families."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, ClassVar

from cmp.clouds.base import FoundResource, Mark, Wish
from cmp.clouds.openstack.neutron import NeutronNoun

_ANY = {"IPv4": "0.0.0.0/0", "IPv6": "::/0"}
_TO_NEUTRON = {"any": None, "icmpv6": "ipv6-icmp"}
_FROM_NEUTRON = {None: "any", "ipv6-icmp": "icmpv6", "icmp6": "icmpv6"}


class SecurityGroups(NeutronNoun):
    """Security groups of the account's project."""

    kind: ClassVar[str] = "security_group"
    plural: ClassVar[str] = "security_groups"

    def attributes(self, wish: Wish) -> dict[str, Any]:
        """Only a name; the rules follow."""
        return {"name": wish["name"]}

    def state(self, made: Any) -> dict[str, Any]:
        """Its name and rules."""
        return {"name": made.name, "rules": rules_of(made)}

    def create(self, wish: Wish, mark: Mark) -> FoundResource:
        """Make it without any rule, the cloud's default ones neither; then add those of the wish."""
        bare = super().create({**wish, "rules": []}, mark)
        return super().update(bare.id, wish, frozenset(), mark)

    def complete(self, made: Any, wish: Wish) -> None:
        """Add what is missing, then remove what is not declared: what stays allowed is so at every moment.

        A rule is the same whatever its reason says. Neutron can neither change a reason nor hold two rules
        for one flow, so that a rule keeps the reason it was made with.
        """
        wanted = {_flow(rule): rule for rule in wish.get("rules", ())}
        known = [(_flow(_declared(rule)), rule["id"]) for rule in made.security_group_rules or ()]
        kept = {name: ref for name, ref in known if name in wanted}
        missing = [_asked(made.id, rule) for name, rule in wanted.items() if name not in kept]
        if missing:
            self.api.ask("add security rules", lambda c: list(c.network.create_security_group_rules(missing)))
        for name, ref in known:
            if kept.get(name) != ref:
                self._remove(ref)

    def _remove(self, rule: str) -> None:
        self.api.look("remove security rule", lambda c: c.network.delete_security_group_rule(rule))


def rules_of(made: Any) -> list[dict[str, Any]]:
    """The rules of a group as they would be declared, in a fixed order."""
    return sorted(
        map(_declared, made.security_group_rules or ()), key=lambda rule: (*_flow(rule), rule["why"])
    )


def _flow(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """What a rule allows, which makes it the same as another: everything but its reason."""
    names = ("direction", "protocol", "port", "port_end", "prefix")
    return tuple(str(rule.get(name, "")) for name in names)


def _declared(known: Mapping[str, Any]) -> dict[str, Any]:
    """Read a rule of the cloud; one that names a group instead of a prefix is none that we make."""
    first, last = known["port_range_min"], known["port_range_max"]
    ports = {"port": first} if first is not None else {}
    if last is not None and last != first:
        ports["port_end"] = last
    peer = known.get("remote_group_id") or known.get("remote_address_group_id")
    prefix = known["remote_ip_prefix"] or _ANY[known["ethertype"]]
    return {
        "direction": known["direction"],
        "protocol": _FROM_NEUTRON.get(known["protocol"], known["protocol"]),
        "prefix": f"group {peer}" if peer else str(ip_network(prefix, strict=False)),
        **ports,
        "why": known.get("description") or "",
    }


def _asked(group: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "security_group_id": group,
        "direction": rule["direction"],
        "ethertype": f"IPv{ip_network(rule['prefix']).version}",
        "protocol": _TO_NEUTRON.get(rule["protocol"], rule["protocol"]),
        "port_range_min": rule.get("port"),
        "port_range_max": rule.get("port_end", rule.get("port")),
        "remote_ip_prefix": rule["prefix"],
        "description": rule.get("why", ""),
    }
