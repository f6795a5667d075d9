"""Brings a site up as real hosts, routers and services in namespaces, and takes it down without a trace."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from cmp.errors import Invalid, Refused, TryLater
from cmp.sentences import Sentence
from lab.base import ComponentState, Health, Report
from lab.folder import exclusive, make_private, write_private
from lab.hosts import disk, golden, links, listening, preflight, readiness
from lab.hosts.bind import ALGORITHM, NAMED
from lab.hosts.keys import KeyFiles, keys_of, names_key
from lab.hosts.namespaces import TIED, end, enter, ip_batch, living, open_outer
from lab.hosts.nodes import Node
from lab.hosts.nodework import Nodes
from lab.hosts.places import CONTROLLER
from lab.hosts.site import Site
from lab.hosts.topology import topology
from lab.processes import Process, environment

OWN = "_lab"
"""The folder of what belongs to no node; no node can have this name."""


class HostLab:
    """One site in one folder; whatever runs is found from that folder, by any process.

    `folder` must lie on a disk, outside of what nodes have their own of (/etc, /run, /var/lib, …). Below it
    each node has a folder of its name with its disk, which lasts over `reboot` and `down` until `reset`.
    `packages` are Debian's that its whole hosts have beside the usual ones.
    """

    name = "hosts"

    def __init__(self, site: Site, folder: Path, packages: tuple[str, ...] = ()) -> None:
        self.site = site
        self._packages = packages
        self.folder = folder.absolute()
        self.nodes = Nodes(site, topology(site), self.folder)
        self._own = self.folder / OWN
        self._keys = KeyFiles(self._own / "keys")

    @property
    def key(self) -> Path:
        """The private SSH key that every node with a login takes."""
        return self._keys.operator

    @property
    def known_hosts(self) -> Path:
        """The file of host keys: good for every address, old or new."""
        return self._keys.known_hosts

    def names_key(self, name: str) -> dict[str, str]:
        """The key by which the zone may be updated at the station, whatever it is called."""
        return {"name": name, "algorithm": ALGORITHM, "secret": names_key(self._keys)}

    def up(self, report: Report) -> None:
        """Start what does not run and wait until routes lead everywhere; a lab that is up stays as it is.

        Raises:
            Refused: we are not root, or the folder holds another site.
            TryLater: a package or a feature of the kernel is missing, or something did not come up.
        """
        preflight.refuse_without_root()
        make_private(self.folder)
        with exclusive(self._own, report):
            missing = self.nodes.missing()
            outer = self._start(missing, report) if missing else self._outer_or_refuse()
            self._answer(outer)
            if not self._ready.exists():
                readiness.await_routes(self.site, self.door(CONTROLLER), self.folder)
                self._ready.touch()
            report(f"{self.site.name}: {len(self.nodes.topology.nodes)} nodes are up")

    def down(self, report: Report) -> None:
        """End every process of the lab and all its namespaces; the nodes' disks stay.

        Raises:
            Refused: it is up, and we are not root.
        """
        if self._outer is None:
            return
        preflight.refuse_without_root()
        with exclusive(self._own, report):
            if self._outer:
                end(self._outer)
                self.nodes.sweep()
                report(f"{self.site.name}: down")

    def reset(self, report: Report) -> None:
        """Forget all that nodes have on their disks; a lab that was running runs again afterwards.

        Raises:
            Refused: we are not root.
        """
        preflight.refuse_without_root()
        was_up = self._outer is not None
        self.down(report)
        if self.folder.exists():
            with exclusive(self._own, report):
                for path in self.folder.iterdir():
                    if path != self._own:
                        shutil.rmtree(path)
                (self._own / "site").unlink(missing_ok=True)
        if was_up:
            self.up(report)

    def status(self) -> tuple[ComponentState, ...]:
        """How each node is doing; a node is broken when the lab is up and it is not."""
        absent = Health.BROKEN if self._outer else Health.STOPPED
        return tuple(
            ComponentState(name, Health.RUNNING if self.nodes.running(name) else absent, note=_note(node))
            for name, node in self.nodes.topology.nodes.items()
        )

    def door(self, node: str) -> tuple[str, ...]:
        """The words before a command that run it in a node, for root; it ends when its caller does.

        Raises:
            Invalid: there is no such node.
            TryLater: the node does not run.
        """
        return (*enter(self._running(node)), *TIED)

    def disk(self, node: str, path: str) -> Path:
        """Where a file that lasts on a node is kept, for reading it from outside.

        Of a bare namespace /etc, /var/lib and /usr/local last; of a whole Debian what differs from the tree.
        """
        whole = self.nodes.topology.nodes[node].system
        return disk.place(self.folder / node, Path(path), disk.over(Path("/")) if whole else disk.MACHINE)

    def reboot(self, *nodes: str) -> None:
        """Cut the power of nodes and boot them again from their disks, side by side.

        Raises:
            Invalid: there is no such node.
            TryLater: a node does not run, or does not come up again.
        """
        with exclusive(self._own, _silent):
            for node in nodes:
                self._running(node)
            outer = self._outer_or_refuse()
            self._answer(outer, without=nodes)
            self.nodes.end(outer, nodes)
            self.nodes.start(outer, nodes)
            self._answer(outer)

    def flap(self, node: str, interface: str) -> None:
        """Take an interface down and up again, as an administrator does: ifdown, then ifup.

        Raises:
            Invalid: there is no such node.
            TryLater: the node does not run, or the interface did not come up again.
        """
        line = f"ifdown --force {interface}; ifup --force {interface}"
        done = subprocess.run(
            [*self.door(node), "sh", "-c", line],
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
        )
        if done.returncode:
            raise TryLater(
                Sentence(
                    "{interface} of {node} did not come up again: {strip}",
                    interface=interface,
                    node=node,
                    strip=done.stderr.strip(),
                )
            )

    @property
    def _outer(self) -> Process | None:
        return living(self._own / "outer")

    @property
    def _ready(self) -> Path:
        """Is there once routes led everywhere: later the site's owner may have taken some away."""
        return self._own / "ready"

    def _start(self, missing: Sequence[str], report: Report) -> Process:
        preflight.refuse_unable(self.folder, *([NAMED] if self.site.update_key else []))
        self._keep_site()
        self.nodes.make_disks(keys_of(self._keys), partial(golden.tree, report, self._packages))
        outer = self._cleared(missing) or self._open_outer()
        report(f"{self.site.name}: starting {len(missing)} nodes")
        self.nodes.start(outer, missing)
        return outer

    def _cleared(self, missing: Sequence[str]) -> Process | None:
        """The outer namespaces, if they are there, without anything of nodes that do not run."""
        if outer := self._outer:
            self._answer(outer)
            self.nodes.end(outer, missing)
        return outer

    def _outer_or_refuse(self) -> Process:
        if outer := self._outer:
            return outer
        raise TryLater(
            Sentence("the lab of {name} is not up", name=self.site.name),
            hint="tricenter lab up hosts brings it up",
        )

    def _open_outer(self) -> Process:
        self._ready.unlink(missing_ok=True)
        outer = open_outer(self._own / "outer")
        quiet = (
            "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6"  # bridges need no addresses of their own
        )
        subprocess.run(
            ["nsenter", "-t", str(outer.pid), "-n", "sh", "-c", quiet], check=True, env=environment()
        )
        ip_batch(outer, links.bridges(self.nodes.topology))
        return outer

    def _answer(self, outer: Process, without: Collection[str] = ()) -> None:
        running: Mapping[str, tuple[Node, Process]] = {
            name: (node, process)
            for name, node in self.nodes.topology.nodes.items()
            if name not in without and (process := self.nodes.running(name))
        }
        listening.answer_for(self._own / "echo", outer, running)

    def _running(self, node: str) -> Process:
        if node not in self.nodes.topology.nodes:
            raise Invalid(
                Sentence("the lab of {name} has no node called {node}", name=self.site.name, node=node)
            )
        process = self.nodes.running(node)
        if process is None:
            raise TryLater(
                Sentence("{node} does not run", node=node),
                hint="tricenter lab up hosts starts what is missing",
            )
        return process

    def _keep_site(self) -> None:
        """Remember whose disks these are: another site's would be wrong, and must not be lost in silence."""
        digest = hashlib.sha256(repr(self.nodes.topology).encode()).hexdigest()
        kept = self._own / "site"
        if kept.exists() and kept.read_text() != digest:
            raise Refused(
                Sentence(
                    "{folder} holds the disks of another site than {name} is now",
                    folder=self.folder,
                    name=self.site.name,
                ),
                hint="tricenter lab reset hosts forgets them",
            )
        write_private(kept, digest)


def _note(node: Node) -> str:
    return " ".join(str(address.ip) for nic in node.nics for address in nic.addresses)


def _silent(_line: str) -> None:
    """Take a line of progress that nobody wants."""
