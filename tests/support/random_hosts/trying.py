"""Moves a drawn host there and back, and says what became of it: as before, refused at assess, or wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface, ip_interface
from typing import Any

from support.field_host import SEGMENT
from support.random_hosts.drawing import SetUp
from support.random_hosts.hosting import Asked, a_host

from cmp.model.migration import HostChange, Phase, Renumbered
from cmp.model.network import NetworkHost
from cmp.network.moving.changes import changes
from cmp.network.moving.readiness import judge

NETWORK = "case-net"
ORDER = (Phase.BESIDE, Phase.CUTOVER, Phase.RETIRE)
SECONDS = 120.0
CLOCK_SECONDS = 3
PLACES = ("/etc/network", "/etc/netplan", "/etc/NetworkManager")
WATCHED = ("addresses", "routes", "rules", "sysctls", "filters", "neighbours", "files")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one host; `wrong` is empty where it is as it was, or was refused before any change."""

    number: int
    refused: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


def tried(set_up: SetUp) -> Outcome:
    """Make the host, move it and lead it back."""
    with a_host() as host:
        _made(host, set_up)
        facts = host.told("assessing.assess(*arguments)", [str(SEGMENT.old)], PLACES)
        listed = listed_host(set_up)
        refused = judge(listed, facts, SEGMENT.old, SEGMENT.old_gateway).blocks
        if refused:
            return Outcome(set_up.number, refused=refused)
        return Outcome(set_up.number, wrong=tuple(_there_and_back(host, set_up)))


def listed_host(set_up: SetUp) -> NetworkHost:
    """The host as its list says."""
    return NetworkHost(
        name=f"h{set_up.number}",
        addresses=tuple(IPv4Interface(str(old)) for old in set_up.line.olds),
        manager=set_up.manager,
        interface=set_up.interface or None,
        new_interface=set_up.new_interface or None,
    )


def renumbered(set_up: SetUp) -> tuple[Renumbered, ...]:
    """The new addresses of its old ones: they end as these do."""
    return tuple(
        Renumbered(
            host="h",
            old=IPv4Address(old.address),
            ipv4=IPv4Interface(f"198.51.100.{old.host}/24"),
            ipv6=IPv6Interface(f"2001:db8:100:1::{old.host:x}/64"),
        )
        for old in set_up.line.olds
    )


def _made(host: Asked, set_up: SetUp) -> None:
    for path, text in set_up.files.items():
        host.told("placing.place(placing.Path(arguments[0]), arguments[1], 0o600)", path, text)
    host.shell(set_up.shell)
    host.shell(["for turn in $(seq 40); do ip -6 addr show tentative | grep -q . || break; sleep 0.1; done"])


def _there_and_back(host: Asked, set_up: SetUp) -> Iterator[str]:
    phases = changes(NETWORK, SEGMENT, renumbered(set_up), set_up.manager)
    mover = Mover(host, set_up, phases)
    start = mover.listing()
    seen = [start]
    for phase in ORDER:
        if phase.value in set_up.fires:
            yield from mover.fired(phase)
            yield from (f"after {phase} was fired: {each}" for each in differing(seen[-1], mover.listing()))
        if told := mover.go(phase):
            yield f"{phase}: {told}"
            yield from (f"after {phase} was refused: {each}" for each in differing(seen[-1], mover.listing()))
            break
        seen.append(mover.listing())
        yield from (f"in {phase}: {each}" for each in lost(start, seen[-1], phase, set_up))
    for phase in reversed(ORDER[: len(seen) - 1]):
        if told := mover.go(phase, back=True):
            yield f"the way back of {phase}: {told}"
            return
        seen.pop()
        yield from (f"after the way back of {phase}: {each}" for each in differing(seen[-1], mover.listing()))


@dataclass
class Mover:
    """Makes the changes of a host, each with a token of its own."""

    host: Asked
    set_up: SetUp
    phases: Mapping[Phase, HostChange]
    number: int = 0

    def listing(self) -> Any:
        """All that the kernel and the files say."""
        return self.host.told("listing.listing()")

    def go(self, phase: Phase, *, back: bool = False) -> str:
        """Make and confirm a change; what went wrong, or nothing."""
        token = self._token()
        told = self._switch(token, self.transaction(phase, back=back))
        if told:
            return told
        answer = self.host.ask("deadman.confirm(*arguments)", token)
        return "" if answer.get("told", {}).get("state") == "confirmed" else str(answer)

    def fired(self, phase: Phase) -> Iterator[str]:
        """Make a change and take it back; what is wrong with that."""
        token = self._token()
        if told := self._switch(token, self.transaction(phase)):
            yield f"{phase}, to be fired: {told}"
            return
        answer = self.host.ask("deadman.fire(*arguments)", token, "asked by hand")
        if answer.get("told", {}).get("exact") is not True:
            yield f"{phase} is not exactly taken back: {answer}"

    def transaction(self, phase: Phase, *, back: bool = False) -> Mapping[str, Any]:
        """A change as the plays hand it over."""
        change = self.phases[phase].back if back else self.phases[phase].forward
        first = renumbered(self.set_up)[0]
        at = first.ipv4.ip if back and phase is Phase.RETIRE else first.old
        return {
            **change.model_dump(mode="json"),
            "old": self.set_up.interface,
            "new": self.set_up.new_interface,
            "old_address": str(at),
        }

    def _token(self) -> str:
        self.number += 1
        return f"case-{self.number}"

    def _switch(self, token: str, transaction: Mapping[str, Any]) -> str:
        answer = self.host.ask("deadman.switch(*arguments)", token, "case", SECONDS, transaction)
        return "" if answer.get("told", {}).get("state") == "armed" else str(answer)


