"""Finds the labs of an estate by name, in the estate's own folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cmp.errors import Invalid
from cmp.model.estate import CloudKind, Estate
from lab.base import Lab
from lab.folder import prepare
from lab.openstack import spec
from lab.openstack.cloud import OpenStackLab
from lab.openstack.layout import ports_needed

TOOLCHAIN = Path(__file__).resolve().parent.parent / ".toolchain"


def labs_for(estate: Estate) -> Sequence[str]:
    """Name the labs that an estate's clouds ask for."""
    kinds = {cloud.kind for cloud in estate.clouds}
    return [kind.value for kind in (CloudKind.OPENSTACK, CloudKind.AWS) if kind in kinds]


def open_lab(name: str, estate: Estate, state_dir: Path, toolchain: Path = TOOLCHAIN) -> Lab:
    """Open a lab of an estate; its folder and ports are set aside if it has none yet, nothing is started.

    Raises:
        Invalid: the estate has no cloud of that kind.
        TryLater: no free block of ports is left.
    """
    if name not in labs_for(estate):
        raise Invalid(f"the estate has no cloud for a lab called {name}", hint=f"it has: {labs_for(estate)}")
    specs = spec.regions(estate)
    place = prepare(estate, state_dir, ports_needed(len(specs)))
    return OpenStackLab(place.path / name, place.ports, specs, toolchain)
