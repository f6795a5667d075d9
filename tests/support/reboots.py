"""Reboots a host of every manager in every phase of its move: what it lost, and what was left over.

`make test-hosts-reboots` calls `python -m support.reboots`, which prints the table; as root.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.builders import a_network_host, a_private_network
from support.moving_lab import STATIONS, Moving, at_once, moving_lab
from support.whole_hosts import bridged, retired
from support.whole_moves import armed, go, look, on, patiently, silent, unmoved, written

from cmp.model.lab_host import LabHost
from cmp.model.migration import Phase
from cmp.model.migration_journal import MoveState
from cmp.model.network import Manager, Ssh
from cmp.network.moving.stages import backward
from cmp.services.migrating.carrying import carry

SHAPES = ("plain", "bridge")
PHASES = ("beside", "cutover", "confirmed", "retired", "rolled back")
"""`cutover` is armed and confirmed by nobody: the host has to boot as it was before."""
NEW_GATEWAY = "203.0.113.1"
BY_MANAGER = {f"h-{manager.value}": manager for manager in Manager}
OLDS = {name: f"192.0.2.{number}/24" for number, name in enumerate(BY_MANAGER, start=11)}
LOOKS = 30
State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """How a host of one manager came up in one phase."""

    manager: Manager
    phase: str
    lost: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """What stands in the table."""
        return f"lost {len(self.lost)}, left {len(self.left)}" if self.lost or self.left else "whole"


@contextmanager
def a_lab(folder: Path) -> Iterator[Moving]:
    """A lab with a whole host for each manager; all of them move at once."""
    hosts = tuple(
        a_network_host(name, OLDS[name], ssh=Ssh(user="netops"), manager=manager)
        for name, manager in BY_MANAGER.items()
    )
    private = a_private_network("desk-net", witnesses=STATIONS, lab_host=LabHost.SYSTEM)
    with moving_lab(folder, hosts, private) as moving, patiently():
        moving.plan = at_once(moving.plan)
        yield moving


def cells(moving: Moving, shape: str) -> Iterator[Cell]:
    """Move all hosts phase by phase and back, with a reboot in each."""
    if shape == "bridge":
        _shaped(moving)
    before = standing(moving)
    own = {name: _files(moving, name, bridged(BY_MANAGER[name], OLDS[name])) for name in BY_MANAGER}
    journal = go(moving, unmoved(moving), Phase.BESIDE)
    yield from _booted(moving, "beside", _wanted(moving, before, old=True))
    yield from _unconfirmed(moving)
    journal = go(moving, journal, Phase.CUTOVER)
    yield from _booted(moving, "confirmed", _wanted(moving, before, old=True))
    journal = go(moving, journal, Phase.RETIRE)
    rest = {name: retired(BY_MANAGER[name], OLDS[name]) for name in BY_MANAGER} if shape == "bridge" else {}
    yield from _booted(moving, "retired", _wanted(moving, before, old=False), rest)
    back = carry(backward(journal, None), moving.carrier())
    assert back.state is MoveState.TAKEN_BACK
    live = {name: differing(before[name], each) for name, each in standing(moving).items()}
    texts = {
        name: {path: text for path, (text, _mode) in files.items()}
        for name, files in own.items()
        if shape == "bridge"
    }
    for cell in _booted(moving, "rolled back", before, texts):
        lost, left = live[_host(cell.manager)]
        modes = [
            f"{path} was {was[1]}, is {now[1]}"
            for path, was in own[_host(cell.manager)].items()
            if (now := _files(moving, _host(cell.manager), [path])[path])[1] != was[1]
        ]
        yield Cell(cell.manager, cell.phase, (*cell.lost, *lost, *modes), (*cell.left, *left))


def _unconfirmed(moving: Moving) -> Iterator[Cell]:
    """Arm the cutover of every host and let nobody confirm it: the next boot finds nothing of it."""
    before = standing(moving)
    for name in BY_MANAGER:
        armed(moving, name, Phase.CUTOVER, "unconfirmed")
    switched = [
        name for name, each in standing(moving).items() if _leads_new(each) == _leads_new(before[name])
    ]
    assert switched == [], f"the cutover of {switched} changed nothing"
    for cell in _booted(moving, "cutover", before):
        state = look(moving, _host(cell.manager), "unconfirmed")["state"]
        told = () if state == "reverted" else (f"the change is {state}",)
        yield Cell(cell.manager, cell.phase, cell.lost, (*cell.left, *told))


def _booted(
    moving: Moving,
    phase: str,
    wanted: Mapping[str, State],
    texts: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[Cell]:
    """Reboot all hosts and compare each with what it has to be: by the kernel, from outside, in its files."""
    moving.lab.reboot(*BY_MANAGER)
    old, new = phase != "retired", phase != "rolled back"
    mute = [str(each) for each in silent(moving, old=old, new=new)]
    for name, manager in BY_MANAGER.items():
        lost, left = _settled(lambda: differing(wanted[name], standing(moving)[name]))  # noqa: B023 - at once
        lost = (*lost, *(f"{each} is silent" for each in mute if each.startswith(f"{name} ")))
        for path, text in (texts or {}).get(name, {}).items():
            gone, more = differing(
                {path: text.splitlines()}, {path: on(moving, name, f"cat {path}").splitlines()}
            )
            lost, left = (*lost, *gone), (*left, *more)
        yield Cell(manager, phase, lost, left)


def _wanted(moving: Moving, before: Mapping[str, State], *, old: bool) -> Mapping[str, State]:
    """How hosts have to come up: as they are now, with the links and addresses of before, and new ones."""
    return {
        name: {
            **each,
            "links": before[name]["links"],
            "addresses": _expected(moving, name, before[name]["addresses"], old=old),
        }
        for name, each in standing(moving).items()
    }


def _expected(moving: Moving, name: str, before: Iterable[str], *, old: bool) -> list[str]:
    """The addresses that a host has to hold: all it had, and its new ones; without the old one in the end."""
    move = moving.plan.move(name).addresses[0]
    (link,) = [each.split()[1] for each in before if each.startswith(OLDS[name])]
    kept = [each for each in before if old or each != f"{OLDS[name]} {link}"]
    return sorted([*kept, f"{move.ipv4} {link}", f"{move.ipv6} {link}"])


def differing(wanted: State, found: State) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is missing of a state, and what is too much."""
    lost, left = [], []
    for key, entries in wanted.items():
        lost += [f"{key}: {each}" for each in entries if each not in found[key]]
        left += [f"{key}: {each}" for each in found[key] if each not in entries]
    return tuple(lost), tuple(left)