def lost(start: Any, now: Any, phase: Phase, set_up: SetUp) -> Iterator[str]:
    """What a phase took that it had to leave, or left that it had to take."""
    yield from _lost_addresses(start, now, phase, {old.address for old in set_up.line.olds})
    routes = set(now["routes"])
    for route in start["routes"]:
        if route not in routes and not _goes(route, phase, set_up):
            yield f"lost the route {route}"
    for family, rules in start["rules"].items():
        yield from (f"lost the rule {family} {rule}" for rule in rules if rule not in now["rules"][family])
    if start["filters"] != now["filters"]:
        yield "the filters changed"
    for neighbour in set(start["neighbours"]) - set(now["neighbours"]):
        if phase is not Phase.RETIRE or not neighbour.startswith("192.0.2."):
            yield f"lost the neighbour {neighbour}"
    for name, value in start["sysctls"].items():
        if now["sysctls"].get(name) != value and not name.endswith("/rp_filter"):
            yield f"{name} became {now['sysctls'].get(name)}"


def _lost_addresses(start: Any, now: Any, phase: Phase, olds: set[str]) -> Iterator[str]:
    held = {_address(link, each) for link, every in now["addresses"].items() for each in every}
    for link, every in start["addresses"].items():
        for each in every:
            if _address(link, each) not in held and not (phase is Phase.RETIRE and each["local"] in olds):
                yield f"{link} lost {each['local']}"
    if phase is Phase.RETIRE:
        yield from (f"{address} is still there" for address in olds if any(one[1] == address for one in held))


def _address(link: str, each: Mapping[str, Any]) -> tuple[Any, ...]:
    return link, each["local"], each["prefixlen"], each.get("address"), each.get("label")


def _goes(route: str, phase: Phase, set_up: SetUp) -> bool:
    """True for a route that a phase is there to take: the old default, and the old network's own."""
    line = set_up.line
    if phase is Phase.BESIDE:
        return False
    if line.defaults and f"default via {line.defaults.gateway} " in route and f"dev {line.link}" in route:
        return True
    if phase is not Phase.RETIRE:
        return False
    networks = {str(ip_interface(str(old)).network) for old in line.olds}
    broadcasts = {str(ip_interface(str(old)).network.broadcast_address) for old in line.olds}
    about = set(re.split(r"[ /]", route)) & ({old.address for old in line.olds} | broadcasts)
    return bool(about) or any(f" {network} " in route and f"dev {line.link}" in route for network in networks)


def differing(before: Any, after: Any) -> Iterator[str]:
    """Sentences for what is not as it was."""
    for what in WATCHED:
        if before[what] != after[what]:
            yield from _differences(what, before[what], after[what])


def _differences(what: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict):
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                if isinstance(before.get(key), list) and isinstance(after.get(key), list):
                    yield from _of_lists(f"{what} {key}", before[key], after[key])
                else:
                    yield f"{what} {key}: {before.get(key)!r} became {after.get(key)!r}"
    elif isinstance(before, list):
        yield from _of_lists(what, before, after)
    else:
        yield f"{what}: {before!r} became {after!r}"


def _of_lists(what: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    after = [next((old for old in before if _same(old, each)), each) for each in after]
    if before == after:
        return
    gone = [each for each in before if each not in after]
    came = [each for each in after if each not in before]
    if not gone and not came:
        yield f"{what}: another order, {_names(before)} became {_names(after)}"
    yield from (f"{what} lost {each}" for each in gone)
    yield from (f"{what} gained {each}" for each in came)


def _names(entries: Sequence[Any]) -> list[Any]:
    return [each["local"] if isinstance(each, Mapping) else each for each in entries]


def _same(one: Any, other: Any) -> bool:
    """Equal, but for a second or two by which the kernel rounds when a lifetime ends."""
    if not isinstance(one, dict) or one.keys() != other.keys():
        return bool(one == other)
    return all(_ends_alike(one[key], other[key]) for key in one)


def _ends_alike(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return abs(one[0] - other[0]) <= CLOCK_SECONDS
    return bool(one == other)
