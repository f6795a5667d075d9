"""Says what is to last of a host's new network, whichever program brings it up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cmp.model.migration import Phase
from cmp.network.moving import routes
from cmp.network.moving.routes import Ground, Written


@dataclass(frozen=True, slots=True)
class Lasting:
    """The network of one host after a phase; `ground` and `addresses` are of its new line."""

    network: str
    phase: Phase
    ground: Ground
    addresses: tuple[Written, ...]

    @property
    def has_old(self) -> bool:
        """True while the old addresses stand beside the new ones."""
        return self.phase is not Phase.RETIRE

    @property
    def commands(self) -> tuple[str, ...]:
        """Routes and rules as commands of a shell that may be run again."""
        same = _same_for_all(self.ground, routes.speaks_ipv6(self.addresses), self.has_old)
        default = routes.cutover(self.ground, self.addresses) if self.phase is not Phase.BESIDE else ()
        return (*same, *(line for each in default for line in in_place(f"ip {each}")))

    @property
    def rp_filter(self) -> tuple[str, ...]:
        """Sysctls that let answers leave by another edge than questions came by (RFC 3704 section 2.4)."""
        return ("net/ipv4/conf/all/rp_filter", "net/ipv4/conf/@old/rp_filter", "net/ipv4/conf/@new/rp_filter")

    def script(self, guard: str) -> str:
        """A shell script that may run again whenever an interface comes up; `guard` leaves it for others."""
        lines = ["#!/bin/sh", self.heading, guard, *(f"echo 0 > /proc/sys/{name}" for name in self.rp_filter)]
        for each in self.addresses:
            lines.append(f"ip -4 addr replace {each.ipv4} dev @new")
            if each.ipv6:
                lines.append(f"ip -6 addr replace {each.ipv6} dev @new")
        return "\n".join([*lines, SETTLED, *self.commands]) + "\n"

    @property
    def heading(self) -> str:
        """The first line of every file."""
        return f"# Tricenter: {self.network}, phase {self.phase}. Replaced as a whole by the next phase."


SETTLED = "for turn in $(seq 50); do ip -6 addr show dev @new tentative | grep -q . || break; sleep 0.1; done"
"""The kernel takes no route with a source that it still checks for duplicates (RFC 4862 section 5.4)."""


def in_place(text: str) -> tuple[str, ...]:
    """Text about a default route as a block that hosts leave out where it takes no other's place."""
    family = "4" if "@metric4" in text else "6"
    return f"#@default{family}", text, "#@end"


@lru_cache
def _same_for_all(ground: Ground, six: bool, has_old: bool) -> tuple[str, ...]:
    """The tables and rules that all hosts of a network share, but for whether they speak IPv6."""
    lines = [*routes.new_routes(ground, six=six), *(routes.old_routes(ground) if has_old else ())]
    gone = () if has_old else routes.old_rules(ground)
    kept = [rule for rule in routes.rules(ground, six=six) if rule not in gone]
    again = [f"ip {family} rule del {rule} 2>/dev/null; ip {family} rule add {rule}" for family, rule in kept]
    return (*(f"ip {line}" for line in lines), *again)
