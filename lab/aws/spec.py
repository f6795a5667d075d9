"""Turns an estate's AWS clouds into profiles and the images that stand in for what the workloads name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmp.errors import Invalid
from cmp.model.estate import Cloud, CloudKind, Estate, Isa
from cmp.sentences import Sentence

ARCHITECTURES: Mapping[Isa, str] = {Isa.AMD64: "x86_64", Isa.ARM64: "arm64"}
"""Instruction sets that such a cloud can have, with the names its API gives them."""

DEFAULT_REGION = "us-east-1"
_ACCOUNT = "123456789012"
_ID_LENGTH = 17


@dataclass(frozen=True, slots=True)
class ProfileSpec:
    """How clients reach one AWS cloud of the estate."""

    profile: str
    region: str
    cloud: str


def profiles(estate: Estate) -> tuple[ProfileSpec, ...]:
    """Describe a profile per AWS cloud, in the estate's order.

    Raises:
        Invalid: a cloud names no profile, or two name the same.
    """
    specs = tuple(_profile(cloud) for cloud in estate.clouds if cloud.kind is CloudKind.AWS)
    names = [spec.profile for spec in specs]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise Invalid(
            Sentence("two AWS clouds are bound to the same profile: {names}", names=", ".join(doubled))
        )
    return specs


def isas(estate: Estate) -> tuple[Isa, ...]:
    """Name the instruction sets of all AWS pools, each once.

    Raises:
        Invalid: a pool has an instruction set that no such cloud offers.
    """
    aws = {cloud.id for cloud in estate.clouds if cloud.kind is CloudKind.AWS}
    found = set()
    for pool in estate.pools:
        isa = estate.chip[pool.chip].isa
        if pool.cloud in aws and isa is not None:
            if isa not in ARCHITECTURES:
                raise Invalid(
                    Sentence("pool {id} is {value}, which no AWS cloud offers", id=pool.id, value=isa.value)
                )
            found.add(isa)
    return tuple(sorted(found))


def images(wanted: tuple[Isa, ...]) -> list[dict[str, Any]]:
    """Describe a stand-in image per instruction set, in the form moto reads from a file."""
    return [_image(isa) for isa in wanted]


def _profile(cloud: Cloud) -> ProfileSpec:
    if cloud.binding.profile is None:
        raise Invalid(
            Sentence("cloud {id} is bound to no profile", id=cloud.id),
            hint="add binding: {profile: NAME, region: …}",
        )
    return ProfileSpec(cloud.binding.profile, cloud.binding.region or DEFAULT_REGION, cloud.id)


def _image(isa: Isa) -> dict[str, Any]:
    name = f"tricenter-base-{isa.value}"
    return {
        "ami_id": f"ami-{hashlib.sha256(name.encode()).hexdigest()[:_ID_LENGTH]}",
        "name": name,
        "description": f"Stands in for images of {isa.value} that nobody has built for this cloud",
        "owner_id": _ACCOUNT,
        "architecture": ARCHITECTURES[isa],
        "public": True,
        "virtualization_type": "hvm",
        "hypervisor": "xen",
        "root_device_type": "ebs",
        "image_location": f"amazon/{name}",
        "tags": {"tricenter:stand-in": "yes", "tricenter:isa": isa.value},
    }