def standing(moving: Moving) -> Mapping[str, State]:
    """How the network of every host stands: lists of what it holds, by kind."""
    return {
        name: {"addresses": _addresses(moving, name), "links": _links(moving, name), **_routing(moving, name)}
        for name in BY_MANAGER
    }


def _addresses(moving: Moving, node: str) -> list[str]:
    return sorted(
        f"{each['local']}/{each['prefixlen']} {link['ifname']}"
        for link in json.loads(on(moving, node, "ip -j addr show"))
        for each in link["addr_info"]
        if each["scope"] == "global"
    )


def _links(moving: Moving, node: str) -> list[tuple[str, str, int]]:
    """What the move has to leave alone of each link: its bridge and its mtu."""
    links = json.loads(on(moving, node, "ip -j link show"))
    return sorted(
        (link["ifname"], link.get("master", ""), link["mtu"]) for link in links if link["ifname"] != "lo"
    )


def _routing(moving: Moving, node: str) -> State:
    """Where packets go: the routes of all tables without who set them, and the rules."""
    found: dict[str, Any] = {}
    for family in ("-4", "-6"):
        routes = json.loads(on(moving, node, f"ip -N -j {family} route show table all"))
        rules = json.loads(on(moving, node, f"ip -N -j {family} rule show"))
        found[f"routes {family}"] = sorted(
            (each.get("table", "main"), each["dst"], each.get("gateway", ""), each["dev"])
            for each in routes
            if each.get("table") != "255"
            and each.get("type") in (None, "1")
            and not each["dst"].startswith(("fe80", "ff00"))
        )
        found[f"rules {family}"] = sorted(
            (each["priority"], each["src"], each.get("srclen", 0), str(each.get("table"))) for each in rules
        )
    return found


def _leads_new(state: State) -> bool:
    return ("main", "default", NEW_GATEWAY) in {each[:3] for each in state["routes -4"]}


def _shaped(moving: Moving) -> None:
    """Give every host a bridge before its move: it is written down, and the host boots with it."""
    for name, manager in BY_MANAGER.items():
        for path, text in bridged(manager, OLDS[name]).items():
            written(moving, name, path, text, "600" if path.endswith((".nmconnection", ".yaml")) else "644")
    moving.lab.reboot(*BY_MANAGER)
    for name in BY_MANAGER:
        _settled(lambda: ((), () if any(OLDS[name] in each for each in _addresses(moving, name)) else ("",)))  # noqa: B023


def _files(moving: Moving, node: str, paths: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The text, and the owner and mode, of some files."""
    return {
        path: (on(moving, node, f"cat {path}"), on(moving, node, f"stat -c '%U %a' {path}")) for path in paths
    }


def _host(manager: Manager) -> str:
    return f"h-{manager.value}"


def _settled(
    look_at: Callable[[], tuple[tuple[str, ...], tuple[str, ...]]],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What still differs once a host that has booted had time to set up its network."""
    for _ in range(LOOKS):
        if not any(found := look_at()):
            break
        time.sleep(0.5)  # noqa: TID251 - the poll of what a boot brings up
    return found


def table(shape: str, found: Iterable[Cell]) -> Iterator[str]:
    """The lines of the table, and every fault below it."""
    by_place = {(cell.manager, cell.phase): cell for cell in found}
    yield f"{shape:<24}" + "".join(f"{phase:<18}" for phase in PHASES)
    for manager in Manager:
        yield f"{manager.value:<24}" + "".join(f"{by_place[manager, phase].told:<18}" for phase in PHASES)
    for (manager, phase), cell in by_place.items():
        yield from (f"  {manager.value}, {phase}: lost {each}" for each in cell.lost)
        yield from (f"  {manager.value}, {phase}: left {each}" for each in cell.left)


def _told(found: Iterable[Cell]) -> Iterator[Cell]:
    """The same cells, each told as it comes: a run takes minutes."""
    for cell in found:
        sys.stdout.write(f"{cell.phase}, {cell.manager.value}: {cell.told}\n")
        sys.stdout.flush()
        yield cell


def main() -> int:
    """Print a table for each shape; 1 where a host is not whole."""
    faults = 0
    for shape in SHAPES:
        with (
            tempfile.TemporaryDirectory(prefix="tricenter-reboots-") as folder,
            a_lab(Path(folder)) as moving,
        ):
            found = list(_told(cells(moving, shape)))
        sys.stdout.write("\n".join(table(shape, found)) + "\n\n")
        sys.stdout.flush()
        faults += sum(bool(cell.lost or cell.left) for cell in found)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
