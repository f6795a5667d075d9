"""Derives every name that stacks give: projects and stacks, networks, security groups, servers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from cmp.model.recovery import Role

LONGEST_HOST_NAME = 63
LONGEST_NAME = 120
"""Characters; clouds allow more for what is no host, people do not read more."""

_ROLES = frozenset(Role)


class Project(StrEnum):
    """The Pulumi projects, in the order they are applied; they are destroyed in the opposite order.

    A foundation is the ground of a center's servers, a platform that of a cluster's containers.
    """

    FOUNDATION = "foundation"
    PLATFORM = "platform"
    WORKLOADS = "workloads"

    @property
    def full(self) -> str:
        """The name that the engine knows it by."""
        return f"tricenter-{self}"


GROUNDS = (Project.FOUNDATION, Project.PLATFORM)
"""The projects that others stand on; they are applied side by side."""

STAGES = (GROUNDS, (Project.WORKLOADS,))
"""What is applied together, in order."""


@dataclass(frozen=True, slots=True, order=True)
class StackName:
    """One stack: a project's resources in one center, or in one cluster, of one environment.

    Clusters have stacks of their own: one that does not answer blocks no server of its center.
    """

    project: Project
    environment: str
    center: str

    def __str__(self) -> str:
        """The form for people: `workloads/lab.bj-a`."""
        return f"{self.project}/{self.short}"

    @classmethod
    def named(cls, text: str) -> Self:
        """Read the form for people.

        Raises:
            ValueError: it is not of that form.
        """
        project, _, short = text.partition("/")
        return cls.within(Project(project), short)

    @property
    def short(self) -> str:
        """The name within its project: `lab.bj-a`."""
        return f"{self.environment}.{self.center}"

    @property
    def grounds(self) -> tuple[Self, ...]:
        """The stacks that this one may stand on; only one exists: no cluster is called as a center."""
        if self.project is not Project.WORKLOADS:
            return ()
        return tuple(replace(self, project=project) for project in GROUNDS)

    @property
    def reference(self) -> str:
        """How another stack refers to it on a self-managed backend."""
        return f"organization/{self.project.full}/{self.short}"

    @classmethod
    def within(cls, project: Project, short: str) -> Self:
        """Read the name within a project.

        Raises:
            ValueError: it is not of the form `<environment>.<center>`.
        """
        environment, dot, center = short.partition(".")
        if not (environment and dot and center):
            raise ValueError(f"`{short}` names no stack: write <environment>.<center>, such as lab.bj-a")
        return cls(project, environment, center)


def network(environment: str, cloud: str, zone: str) -> str:
    """The network of a zone in a cloud; ids hold no dots, so dots part them for certain."""
    return f"{environment}.{cloud}.{zone}"


def security_group(workload: str, component: str, cloud: str, zone: str) -> str:
    """The security group of a component in a zone of a cloud."""
    return _cut(f"{workload}.{component}.{cloud}.{zone}", LONGEST_NAME)


def flavor(*parts: str) -> str:
    """The flavor of one size on one chip."""
    return _cut(".".join(("tricenter", *parts)), LONGEST_NAME)


def side(workload: str, component: str, role: Role, pool: str) -> str:
    """What the replicas of one row have in common: their server group."""
    return _join((workload, component, role, pool))


def server(workload: str, component: str, role: Role, pool: str, number: int) -> str:
    """The server of one replica, which is its host name too; replicas are numbered from 1."""
    return _join((workload, component, role, pool, str(number)))


def _join(parts: tuple[str, ...]) -> str:
    """Join parts with hyphens; where that is too long or could be read in two ways, a digest is added."""
    joined = "-".join(parts)
    if _reads_one_way(parts):
        return _cut(joined, LONGEST_HOST_NAME)
    return _with_digest(joined, "/".join(parts), LONGEST_HOST_NAME)


def _reads_one_way(parts: tuple[str, ...]) -> bool:
    """True when nobody could have meant other parts by the same letters.

    Parts are ids and may hold hyphens themselves. A role's word parts a name for certain if it stands nowhere
    else; before it, only the workload may hold hyphens.
    """
    words = [word for part in parts for word in part.split("-")]
    roles = [word for word in words if word in _ROLES]
    return len(roles) == 1 and "" not in words and "-" not in parts[1]


def _cut(name: str, longest: int) -> str:
    return name if len(name) <= longest else _with_digest(name, name, longest)


def _with_digest(name: str, meant: str, longest: int) -> str:
    """Cut a name and end it with a digest; its first letter is no digit, so it never reads as a number."""
    digest = "x" + hashlib.sha256(meant.encode()).hexdigest()[:10]
    return f"{name[: longest - len(digest) - 1].rstrip('-.')}-{digest}"
