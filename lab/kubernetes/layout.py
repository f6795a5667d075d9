"""Fixes where a lab of clusters keeps its files, and on which ports each cluster answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.ports import ADDRESS

PER_CLUSTER: Final = 2
"""Ports of a cluster: its API, and what plays an API in trouble."""

STRANGER: Final = "_nobody"
"""A cluster that no cloud of the estate is: nothing of ours has any business there."""

ACCOUNTS: Final = ("tricenter-carrier", "tricenter-maintainer", "tricenter-reader")
"""Service accounts of ours, each with the least rights of its work; the first carries Plans out."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one cluster and its two ports."""

    name: str
    folder: Path
    port: int
    trouble_port: int

    @property
    def url(self) -> str:
        """Where its API answers."""
        return f"https://{ADDRESS}:{self.port}"

    @property
    def keys(self) -> Path:
        """Certificates and keys; the authority's key never leaves it."""
        return self.folder / "keys"

    @property
    def store(self) -> Path:
        """What etcd keeps."""
        return self.folder / "etcd"

    @property
    def golden(self) -> Path:
        """The clean copy of it that `reset` goes back to; it is there once the cluster is complete."""
        return self.folder / "golden"

    @property
    def seeded(self) -> Path:
        """Says by what the cluster was seeded: a newer Tricenter may want more there."""
        return self.folder / "seeded"

    @property
    def ranges(self) -> Path:
        """Says what addresses it was made with: no cluster takes others later."""
        return self.folder / "ranges.json"

    @property
    def run(self) -> Path:
        """Records of processes, of all clusters of the lab."""
        return self.folder.parent / "run"

    def record(self, program: str) -> Path:
        """The record of one of the cluster's programs."""
        return self.run / f"{self.name}.{program}.json"

    @property
    def logs(self) -> Path:
        """What its programs print, and the audit log."""
        return self.folder / "log"

    @property
    def audit_log(self) -> Path:
        """Who asked for what."""
        return self.logs / "audit.log"

    @property
    def trouble(self) -> Path:
        """The rules by which its API is in trouble; absent: it is not."""
        return self.folder / "trouble.json"

    def kubeconfig(self, user: str) -> Path:
        """The access file of one of the cluster's own programs, or of its administrator."""
        return self.keys / f"{user}.kubeconfig"

    def token(self, account: str) -> Path:
        """A token of one of our accounts."""
        return self.keys / f"{account}.token"


@dataclass(frozen=True, slots=True)
class LabLayout:
    """The folder of a lab of clusters and its ports, two for each cluster and two for the stranger."""

    folder: Path
    clusters: tuple[str, ...]
    ports: range

    def place(self, name: str) -> Place:
        """Where one cluster is."""
        number = (*self.clusters, STRANGER).index(name)
        first = self.ports.start + PER_CLUSTER * number
        return Place(name, self.folder / name, first, first + 1)

    @property
    def kubeconfig(self) -> Path:
        """The file by which Tricenter reaches all clusters, a context for each."""
        return self.kubeconfig_of(ACCOUNTS[0])

    def kubeconfig_of(self, account: str) -> Path:
        """The file of one of our accounts; the first's is called `kubeconfig`."""
        return self.folder / ("kubeconfig" if account == ACCOUNTS[0] else f"kubeconfig-{account}")


def ports_needed(clusters: int) -> int:
    """Count the ports that a lab of so many clusters takes; none where there is none."""
    return PER_CLUSTER * (clusters + 1) if clusters else 0
