"""Finds the labs of an estate by name, in the estate's own folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cmp.errors import Invalid
from cmp.installation import HERE
from cmp.model.estate import CloudKind, Estate
from cmp.model.plan import ZoneNetwork
from cmp.sentences import Sentence
from lab.aws import spec as aws
from lab.aws.cloud import AwsLab
from lab.base import Lab
from lab.folder import LabFolder, prepare
from lab.kubernetes import spec as kubernetes
from lab.kubernetes.cloud import KubernetesLab
from lab.kubernetes.layout import ports_needed as ports_of_clusters
from lab.openstack import spec as openstack
from lab.openstack.cloud import OpenStackLab
from lab.openstack.layout import AWS_PLACE, ports_needed

TOOLCHAIN = HERE.toolchain()
"""Where the services' environment is kept; it is shared by all labs."""


def labs_for(estate: Estate) -> tuple[str, ...]:
    """Name the labs that an estate's clouds ask for, in the order in which they are started."""
    kinds = {cloud.kind for cloud in estate.clouds}
    return tuple(kind.value for kind in CloudKind if kind in kinds)


def open_lab(
    name: str,
    estate: Estate,
    state_dir: Path,
    toolchain: Path = TOOLCHAIN,
    networks: Sequence[ZoneNetwork] = (),
) -> Lab:
    """Open a lab of an estate; its folder and ports are set aside if it has none yet, nothing is started.

    Clusters are made with addresses out of the `networks` that Plans count with.

    Raises:
        Invalid: the estate has no cloud of that kind.
        TryLater: no free block of ports is left.
    """
    if name == OpenStackLab.name and name in labs_for(estate):
        return openstack_lab(estate, state_dir, toolchain)
    if name == AwsLab.name and name in labs_for(estate):
        return aws_lab(estate, state_dir)
    if name == KubernetesLab.name and name in labs_for(estate):
        return kubernetes_lab(estate, state_dir, toolchain, networks)
    known = ", ".join(labs_for(estate)) or "none"
    raise Invalid(
        Sentence("this estate has no lab called {name}", name=name),
        hint=Sentence("its clouds have these labs: {known}", known=known),
    )


def openstack_lab(estate: Estate, state_dir: Path, toolchain: Path = TOOLCHAIN) -> OpenStackLab:
    """Open the OpenStack lab of an estate."""
    specs = openstack.regions(estate)
    place = _place(estate, state_dir)
    return OpenStackLab(place.path / OpenStackLab.name, place.ports, specs, toolchain)


def aws_lab(estate: Estate, state_dir: Path) -> AwsLab:
    """Open the AWS lab of an estate."""
    place = _place(estate, state_dir)
    return AwsLab(place.path / AwsLab.name, place.ports[AWS_PLACE], aws.profiles(estate), aws.isas(estate))


def kubernetes_lab(
    estate: Estate, state_dir: Path, toolchain: Path = TOOLCHAIN, networks: Sequence[ZoneNetwork] = ()
) -> KubernetesLab:
    """Open the lab of an estate's clusters; its ports come after those of the OpenStack regions."""
    place = _place(estate, state_dir)
    ports = place.ports[ports_needed(len(openstack.regions(estate))) :]
    specs = kubernetes.clusters(estate, networks)
    return KubernetesLab(place.path / KubernetesLab.name, ports, specs, toolchain)


def ports_wanted(estate: Estate) -> int:
    """Count the ports that all labs of an estate take."""
    regions = ports_needed(len(openstack.regions(estate)))
    return regions + ports_of_clusters(len(kubernetes.clusters(estate)))


def _place(estate: Estate, state_dir: Path) -> LabFolder:
    return prepare(estate, state_dir, ports_wanted(estate))
