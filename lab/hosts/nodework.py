"""Starts, boots and ends nodes of a lab that has its outer namespaces; each node is found from its folder."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cmp.errors import TryLater
from lab.hosts import disk, links, managers, scripts, systems
from lab.hosts.contents import Keys, contents
from lab.hosts.namespaces import end, enter, ip_batch, living, open_nodes
from lab.hosts.nodes import Node, Topology
from lab.hosts.site import Site
from lab.processes import Process, environment

_BASE = "base"
"""The file that says over which tree a node's disk was made."""
_AT_ONCE = 4
"""Nodes that boot side by side: more do not boot sooner on two cores."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of one lab, in the folder that has a folder for each."""

    site: Site
    topology: Topology
    folder: Path

    def running(self, name: str) -> Process | None:
        """The first process of a node, or of its Debian, that has booted; None when it does not run."""
        process = living(self.folder / name)
        booted = self.folder / name / "booted"
        if not process or not booted.exists():
            return None
        return systems.leader_of(self.folder / name) if self.topology.nodes[name].system else process

    def missing(self) -> tuple[str, ...]:
        """The nodes that do not run."""
        return tuple(name for name in self.topology.nodes if not self.running(name))

    def make_disks(self, keys: Keys, tree: Callable[[], Path]) -> None:
        """Make the disks of nodes that have none; a disk that is there keeps all that is on it.

        `tree` brings the Debian that the disks of whole systems lie over; it is asked only where one is made.
        """
        for name, node in self.topology.nodes.items():
            if not disk.is_made(self.folder / name):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
                base = disk.over(tree()) if node.system else disk.MACHINE
                (self.folder / name / _BASE).write_text(str(base.root))
                users = (base.root / "etc/passwd").read_text()
                given = contents(node, self.site, keys, users)
                linked = managers.links(node.system) if node.system else {}
                disk.make(self.folder / name, disk.Contents(given, linked), base)

    def start(self, outer: Process, names: Sequence[str]) -> None:
        """Make the namespaces and links of nodes that do not run, and boot them.

        Raises:
            TryLater: a node did not come up.
        """
        for name in names:
            self._write_scripts(self.topology.nodes[name])
        folders = {name: self.folder / name for name in names}
        opened = open_nodes(outer, folders, self.folder / "_lab" / "nodes.log")
        ip_batch(outer, links.pairs(self.topology, {name: each.pid for name, each in opened.items()}))
        self._boot(opened)

    def end(self, outer: Process, names: Iterable[str]) -> None:
        """End what is left of nodes at once, as a power cut would; their disks stay."""
        gone = tuple(names)
        ip_batch(outer, links.unplugged(self.topology, gone), forgiving=True)
        for name in gone:
            end(living(self.folder / name))
        self.sweep(gone)

    def sweep(self, names: Iterable[str] | None = None) -> None:
        """Remove what the machine keeps of ended systems: their control groups."""
        for name in self.topology.nodes if names is None else names:
            if self.topology.nodes[name].system:
                systems.sweep(self.folder / name)

    def _write_scripts(self, node: Node) -> None:
        folder = self.folder / node.name
        if node.system:
            base = Path((folder / _BASE).read_text())
            (folder / "init.sh").write_text(systems.first_process(node, folder, base))
            (folder / "boot.sh").write_text(systems.boot(node, folder))
            return
        (folder / "init.sh").write_text(scripts.first_process(node, folder))
        (folder / "boot.sh").write_text(scripts.boot(node, self.site))

    def _boot(self, opened: Mapping[str, Process]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            broken = [
                name
                for name, done in zip(
                    opened, pool.map(self._boot_one, *zip(*opened.items(), strict=True)), strict=True
                )
                if not done
            ]
        if broken:
            first = self.folder / broken[0] / "boot.log"
            raise TryLater(f"{', '.join(broken)} did not boot", hint=f"{first} says why")

    def _boot_one(self, name: str, process: Process) -> bool:
        folder = self.folder / name
        with (folder / "boot.log").open("ab") as log:
            command = [*enter(process), "sh", "-e", str(folder / "boot.sh")]
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False, env=environment()
            )
        booted = done.returncode == 0
        if booted and self.topology.nodes[name].system:
            booted = systems.await_booted(folder, process)
        if booted:
            (folder / "booted").touch()
        return booted
