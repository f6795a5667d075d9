"""Finds how the clouds of an environment are reached, and opens them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from cmp.clouds.base import Cloud
from cmp.clouds.binding import Binding, Files, bind
from cmp.clouds.kubernetes.access import Access, own_file, read_access
from cmp.clouds.opening import open_cloud
from cmp.errors import CmpError
from cmp.files.placing import write_own
from cmp.model.environment import Environment
from cmp.model.estate import CloudKind
from cmp.settings import Workshop
from lab.folder import folder_of
from stacks.programs.rows import CARRIED_OUT, clusters_in

LAB = "lab"


def files_of(environment: Environment, workshop: Workshop) -> Files:
    """Where access data lie: the lab's files for `bindings: lab`, else the usual search of each client."""
    if environment.bindings != LAB:
        return Files()
    folder = folder_of(environment.estate, workshop.root)
    return Files(
        clouds=folder / "openstack" / "clouds.yaml",
        aws_config=folder / "aws" / "config",
        aws_credentials=folder / "aws" / "credentials",
        kubeconfig=folder / "kubernetes" / "kubeconfig",
        made_up_secrets=folder / "secrets",
    )


def for_the_provider(environment: Environment, workshop: Workshop, files: Files) -> Files:
    """The same access data, but for clusters in a file of ours, made of values alone.

    The official provider reads whatever its file says, and would run a program that is named there. A
    cluster whose own file is refused is missing in ours: nothing reaches it.
    """
    estate, accesses = environment.estate, list[Access]()
    for name in clusters_in(estate, left_out(workshop)):
        with suppress(CmpError):  # told where the cluster is asked, before anything is carried out
            accesses.append(read_access(bind(estate.cloud[name], files)))
    path = workshop.root.absolute() / "access" / f"{environment.name}.kubeconfig"  # it works elsewhere
    write_own(path, own_file(*accesses).encode())
    return replace(files, kubeconfig=path)


def left_out(workshop: Workshop) -> frozenset[CloudKind]:
    """The kinds of cloud that nobody asked for."""
    return frozenset(kind for kind in CloudKind if kind.value in workshop.left_out)


def bindings_of(environment: Environment, workshop: Workshop) -> Mapping[str, Binding]:
    """How each cloud that has a driver is reached, by cloud id."""
    files = files_of(environment, workshop)
    kinds = CARRIED_OUT - left_out(workshop)
    return {cloud.id: bind(cloud, files) for cloud in environment.estate.clouds if cloud.kind in kinds}


def clouds_of(environment: Environment, workshop: Workshop) -> Mapping[str, Cloud]:
    """Every cloud that has a driver, opened, by cloud id; nothing is asked of it yet.

    Raises:
        Invalid: its access data do not name it.
    """
    return {name: open_cloud(binding) for name, binding in bindings_of(environment, workshop).items()}
